"""What a fold remembers from epoch to epoch, so that it survives being killed."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank, is_main_process
from mmengine.hooks import Hook

from fdp_mmaction.atomic import write_text
from fdp_mmaction.engine.hooks.epoch_seed_hook import epoch_seed
from fdp_mmaction.evaluation import MERMetric

from .files import epoch_of
from .fold_config import CHECKPOINTS
from .results import Prediction
from .select import INNER, TEST, choose_epoch, validation_scores

RECORD, PROGRESS, BEST = 'record.json', 'progress.json', 'best_inner_*.pth'
_EVALUATION = 0x6d65
"""Mixed into the seed of an evaluation, which draws other numbers than the training of an epoch."""


def votes_of(metric: MERMetric) -> list[Prediction]:
    """The votes of the last evaluation, in order of the sample id; empty in all processes but the first."""
    return sorted((Prediction(vote['sample_id'], vote['dataset'], vote['subject'], int(vote['label']),
                              int(vote['prediction']), tuple(float(score) for score in vote['score']))
                   for vote in metric.predictions), key=lambda vote: vote.sample_id)


def find_metric(evaluator: Any) -> MERMetric:
    """The metric that collects votes."""
    return next(metric for metric in evaluator.metrics if isinstance(metric, MERMetric))


class RecordHook(Hook):
    """Write losses, scores, votes and times of every epoch to ``record.json``, before the epoch's checkpoint.

    Args:
        folder (Path): Work directory of the fold.
        left_out (Collection[str]): Subjects that are tested on.
        num_classes (int): Number K of classes.
        started (float): When the process began, in seconds of ``time.time()``.
        keep_best (bool): Save the weights that are the best on the inner subjects. Defaults to False.
    """

    priority = 'LOW'      # after averaging of weights and the like, before the checkpoint

    def __init__(self, folder: Path, left_out: Collection[str], num_classes: int, started: float,
                 keep_best: bool = False) -> None:
        self.folder, self.left_out, self.num_classes = folder, left_out, num_classes
        self.started, self.keep_best = started, keep_best
        self.epochs: dict[int, dict[str, float]] = {}
        self.evaluations: dict[int, dict[str, Any]] = {}
        self.seconds = dict.fromkeys(('earlier', 'start', 'training', 'data', 'validation'), 0.0)
        self.earlier: list[list[float]] = []      # begin and end of the attempts before this one
        self._sums: dict[str, torch.Tensor] = {}
        self._steps = 0
        self._mark = 0.0

    def before_train(self, runner: Any) -> None:
        """Take up what earlier attempts recorded, up to the checkpoint that is gone on from."""
        path = self.folder / RECORD
        if path.is_file() and runner.epoch:
            found = json.loads(path.read_text(encoding='utf-8'))
            self.epochs = {entry['epoch']: entry for entry in found['epochs'] if entry['epoch'] <= runner.epoch}
            self.evaluations = {entry['epoch']: entry for entry in found['evaluations']
                                if entry['epoch'] <= runner.epoch}
            newest = self.epochs.get(runner.epoch, {})
            self.seconds.update(newest.get('seconds') or {})
            self.earlier = newest.get('spans') or []
        if is_main_process():
            for path in self.folder.glob(BEST):
                if epoch_of(path) > runner.epoch:
                    path.unlink()
        self.seconds['start'] += time.time() - self.started
        self._progress(runner)

    def before_train_epoch(self, runner: Any) -> None:
        """Begin an epoch."""
        self._sums, self._steps, self._mark = {}, 0, time.perf_counter()

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        """The data is there."""
        self._lap('data')

    def after_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Add up the losses of a step."""
        for name, value in (outputs or {}).items():
            if 'loss' in name and isinstance(value, torch.Tensor) and value.numel() == 1:
                self._sums[name] = self._sums.get(name, 0) + value.detach().reshape(())
        self._steps += 1
        self._lap('training')

    def after_train_epoch(self, runner: Any) -> None:
        """Record the epoch."""
        epoch = runner.epoch + 1
        losses = {name: float(total) / max(self._steps, 1) for name, total in self._sums.items()}
        self.epochs[epoch] = dict(epoch=epoch, **losses, seconds=dict(
            self.seconds, earlier=self.seconds['earlier'] + time.time() - self.started), spans=self.spans())
        self._write()
        self._progress(runner, epoch)

    def before_val_epoch(self, runner: Any) -> None:
        """Let an evaluation draw the same numbers however the training came here."""
        seed = epoch_seed(runner.seed ^ _EVALUATION, runner.epoch, get_rank())
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        self._mark = time.perf_counter()

    before_test_epoch = before_val_epoch

    def after_val_epoch(self, runner: Any, metrics: dict[str, float] | None = None) -> None:
        """Record the evaluation, and keep the weights that are the best on the inner subjects so far."""
        self._lap('validation')
        if not is_main_process():
            return
        votes = votes_of(find_metric(runner.val_evaluator))
        entry: dict[str, Any] = dict(epoch=runner.epoch)
        for name, is_test in ((INNER, False), (TEST, True)):
            part = [vote for vote in votes if (vote.subject in self.left_out) == is_test]
            if part:
                entry[name] = validation_scores([(vote.label, vote.prediction) for vote in part], self.num_classes)
        entry['votes'] = [vars(vote) for vote in votes if vote.subject in self.left_out]
        self.evaluations[runner.epoch] = entry
        if self.keep_best and choose_epoch(self.scores(INNER), INNER) == runner.epoch:
            runner.save_checkpoint(str(self.folder), BEST.replace('*', str(runner.epoch)), save_optimizer=False,
                                   save_param_scheduler=False, by_epoch=False,
                                   meta=dict(epoch=runner.epoch, iter=runner.iter),
                                   backend_args=dict(backend='WholeFileBackend'))
            self._drop_superseded()
        self._write()

    def _drop_superseded(self) -> None:
        """Weights that were the best at the epoch a killed fold would go on from are still needed; older ones not."""
        newest = max(map(epoch_of, self.folder.glob(CHECKPOINTS)), default=0)
        files = sorted(self.folder.glob(BEST), key=epoch_of)
        for path, successor in zip(files, files[1:]):
            if epoch_of(successor) <= newest:
                path.unlink()

    def scores(self, selection: str) -> dict[int, dict[str, float]]:
        """``UF1`` and ``ACC`` by epoch, on the inner subjects or on the left-out one."""
        return {epoch: entry[selection] for epoch, entry in self.evaluations.items() if selection in entry}

    def votes(self, epoch: int) -> tuple[Prediction, ...]:
        """Votes for who is left out, at a validated epoch."""
        return tuple(Prediction(**dict(vote, scores=tuple(vote['scores'])))
                     for vote in self.evaluations[epoch]['votes'])

    def history(self) -> list[dict[str, float]]:
        """Per epoch: losses and validation scores."""
        found = []
        for epoch, entry in sorted(self.epochs.items()):
            scores = {f'{name}/{key}': value for name in (INNER, TEST)
                      for key, value in self.evaluations.get(epoch, {}).get(name, {}).items()}
            losses = {key: value for key, value in entry.items() if key not in ('seconds', 'spans')}
            found.append(dict(losses, **scores))
        return found

    def spans(self) -> list[list[float]]:
        """Begin and end of every attempt, now being the end of this one."""
        return [*self.earlier, [self.started, time.time()]]

    def _lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] += now - self._mark
        self._mark = now

    def _write(self) -> None:
        if is_main_process():
            content = dict(epochs=[self.epochs[epoch] for epoch in sorted(self.epochs)],
                           evaluations=[self.evaluations[epoch] for epoch in sorted(self.evaluations)])
            write_text(self.folder / RECORD, json.dumps(content) + '\n')

    def _progress(self, runner: Any, epoch: int | None = None) -> None:
        if is_main_process():
            write_progress(self.folder, runner.epoch if epoch is None else epoch, runner.max_epochs)


