"""The card of one training, written when it ends and again when its weights are tested."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.dist import get_world_size
from mmengine.model import is_model_wrapper

from fdp_mmaction.atomic import write_text

from .card import CARD, write_model_card
from .facts import CardFacts, Scores
from .gather import data_facts, model_facts, special_limits, training_facts
from .paths import last_part
from .scores import test_scores, validation_scores

FACTS = 'model_card.json'
_SAVED_BEST = 'the last; best_*.pth were chosen by their score on the left-out subject, which is optimistic'


def write_training_card(runner: Any, folder: str, environment: Mapping[str, str],
                        validation: tuple[int, Mapping[str, float]] | None = None) -> Path:
    """Write ``MODEL_CARD.md`` into the work directory, and its facts into a folder there.

    Args:
        runner (Runner): Has trained.
        folder (str): For the facts, inside the work directory.
        environment (Mapping[str, str]): Versions and device.
        validation (tuple[int, Mapping], optional): Epoch and metrics of the last validation. Defaults to None: there
            was none.

    Returns:
        Path: The card.
    """
    work = Path(runner.work_dir)
    facts = runner_facts(runner, environment)
    if validation is not None:
        subjects = getattr(runner.val_dataloader.dataset, 'metainfo', {}).get('test_subjects', ())
        trained = facts.data.parts['training'].subjects if 'training' in facts.data.parts else ()
        unseen = bool(trained) and not {*trained} & {*subjects}
        facts = replace(facts, scores=(validation_scores(validation[1], validation[0], subjects, unseen),))
    return write_card(work, work / folder / FACTS, facts)


def write_card(folder: Path, record: Path, facts: CardFacts) -> Path:
    """Write facts, and the card they make; each whole or not at all."""
    write_text(record, json.dumps(facts.to_json(), indent=2) + '\n')
    write_text(folder / CARD, write_model_card(facts))
    return folder / CARD


def runner_facts(runner: Any, environment: Mapping[str, str]) -> CardFacts:
    """What is known at the end of a training.

    Args:
        runner (Runner): Has trained.
        environment (Mapping[str, str]): Versions and device.

    Returns:
        CardFacts: Without scores.
    """
    cfg, work = runner.cfg, Path(runner.work_dir)
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    loader = runner._test_dataloader      # a dict of the config until it is used
    tested = None if loader is None or isinstance(loader, Mapping) else loader.dataset
    training = training_facts(cfg, runner.epoch, runner.seed, get_world_size())
    best = ((cfg.get('default_hooks') or {}).get('checkpoint') or {}).get('save_best')
    training['weights that count'] = _SAVED_BEST if best else 'the last'
    pointer, name = work / 'last_checkpoint', Path(cfg.filename or 'model').stem
    checkpoint = last_part(pointer.read_text(encoding='utf-8').strip()) if pointer.is_file() else ''
    config = f'{name}.py'
    return CardFacts(
        model_facts(cfg, name, model), data_facts(cfg, runner.train_dataloader.dataset, tested), training,
        dict(environment), config=config if (work / config).is_file() else '',
        checkpoint=checkpoint if checkpoint and (work / checkpoint).is_file() else '', limits=special_limits(cfg))


def read_facts(record: Path) -> CardFacts | None:
    """Facts that a training left.

    Args:
        record (Path): The file.

    Returns:
        CardFacts | None: None where there is none that can be read.
    """
    try:
        return CardFacts.from_json(json.loads(record.read_text(encoding='utf-8')))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def add_test_scores(work: Path, folder: str, report: Mapping[str, Any]) -> Path | None:
    """Write the card of a work directory again, with the scores of a test of its weights.

    Args:
        work (Path): The work directory.
        folder (str): Of the facts, inside it.
        report (Mapping): Content of ``report/metrics.json``.

    Returns:
        Path | None: The card; None where there is none, or it is of other weights than those tested.
    """
    facts = read_facts(work / folder / FACTS)
    if facts is None or not is_of(report, work / facts.checkpoint):
        return None
    scores: tuple[Scores, ...] = (test_scores(report),)
    return write_card(work, work / folder / FACTS, replace(facts, scores=scores))


def is_of(report: Mapping[str, Any], checkpoint: Path) -> bool:
    """Whether a test was of a file of weights, by where it says that they lay; a folder may have been moved since."""
    tested = str(report.get('checkpoint') or '')
    return last_part(tested) == checkpoint.name and (Path(tested).name == tested
                                                     or Path(tested).parent.name == checkpoint.absolute().parent.name)
