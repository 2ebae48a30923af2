"""The card of a leave-one-subject-out run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from fdp_mmaction.atomic import write_text
from fdp_mmaction.engine.loso.fold_config import CHECKPOINTS
from fdp_mmaction.engine.loso.plan import CONFIG
from fdp_mmaction.engine.loso.record import BEST
from fdp_mmaction.engine.loso.results import FoldResult, LosoRun
from fdp_mmaction.engine.loso.select import COMPARE, INNER, LAST
from fdp_mmaction.registry import MODELS

from .card import CARD, write_model_card
from .facts import CardFacts, DataFacts, Part
from .gather import model_facts, special_limits, training_facts
from .preparation_summary import read_preparation
from .scores import loso_scores

_EPOCH = {LAST: 'the last', INNER: 'the best on training subjects who were held out (UF1)',
          COMPARE: 'the last; the best on held-out training subjects and on the left-out subject for comparison'}


def write_run_card(run: LosoRun, summary: Mapping[str, Any]) -> Path:
    """Write ``MODEL_CARD.md`` into the folder of a run, finished or not.

    Args:
        run (LosoRun): The run.
        summary (Mapping): From :func:`~fdp_mmaction.engine.loso.summary.summarise`.

    Returns:
        Path: The card.
    """
    facts = run_facts(run, summary)
    weights = next(filter(None, (weights_of(fold, main_selection(run)) for fold in run.folds)), None)
    if weights is not None and weights.with_name(CONFIG).is_file():
        place = weights.relative_to(run.folder)
        facts = replace(facts, config=place.with_name(CONFIG).as_posix(), checkpoint=place.as_posix())
    write_text(run.folder / CARD, write_model_card(facts))
    return run.folder / CARD


def run_facts(run: LosoRun, summary: Mapping[str, Any]) -> CardFacts:
    """What is known of a run.

    Args:
        run (LosoRun): The run.
        summary (Mapping): From :func:`~fdp_mmaction.engine.loso.summary.summarise`.

    Returns:
        CardFacts: Without names of files.
    """
    header, path = run.header, run.folder / CONFIG
    cfg = Config.fromfile(path) if path.is_file() else Config()
    lengths = {fold.epochs[LAST] for fold in run.folds if LAST in fold.epochs}
    training = training_facts(cfg, max(lengths) if lengths else None, None)
    training['seed'] = ', '.join(map(str, summary['counted']['seeds']))
    training['weights that count'] = _EPOCH.get(header['selection'], 'the best on the left-out subject: optimistic')
    sizes = [fold.num_train for fold in run.folds]
    if sizes:
        training['MEs trained on in a fold'] = str(min(sizes)) + (f' to {max(sizes)}' if len({*sizes}) > 1 else '')
    return CardFacts(model_facts(cfg, header.get('name', run.folder.name), built_model(cfg)), _data(run, summary),
                     training, dict(summary['environment']), loso_scores(summary), limits=special_limits(cfg))


def _data(run: LosoRun, summary: Mapping[str, Any]) -> DataFacts:
    header = run.header
    census, subjects = header.get('census') or {}, tuple(header['subjects'])
    everybody = tuple(header.get('subject_census') or subjects)
    names = (header['dataset'],) if header.get('dataset') else ()
    split = (f'One model for each of {len(subjects)} subjects, trained on everybody else and tested on that one; '
             f'{len(run.folds)} of {len(subjects) * len(header["seeds"])} trainings are done.')
    root = header.get('data_root')
    return DataFacts(names, header.get('protocol', ''), tuple(summary['classes']),
                     {'all': Part(dict(census), everybody)} if census else {}, split,
                     read_preparation(root) if root else ())


def built_model(cfg: Config) -> nn.Module | None:
    """The model of a config with random weights; None if it cannot be built here."""
    try:
        with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmaction')):
            return MODELS.build(cfg.model)
    except Exception:      # a card is not worth the failure of a report, whatever the network asks for
        return None


def main_selection(run: LosoRun) -> str:
    """The way of choosing the epoch that the weights of a run are kept by: its own; of a comparison ``last``."""
    return LAST if run.header['selection'] == COMPARE else run.header['selection']


def weights_of(fold: FoldResult, selection: str = LAST) -> Path | None:
    """The weights that a finished fold was tested with.

    Args:
        fold (FoldResult): The fold.
        selection (str): One of those it has votes for. Defaults to ``'last'``.

    Returns:
        Path | None: The file; None if it was not kept.
    """
    if fold.folder is None or selection not in fold.epochs:
        return None
    path = fold.folder / (BEST if selection == INNER else CHECKPOINTS).replace('*', str(fold.epochs[selection]))
    return path if path.is_file() else None
