"""Facts of one file of weights, from what lies around it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fdp_mmaction.engine.loso.results import FOLD, REPORT, RUN, FoldResult, read_fold, read_run
from fdp_mmaction.engine.loso.summary import summarise

from .facts import CardFacts, Part
from .gather import data_facts, model_facts, special_limits, training_facts
from .loso_card import main_selection, run_facts, weights_of
from .scores import test_scores
from .training_card import FACTS, is_of, read_facts


def checkpoint_facts(source: Path, loaded: Mapping[str, Any], cfg: Config, config: str | Path | None = None
                     ) -> CardFacts:
    """What is known of a checkpoint: by the run that it is a fold of, by what its training left, or by itself.

    Args:
        source (Path): The checkpoint.
        loaded (Mapping): Its content.
        cfg (Config): Its config.
        config (str | Path, optional): File of the config, for the name. Defaults to None.

    Returns:
        CardFacts: Without names of files.
    """
    meta, folder = loaded['meta'], source.absolute().parent
    if (folder / FOLD).is_file() and (folder.parents[2] / RUN).is_file():
        return _of_fold(folder, source)
    begun = str(meta.get('experiment_name') or source.stem)      # name of the config and time
    name = Path(config).stem if config else re.sub(r'_\d{8}_\d{6}$', '', begun)
    facts = read_facts(folder / REPORT / FACTS)
    if facts is None or config is not None:
        facts = CardFacts(model_facts(cfg, name), data_facts(cfg), {},
                          {'mmengine': str(meta['mmengine_version'])} if 'mmengine_version' in meta else {},
                          limits=special_limits(cfg))
    if meta.get('converted_from'):
        return _of_authors(facts, str(meta['converted_from']))
    epochs, seed = meta.get('epoch'), meta.get('seed')
    training = dict(training_facts(cfg, epochs, seed), **{key: value for key, value in facts.training.items()
                                                          if key in ('batch size', 'seed')})
    chosen = source.name.startswith('best_')
    training['weights that count'] = 'these' + (f', after epoch {epochs}' if epochs is not None else '') + (
        ', chosen by their score on the left-out subject, which is optimistic' if chosen else '')
    report = _tested(source)
    scores = (test_scores(report),) if report else () if chosen else tuple(
        one for one in facts.scores if one.how.startswith(f'Validation after epoch {epochs} '))
    return replace(facts, training=training, scores=scores)


def _of_authors(facts: CardFacts, source: str) -> CardFacts:
    """Weights that this project did not train: what the config says of training is not what was done."""
    limit = 'The authors released these weights under terms of their own, which are not known here: ask them.'
    return replace(facts, model=replace(facts.model, origin=f'weights of the authors, converted from {source}'),
                   data=replace(facts.data, parts={}, split='The authors say what they trained on and whom they left '
                                'out.', preparation=()),
                   training={'weights': 'trained by the authors, not by this project'}, environment={},
                   limits=(*facts.limits, limit))


def _of_fold(folder: Path, source: Path) -> CardFacts:
    run, fold = read_run(folder.parents[2]), read_fold(folder)
    facts = run_facts(run, summarise(run))
    split = f'Nothing of {fold.subject} was trained on: these weights are of its fold, seed {fold.seed}.'
    limits = [*facts.limits, 'The scores are those of all folds of the run together; these weights are of one of them.']
    counted = weights_of(fold, main_selection(run))
    if counted is None or counted.name != source.name:
        limits.append(f'The scores are of other weights than these, which are {source.name}: see "weights that count".')
    training = dict(facts.training, **{'seed': str(fold.seed), 'MEs trained on in a fold': str(fold.num_train)})
    return replace(facts, data=replace(facts.data, split=split, parts=_parts(facts, fold)), training=training,
                   limits=tuple(limits), title=f'{facts.model.name}_{folder.parent.name}_{folder.name}')


def _parts(facts: CardFacts, fold: FoldResult) -> dict[str, Part]:
    """What the model of a fold was trained on and tested on; who was held out to choose the epoch is not counted."""
    votes = next(iter(fold.predictions.values()))
    classes, everybody = facts.data.classes, facts.data.parts.get('all')
    tested = Counter(classes[vote.label] for vote in votes)
    parts = {'left out': Part({name: tested[name] for name in classes}, (fold.subject,))}
    if everybody is None or fold.inner_subjects:
        return parts
    trained = {name: everybody.classes.get(name, 0) - tested[name] for name in classes}
    return {'training': Part(trained, tuple(one for one in everybody.subjects if one != fold.subject)), **parts}


def _tested(source: Path) -> Mapping[str, Any] | None:
    """What the last test in the work directory found, if it was of this checkpoint."""
    try:
        report = json.loads((source.absolute().parent / REPORT / 'metrics.json').read_text(encoding='utf-8'))
        test_scores(report)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return report if is_of(report, source) else None
