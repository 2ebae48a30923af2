"""Whether two leave-one-subject-out runs differ by more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.paired_tests import Difference, McNemar, mcnemar, paired_bootstrap

from .pooling import Pooled, pool
from .report_text import markdown_table, p_text
from .results import LosoRun
from .select import TEST
from .summary import WARNING

SCORES = ('UF1', 'UAR', 'ACC')


@dataclass(frozen=True)
class Comparison:
    """Two runs on the same MEs.

    Args:
        names (tuple[str, str]): What the runs are called.
        selections (tuple[str, str]): How their epochs were chosen.
        num_mes (int): MEs compared.
        num_subjects (int): Subjects compared.
        differences (Mapping[str, Difference | None]): For UF1, UAR and ACC, averaged over seeds; None with a single
            subject, which has no interval.
        tests (Mapping[tuple[int, int], McNemar]): By seeds of the first and the second, paired in their order.
        warnings (tuple[str, ...]): What speaks against the comparison.
    """

    names: tuple[str, str]
    selections: tuple[str, str]
    num_mes: int
    num_subjects: int
    differences: Mapping[str, Difference | None]
    tests: Mapping[tuple[int, int], McNemar]
    warnings: tuple[str, ...] = ()

    def markdown(self) -> str:
        """The comparison for people."""
        first, second = self.names
        parts = [f'# {first} against {second}',
                 f'{self.num_mes} MEs of {self.num_subjects} subjects. Selection: {self.selections[0]} and '
                 f'{self.selections[1]}.', *(f'> **Warning.** {text}' for text in self.warnings)]
        rows = [[name, f'{found.a:.3f}', f'{found.b:.3f}', f'{found.difference:+.3f}',
                 f'{found.low:+.3f} to {found.high:+.3f}', p_text(found.p_value)]
                for name, found in self.differences.items() if found is not None]
        if rows:
            parts += [markdown_table(['score', first, second, 'difference', '95 % interval', 'p'], rows),
                      'Paired bootstrap: both runs are scored on the same subjects, drawn with replacement; scores are '
                      'averaged over seeds.']
        else:
            parts.append('One subject alone gives no interval over subjects, so scores are not compared.')
        rows = [[f'{a} / {b}', test.both, test.only_a, test.only_b, test.neither, p_text(test.p_value)]
                for (a, b), test in self.tests.items()]
        parts += [markdown_table(['seeds', 'both right', f'only {first}', f'only {second}', 'neither', 'p'], rows),
                  'McNemar\'s exact test on the MEs that one run alone gets right. It takes MEs for independent, which '
                  'those of one person are not: where the two tests disagree, believe the bootstrap.']
        return '\n\n'.join(parts) + '\n'


def compare_runs(a: LosoRun, b: LosoRun, selection_a: str | None = None, selection_b: str | None = None) -> Comparison:
    """Compare two runs on the MEs of the same subjects.

    Args:
        a (LosoRun): The first run.
        b (LosoRun): The second; a positive difference says that the first is better.
        selection_a (str, optional): How the first run's epochs were chosen. Defaults to None: as the run was asked to,
            ``last`` where it compares all.
        selection_b (str, optional): The same of the second.

    Returns:
        Comparison: Differences and tests.

    Raises:
        DatasetError: If the runs have other classes, subjects, MEs or labels.
    """
    first, second = pool(a, selection_a), pool(b, selection_b)
    _check(a, b, first, second)
    places = [second.subjects.index(subject) for subject in first.subjects]
    second = replace(second, subjects=first.subjects,
                     votes=tuple(tuple(run[place] for place in places) for run in second.votes))
    differences: Mapping[str, Difference | None] = dict.fromkeys(SCORES)
    if len(first.subjects) > 1:
        found = paired_bootstrap(first.matrices, second.matrices)
        differences = {name: found[name] for name in SCORES}
    tests = {(first.seeds[run], second.seeds[run]): mcnemar(*(
        [vote.label == vote.prediction for fold in votes.votes[run] for vote in fold] for votes in (first, second)))
        for run in range(min(len(first.seeds), len(second.seeds)))}
    return Comparison(_names(a, b, first, second), (first.selection, second.selection), first.num_mes,
                      len(first.subjects), differences, tests, tuple(_warnings(a, b, first, second)))


def _names(a: LosoRun, b: LosoRun, first: Pooled, second: Pooled) -> tuple[str, str]:
    names = [str(run.header.get('name') or run.folder.name) for run in (a, b)]
    if a.folder == b.folder:
        names = [f'{name} ({votes.selection})' for name, votes in zip(names, (first, second))]
    elif names[0] == names[1]:
        names = [str(run.folder) for run in (a, b)]
    return names[0], names[1]


def _warnings(a: LosoRun, b: LosoRun, first: Pooled, second: Pooled) -> list[str]:
    warnings = []
    if TEST in (first.selection, second.selection):
        warnings.append(WARNING)
    if first.selection != second.selection:
        warnings.append('The runs chose their epochs in different ways, so the difference is not that of the models '
                        'alone.')
    for run, votes in ((a, first), (b, second)):
        if run.missing:
            warnings.append(f'{run.folder} is not finished: {len(run.missing)} folds are missing; '
                            f'counted seeds: {", ".join(map(str, votes.seeds))}.')
    return warnings


def _check(a: LosoRun, b: LosoRun, first: Pooled, second: Pooled) -> None:
    pair = f'{a.folder} and {b.folder} cannot be compared'
    if first.classes != second.classes:
        raise DatasetError(f'{pair}: the classes are {", ".join(first.classes)} in one and {", ".join(second.classes)} '
                           'in the other; run both on one protocol.')
    other = _only_in(first.subjects, second.subjects)
    if other:
        raise DatasetError(f'{pair}: {other}; finish both, on the same dataset.')
    samples = [{votes[0].sample_id: (votes[0].subject, votes[0].label) for votes in pooled.by_sample()}
               for pooled in (first, second)]
    other = _only_in(samples[0], samples[1])
    if other:
        raise DatasetError(f'{pair}: {other}; run both on the same prepared data.')
    changed = [name for name, found in samples[0].items() if samples[1][name] != found]
    if changed:
        raise DatasetError(f'{pair}: {len(changed)} MEs are of another class or subject, such as {changed[0]}; run '
                           'both on the same prepared data and protocol.')


def _only_in(first: Sequence[str] | Mapping, second: Sequence[str] | Mapping) -> str:
    """What one has and the other has not, in words; empty where they agree."""
    texts = []
    for name, ours, theirs in (('the first', first, second), ('the second', second, first)):
        own = sorted(set(ours) - set(theirs))
        if own:
            texts.append(f'only {name} has {", ".join(own[:3])}' + (f' and {len(own) - 3} more' if own[3:] else ''))
    return ', '.join(texts)