class CatchUpHook(Hook):
    """Evaluate the epoch of a checkpoint whose validation was cut off, since the host would leave it out.

    Args:
        record (RecordHook): Knows what was evaluated.
    """

    priority = 'LOWEST'

    def __init__(self, record: RecordHook) -> None:
        self.record = record

    def before_train(self, runner: Any) -> None:
        """Validate, if the epoch that the run goes on from should have been and was not."""
        loop, epoch = runner.train_loop, runner.epoch
        if not epoch or runner.val_loop is None or epoch in self.record.evaluations:
            return
        decide: Callable[[], None] = getattr(loop, '_decide_current_val_interval', lambda: None)
        decide()
        if epoch >= loop.val_begin and (epoch % loop.val_interval == 0 or epoch == loop.max_epochs):
            loop.runner.val_loop.run()


def write_progress(folder: Path, epoch: int, epochs: int) -> None:
    """Leave a note for the display: how far a running fold is."""
    write_text(folder / PROGRESS, json.dumps(dict(epoch=epoch, epochs=epochs)))


def read_progress(folder: Path) -> tuple[int, int] | None:
    """Epochs done and wanted of a fold that has begun; None where it has not, or is finished."""
    try:
        found = json.loads((folder / PROGRESS).read_text(encoding='utf-8'))
        return found['epoch'], found['epochs']
    except (OSError, ValueError, KeyError, TypeError):
        return None
