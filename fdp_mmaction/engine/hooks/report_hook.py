"""Leave results that a person can read: metrics, predictions and figures in the work directory."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from fdp_mmaction.atomic import replacing, write_text
from fdp_mmaction.engine.environment import environment
from fdp_mmaction.evaluation import DynamicImageMetric, MERMetric
from fdp_mmaction.registry import HOOKS

from .split_guard_hook import sample_keys
from .trained_subjects_hook import seen_subjects, trained_on

@HOOKS.register_module()
class ReportHook(Hook):
    """Write ``<work_dir>/report/`` after testing, and the training curves after training.

    ``metrics.json`` (scores, confusion matrix, protocol, left-out subject, seed, counts, environment; whom the weights
    were trained on, where ``TrainedSubjectsHook`` knows it, and who of them was tested all the same),
    ``predictions.csv`` (one row per ME), ``confusion_matrix.png``, ``dynamic_images.png`` (true and constructed,
    when the model constructs them), ``training_curves.png``. A checkpoint that MMEngine named ``best_*`` was chosen by
    its score on the validation part, the left-out subject: it is reported as ``best-on-test``, with a warning.

    Beside the checkpoints lies ``MODEL_CARD.md``, written after training and again, with the scores, after a test in
    the same work directory; its facts are ``report/model_card.json``.

    Args:
        folder (str): Folder inside the work directory. Defaults to ``'report'``.
        model_card (bool): Write the card. Defaults to True.
    """

    priority = 'VERY_LOW'

    def __init__(self, folder: str = 'report', model_card: bool = True) -> None:
        self.folder, self.model_card = folder, model_card
        self._epochs: int | None = None     # that the tested checkpoint was trained for
        self._validation: tuple[int, dict[str, float]] | None = None     # epoch and scores of the last one

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Remember how long the weights were trained."""
        self._epochs = checkpoint.get('meta', {}).get('epoch')

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Remember the scores for the card."""
        self._validation = (runner.epoch, dict(metrics or {}))

    @master_only
    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Write the results of a test."""
        found = {type(metric): metric for metric in runner.test_evaluator.metrics}
        out = Path(runner.work_dir) / self.folder
        out.mkdir(parents=True, exist_ok=True)
        meta = runner.test_dataloader.dataset.metainfo
        if MERMetric in found:
            report = self._write_recognition(runner, found[MERMetric], meta, metrics or {}, out)
            self._write_card(runner, report)
        if DynamicImageMetric in found and found[DynamicImageMetric].examples:
            from fdp_mmaction.visualization import draw_dynamic_images, save_figure
            figure = draw_dynamic_images(found[DynamicImageMetric].examples)
            save_figure(figure, out / 'dynamic_images.png')
        runner.logger.info(f'Report: {out}')

    def _write_recognition(self, runner: Runner, metric: MERMetric, meta: dict, metrics: dict, out: Path) -> dict:
        from fdp_mmaction.visualization import draw_confusion_matrix, save_figure
        classes = list(meta.get('classes', []))
        checkpoint = str(runner._load_from or '')
        selection = 'best-on-test' if Path(checkpoint).name.startswith('best_') else 'last'
        if selection == 'best-on-test':
            runner.logger.warning(f'{Path(checkpoint).name} was chosen by its score on the left-out subject: these '
                                  'numbers are optimistic.')
        subjects = list(meta.get('test_subjects', []))
        known = trained_on(runner)
        trained = None if known is None else sorted(known.subjects)
        report = dict(
            dataset=meta.get('dataset_name', ''), protocol=meta.get('protocol', ''), classes=classes,
            test_subjects=subjects, num_mes=len(metric.predictions), selection=selection, seed=runner.seed,
            checkpoint=checkpoint, epochs=self._epochs, metrics=metrics,
            trained_subjects=trained,      # None: not known
            seen_in_training=seen_subjects(trained or (), sample_keys(runner.test_dataloader.dataset)[0]),
            confusion_matrix=metric.matrix.tolist(), environment=environment())
        write_text(out / 'metrics.json', json.dumps(report, indent=2) + '\n')
        with replacing(out / 'predictions.csv') as partial, open(partial, 'w', newline='', encoding='utf-8') as file:
            writer = csv.writer(file)
            writer.writerow(['sample_id', 'subject', 'label', 'prediction', *(f'score_{name}' for name in classes)])
            for vote in metric.predictions:
                writer.writerow([vote['sample_id'], vote['subject'], classes[vote['label']],
                                 classes[vote['prediction']], *(f'{score:.6f}' for score in vote['score'])])
        title = f'{report["dataset"]}, {report["protocol"]}, left out: {", ".join(subjects)}'
        save_figure(draw_confusion_matrix(metric.matrix, classes, title), out / 'confusion_matrix.png')
        return report

    def _write_card(self, runner: Runner, report: dict | None = None) -> None:
        """Write the card after training, or after a test that found something."""
        if not self.model_card:
            return
        from fdp_mmaction.engine.publishing.training_card import add_test_scores, write_training_card
        try:
            if report is None:
                write_training_card(runner, self.folder, environment(), self._validation)
            else:
                add_test_scores(Path(runner.work_dir), self.folder, report)
        except Exception as error:      # a training of days must not end with an error for the sake of its card
            runner.logger.warning(f'No model card: {type(error).__name__}: {error}')

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Draw the training curves."""
        self._epochs = runner.epoch      # a test may follow without loading anything
        self._write_card(runner)
        scalars = sorted(Path(runner.work_dir).glob('*/vis_data/scalars.json'))
        if not scalars:
            return
        from fdp_mmaction.visualization import collect_curves, draw_training_curves, read_scalars, save_figure
        curves = collect_curves([entry for path in scalars for entry in read_scalars(path)])
        out = Path(runner.work_dir) / self.folder / 'training_curves.png'
        subjects = runner.train_loop.dataloader.dataset.metainfo.get('test_subjects') or ()
        title = runner.experiment_name.removesuffix(f'_{runner.timestamp}')
        title += f', left out: {", ".join(subjects)}' if subjects else ''
        save_figure(draw_training_curves(curves, title), out)
        runner.logger.info(f'Training curves: {out}')
