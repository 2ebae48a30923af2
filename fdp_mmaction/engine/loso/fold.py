"""One fold: a normal training run, which can be killed at any time and run again."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.runner import Runner

from fdp_mmaction.engine.environment import environment
from fdp_mmaction.engine.launch import SUBJECT_VARIABLE, build_runner
from fdp_mmaction.errors import DatasetError

from .files import clean, drop_training_state, epoch_of, newest_checkpoint, register_whole_files
from .fold_config import CHECKPOINTS, fold_config
from .guard import CloseHook, OpenHook, ReadGuard, check_parts, part_keys, watch
from .plan import check_unchanged, labelled_dataset, samples_of
from .record import BEST, PROGRESS, RECORD, CatchUpHook, RecordHook, find_metric, votes_of
from .results import FoldResult, Prediction, fold_folder, read_fold, read_run, write_fold
from .select import INNER, LAST, TEST, choose_epoch, inner_subjects, needs_inner, sees_test


@dataclass(frozen=True)
class FoldSpec:
    """What a fold is.

    Args:
        name (str): Left-out subject, or the name of several.
        left_out (tuple[str, ...]): Subjects that are tested on and never trained on.
        seed (int): Of the training.
        selection (str): One of :data:`~fdp_mmaction.engine.loso.select.SELECTIONS`. Defaults to ``'last'``.
        inner_share (float | None): Part of the training subjects that is held out, where some are. Defaults to None.
        test_statistics (bool): Permit statistics over the test part. Defaults to False.
        report (bool): Draw the fold's own figures, too. Defaults to False.
    """

    name: str
    left_out: tuple[str, ...]
    seed: int
    selection: str = LAST
    inner_share: float | None = None
    test_statistics: bool = False
    report: bool = False


def run_fold(out: Path, subject: str, seed: int, launcher: str = 'none', started: float | None = None,
             keep: str = 'last') -> None:
    """Run one fold of a run, or go on with it; one that is done is left as it is.

    Args:
        out (Path): Folder of the run, with its header and config.
        subject (str): Left out.
        seed (int): Of the training.
        launcher (str): See :func:`train_fold`, as for started and keep.

    Raises:
        DatasetError: If the data or the split is not what it must be.
        UsageError: If config or annotations changed since the run began.
    """
    header = read_run(out).header
    cfg, identity = check_unchanged(out, header), header['identity']
    folder = fold_folder(out, seed, subject)
    if read_fold(folder) is None:
        spec = FoldSpec(subject, (subject,), seed, header['selection'], identity['inner_share'],
                        identity['test_statistics'])
        train_fold(cfg, folder, spec, launcher, started, keep)


def train_fold(cfg: Config, folder: Path, spec: FoldSpec, launcher: str = 'none', started: float | None = None,
               keep: str = 'last') -> None:
    """Train and test, from the last checkpoint in the folder if there is one, and leave ``fold.json``.

    Args:
        cfg (Config): From :func:`~fdp_mmaction.engine.loso.fold_config.read_run_config`; left as it is.
        folder (Path): Work directory.
        spec (FoldSpec): What the fold is.
        launcher (str): ``'none'``, or ``'pytorch'`` in one of several processes. Defaults to ``'none'``.
        started (float, optional): ``time.time()`` when the process began. Defaults to None: now.
        keep (str): Checkpoints that stay afterwards: ``'last'`` (and the chosen one), without the optimiser's state,
            ``'all'`` or ``'none'``. Defaults to ``'last'``.

    Raises:
        DatasetError: If the data or the split is not what it must be.
    """
    started = time.time() if started is None else started
    made_with = environment()
    os.environ[SUBJECT_VARIABLE] = ','.join(spec.left_out)
    register_whole_files()
    clean(folder)
    inner = draw_inner(cfg, spec)
    cfg = fold_config(cfg, folder, spec.left_out, spec.seed, spec.selection, inner, launcher, spec.report)
    newest = newest_checkpoint(folder)
    if newest is not None:
        cfg.load_from, cfg.resume = str(newest), True
    runner = build_runner(cfg)
    num_train = guard_split(runner, spec)
    classes = runner.test_dataloader.dataset.metainfo['classes']
    record = RecordHook(folder, spec.left_out, len(classes), started, spec.selection == INNER)
    for hook in (record, CatchUpHook(record)):
        runner.register_hook(hook)
    runner.train()
    result = evaluate(runner, record, spec.selection)
    if is_main_process():
        seconds = dict(total=record.seconds.pop('earlier') + time.time() - started, **record.seconds,
                       test=result.pop('test'))
        write_fold(folder, FoldResult(spec.name, spec.seed, num_train=num_train, inner_subjects=inner, seconds=seconds,
                                      history=record.history(), environment=made_with, spans=record.spans(), **result))
        tidy(folder, keep)


def draw_inner(cfg: Config, spec: FoldSpec) -> tuple[str, ...]:
    """Training subjects held out to choose the epoch; none where none is needed."""
    if not needs_inner(spec.selection):
        return ()
    labels: dict[str, list[int]] = {}
    for sample in samples_of(labelled_dataset(cfg)):
        if sample.subject not in spec.left_out:
            labels.setdefault(sample.subject, []).append(sample.label)
    return inner_subjects(labels, spec.inner_share, spec.seed, spec.name)


def guard_split(runner: Runner, spec: FoldSpec) -> int:
    """Compare the parts, and watch over them from now on.

    Returns:
        int: MEs that are trained on.

    Raises:
        DatasetError: If something is in two parts.
    """
    train, test = runner.train_dataloader.dataset, runner.test_dataloader.dataset
    others = {'test': test}
    if runner.val_loop is not None:
        others['val'] = runner.val_dataloader.dataset
        if not sees_test(spec.selection):
            check_parts(others['val'], {'test': test})
    check_parts(train, others)
    watch(train, ReadGuard('training', part_keys(test)['subject']))
    if not spec.test_statistics:
        guards = {name: ReadGuard(name, is_open=False) for name in others}
        for name, guard in guards.items():
            watch(others[name], guard)
        opener = OpenHook(guards)
        for hook in (opener, CloseHook(opener)):
            runner.register_hook(hook)
    return len(part_keys(train)['sample'])


def evaluate(runner: Runner, record: RecordHook, selection: str) -> dict[str, Any]:
    """Votes for who is left out, by every selection that the run asks for.

    Returns:
        dict: ``predictions``, ``epochs`` and ``measures`` of a fold, and ``test``, the seconds it took.

    Raises:
        DatasetError: If an ME of the subject got no vote, or another one did.
    """
    begin = time.perf_counter()
    metrics = runner.test_loop.run()
    epochs, predictions = {LAST: runner.epoch}, {LAST: _votes(runner)}
    if selection != LAST:
        chosen = [None]
        if is_main_process():
            chosen = [{name: choose_epoch(record.scores(name), name)
                       for name, wanted in ((INNER, needs_inner(selection)), (TEST, sees_test(selection))) if wanted}]
        broadcast_object_list(chosen)
        epochs.update(chosen[0])
        for name, epoch in chosen[0].items():
            if sees_test(selection):
                predictions[name] = record.votes(epoch) if is_main_process() else ()
            else:
                runner.load_checkpoint(str(record.folder / BEST.replace('*', str(epoch))))
                runner.test_loop.run()
                predictions[name] = _votes(runner)
    measures = {name: float(value) for name, value in metrics.items() if not name.startswith('me/')}
    return dict(predictions=predictions, epochs=epochs, measures=measures, test=time.perf_counter() - begin)


def _votes(runner: Runner) -> tuple[Prediction, ...]:
    if not is_main_process():
        return ()
    votes = votes_of(find_metric(runner.test_evaluator))
    expected = part_keys(runner.test_dataloader.dataset)['sample']
    if {vote.sample_id for vote in votes} != expected:
        raise DatasetError(f'The test gave votes for {len(votes)} MEs, and not for the {len(expected)} of the left-out '
                           'subject: look at test_dataloader in the config.')
    return tuple(votes)


def tidy(folder: Path, keep: str) -> None:
    """Delete what is no longer needed once a fold is done; with ``keep='all'``, checkpoints can be trained on."""
    checkpoints = sorted(folder.glob(CHECKPOINTS), key=epoch_of)
    unwanted = dict(last=checkpoints[:-1], all=[], none=[*checkpoints, *folder.glob(BEST)])[keep]
    for path in [*unwanted, folder / RECORD, folder / PROGRESS]:
        path.unlink(missing_ok=True)
    if keep == 'last':
        drop_training_state(checkpoints[-1])
