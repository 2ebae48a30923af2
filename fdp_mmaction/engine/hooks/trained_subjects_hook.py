"""Checkpoints know who they were trained on, and are not tested on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import HOOKS

from .split_guard_hook import SplitGuardHook, part_dataset, sample_keys

ENTRY = 'trained_on'
"""Where ``meta`` of a checkpoint says it: ``dict(subjects=['casme2/sub02', ...], left_out=['sub01'])``."""


@dataclass(frozen=True)
class TrainedOn:
    """Who weights were trained on.

    Args:
        subjects (frozenset[str]): ``dataset/subject`` keys, as
            :func:`~fdp_mmaction.engine.hooks.split_guard_hook.sample_keys` gives them.
        left_out (tuple[str, ...]): Names of the subjects that the training left out for its test. Defaults to none:
            not known, or nobody.
    """

    subjects: frozenset[str]
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, checkpoint: Mapping[str, Any]) -> TrainedOn | None:
        """What a checkpoint says; None if it does not, as those of others do not."""
        meta = checkpoint.get('meta')
        entry = meta.get(ENTRY) if isinstance(meta, Mapping) else None
        if not isinstance(entry, Mapping) or not entry.get('subjects'):
            return None
        return cls(frozenset(map(str, entry['subjects'])), tuple(map(str, entry.get('left_out') or ())))

    def plain(self) -> dict[str, list[str]]:
        """The entry of a checkpoint."""
        return dict(subjects=sorted(self.subjects), left_out=list(self.left_out))


def person(key: str) -> str:
    """One key for one person: a composite calls ``casme2/sub17`` ``casme2/casme2-sub17``.

    Examples:
        >>> person('casme2/casme2-sub17'), person('casme2/sub17')
        ('casme2/sub17', 'casme2/sub17')
    """
    dataset, _, subject = key.partition('/')
    return f'{dataset}/{subject.removeprefix(f"{dataset}-")}'


def seen_subjects(trained: Iterable[str], tested: Iterable[str]) -> list[str]:
    """Who of those tested was trained on.

    Args:
        trained (Iterable[str]): ``dataset/subject`` keys.
        tested (Iterable[str]): The same, of a composite or of a part of it.

    Returns:
        list[str]: Keys as ``tested`` has them, in order.
    """
    known = {*map(person, trained)}
    return sorted(key for key in {*tested} if person(key) in known)


def trained_on(runner: Runner) -> TrainedOn | None:
    """Who the weights of a runner were trained on, by its :class:`TrainedSubjectsHook`; None if that is not known."""
    return next((hook.trained for hook in getattr(runner, 'hooks', ()) if isinstance(hook, TrainedSubjectsHook)), None)


@HOOKS.register_module()
class TrainedSubjectsHook(Hook):
    """Write into every checkpoint who it was trained on, and refuse to test it on them.

    The entry ``meta['trained_on']`` counts those, too, whom the weights that training began with (``load_from``) had
    seen. A subject of a composite is the same person as in its part. People are told apart by dataset and name alone,
    so two embedded datasets of other seeds count as the same people. A checkpoint without the entry is tested as it
    is; weights that come in by ``init_cfg`` are not looked at.

    Args:
        allow_overlap (bool): Permit it, for a final model on everyone; the log and the report say so. Also permitted
            where ``SplitGuardHook`` permits it. Defaults to False.

    Raises:
        DatasetError: If a test, or a training from other weights, would test on somebody whom the weights have seen.
    """

    priority = 'VERY_HIGH'      # before anything is computed or written

    def __init__(self, allow_overlap: bool = False) -> None:
        self.allow_overlap = allow_overlap
        self.trained: TrainedOn | None = None      # whom the runner's weights have seen

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Read the entry.

        Args:
            runner (Runner): The runner; unused.
            checkpoint (dict): As loaded.
        """
        self.trained = TrainedOn.of(checkpoint)

    def before_train(self, runner: Runner) -> None:
        """Compare whom the loaded weights have seen with the test part, and add who is trained on now."""
        before = frozenset() if self.trained is None else self.trained.subjects
        own = sample_keys(runner.train_dataloader.dataset)[0]
        tested: set[str] = set()
        if own and not self._allowed(runner):
            parts = (part_dataset(runner, name) for name in ('test', 'val'))      # the second is not built in vain
            tested = next((sample_keys(part)[0] for part in parts if part is not None), set())
            seen = seen_subjects(before - own, tested)      # who is in both parts concerns SplitGuardHook
            if seen:
                raise DatasetError(f'Training would begin with {_file(runner)}, which was trained on {_some(seen)}, '
                                   'who is tested here: begin with weights that left them out.')
        left = sorted(tested - {*seen_subjects(before | own, tested)})
        self.trained = TrainedOn(before | own, tuple(key.partition('/')[2] for key in left)) if before | own else None

    def before_test(self, runner: Runner) -> None:
        """Compare whom the weights have seen with the test part."""
        if self.trained is None:
            return
        seen = seen_subjects(self.trained.subjects, sample_keys(runner.test_dataloader.dataset)[0])
        if not seen:
            return
        if not self._allowed(runner):
            raise DatasetError(f'{_file(runner)} was trained on {_some(seen)}, so that a test on them says nothing: '
                               f'{self._remedy()}, or permit it by TrainedSubjectsHook(allow_overlap=True).')
        runner.logger.warning(f'The weights were trained on {_some(seen)}: this is no score of new people.')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Write the entry.

        Args:
            runner (Runner): The runner; unused.
            checkpoint (dict): About to be written.
        """
        if self.trained is not None:
            checkpoint.setdefault('meta', {})[ENTRY] = self.trained.plain()

    def _allowed(self, runner: Runner) -> bool:
        return self.allow_overlap or any(isinstance(hook, SplitGuardHook) and hook.allow_overlap
                                         for hook in runner.hooks)

    def _remedy(self) -> str:
        left = self.trained.left_out if self.trained else ()
        if len(left) == 1:
            return f'it left out {left[0]}, so test it with --test-subject {left[0]} or ME_TEST_SUBJECT={left[0]}'
        if left:
            return f'test it on whom it left out ({_some(left)})'
        return 'test it on somebody else'


def _file(runner: Runner) -> str:
    return str(getattr(runner, '_load_from', None) or 'The model')


def _some(names: Collection[str]) -> str:
    shown = [*names][:5]
    return ', '.join(shown) + (f' and {len(names) - 5} more' if len(names) > 5 else '')
