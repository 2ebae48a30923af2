"""Facts of a model card from a config, a model and datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch import nn

from fdp_mmaction.datasets.micro_expression_dataset import MicroExpressionDataset
from fdp_mmaction.engine.hooks.split_guard_hook import base_datasets
from fdp_mmaction.engine.loso.fold_config import leaves
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import DATASETS

from .facts import DataFacts, ModelFacts, Part
from .paths import last_part
from .preparation_summary import read_preparation

_METHODS = {'LGFATransformer': 'FDP', 'F5CNet': 'MOL'}
"""Backbone -> method."""
_BY_PART = ('Frames of each part of the data are normalised by their own mean and maximum (SplitNormalisationHook): '
            'a prediction depends on the other clips of the part, and a single new clip would be treated otherwise.')


def model_facts(cfg: Config, name: str, model: nn.Module | None = None) -> ModelFacts:
    """What the model is.

    Args:
        cfg (Config): Its config.
        name (str): Of the config.
        model (nn.Module, optional): To count its weights. Defaults to None.

    Returns:
        ModelFacts: The facts.
    """
    settings = cfg.get('model') or {}
    components = {part: _component(settings[part]) for part in ('backbone', 'neck', 'cls_head') if settings.get(part)}
    components.update({f'auxiliary head {head}': _component(part)
                       for head, part in (settings.get('aux_heads') or {}).items() if part})      # None removes one
    if not components and settings.get('type'):
        components['model'] = _component(settings)
    method = _METHODS.get(_kind(settings.get('backbone') or {}), '')
    parameters = None if model is None else sum(weight.numel() for weight in model.parameters())
    takes = _takes(cfg)
    return ModelFacts(name, method, components, parameters, takes, bool(takes) and not special_limits(cfg),
                      data_setting=data_setting(cfg))


def data_setting(cfg: Config) -> str:
    """The setting that names the prepared folder which a config tests on.

    Args:
        cfg (Config): With or without a test part.

    Returns:
        str: For ``--cfg-options``; empty where there is none, or there are several.

    Examples:
        >>> data_setting(Config(dict(test_dataloader=dict(dataset=dict(data_root='data/casme2')))))
        'test_dataloader.dataset.data_root'
    """
    place, dataset = 'test_dataloader.dataset', (cfg.get('test_dataloader') or {}).get('dataset') or {}
    while 'datasets' in dataset or 'dataset' in dataset:      # wrappers
        if len(dataset.get('datasets', [0])) != 1:
            return ''
        place += '.datasets.0' if 'datasets' in dataset else '.dataset'
        dataset = dataset['datasets'][0] if 'datasets' in dataset else dataset['dataset']
    return f'{place}.data_root' if dataset.get('data_root') else ''


def _kind(settings: Mapping[str, Any]) -> str:
    kind = settings.get('type', '')
    return getattr(kind, '__name__', str(kind)).rpartition('.')[2]


def _component(settings: Mapping[str, Any]) -> str:
    return _kind(settings) + (f' ({settings["mode"]})' if 'mode' in settings else '')


def _takes(cfg: Config) -> str:
    """The input in words, of a pipeline of ours; empty for another."""
    loader = cfg.get('test_dataloader')
    steps = [] if not loader else next(leaves(loader.dataset)).get('pipeline') or []
    length = next((step.get('clip_len') for step in steps if _kind(step) == 'SampleMEFrames'), None)
    sizes = [step.get('size') for step in steps if _kind(step) in ('CropFrames', 'ResizeFrames')]
    if length is None:
        return ''
    clip = f'{length} grey frames' if length > 1 else 'one grey frame'
    side = sizes[-1] if sizes else None
    text = f'{clip} of an aligned face' + (f', {side} x {side} pixels' if isinstance(side, int) else '')
    settings = (cfg.get('model') or {}).get('data_preprocessor') or {}
    mean, std = settings.get('mean'), settings.get('std')
    return text + (f'; grey levels x enter as (x - {mean[0]:g}) / {std[0]:g}' if mean and std else '')


def data_facts(cfg: Config, train: Any = None, test: Any = None) -> DataFacts:
    """What the model was trained on.

    Args:
        cfg (Config): Its config.
        train (Dataset, optional): The training part, as built, in wrappers or not. Defaults to None: built from the
            config, if its folder is here.
        test (Dataset, optional): The part that is left out, likewise. Defaults to None.

    Returns:
        DataFacts: As much as is known.
    """
    trained = base_datasets(train) if train is not None else built_datasets(cfg.get('train_dataloader'))
    tested = base_datasets(test) if test is not None else built_datasets(cfg.get('test_dataloader'))
    known = [*trained, *tested]
    if not known:
        names, protocol, classes = declared(cfg)
        given = getattr(train, 'metainfo', {}).get('classes', ())
        return DataFacts(names, protocol, classes or tuple(map(str, given)))
    parts = {name: part_of(found) for name, found in (('training', trained), ('left out', tested)) if found}
    names = tuple(dict.fromkeys(dataset.metainfo['dataset_name'] for dataset in known))
    lines = [line for root in dict.fromkeys(dataset.data_root for dataset in known) for line in read_preparation(root)]
    return DataFacts(names, known[0].protocol.name, tuple(known[0].protocol.classes), parts, split_text(parts),
                     tuple(dict.fromkeys(lines)))


def split_text(parts: Mapping[str, Part]) -> str:
    """Who was left out, in a sentence; empty where that is not known."""
    trained, tested = (set(parts[name].subjects) if name in parts else set() for name in ('training', 'left out'))
    if not trained or not tested:
        return ''
    if trained & tested:
        return 'No one was left out: training saw everybody, so there is no score of new people.'
    return f'Nothing of {", ".join(sorted(tested))} was trained on.'


def part_of(datasets: Iterable[MicroExpressionDataset]) -> Part:
    """MEs by class and the subjects of built datasets together."""
    counts: Counter[str] = Counter()
    subjects: set[str] = set()
    order: list[str] = []
    for dataset in datasets:
        dataset.full_init()
        classes = dataset.protocol.classes
        order += [name for name in classes if name not in order]
        for index in range(len(dataset)):
            info = dataset.get_data_info(index)
            counts[classes[int(info['label'])]] += 1
            subjects.add(str(info['subject']))
    return Part({name: counts[name] for name in order}, tuple(sorted(subjects)))


def built_datasets(loader: Mapping[str, Any] | None) -> list[MicroExpressionDataset]:
    """The ME datasets of a dataloader's config, without their pipelines.

    Args:
        loader (Mapping | None): Such as ``cfg.test_dataloader``.

    Returns:
        list[MicroExpressionDataset]: None where the prepared folder of one is not here, or nothing is of MEs.
    """
    found = []
    for leaf in leaves(loader['dataset']) if loader else ():
        kind = dataset_class(leaf)
        if kind is None or not Path(leaf.get('data_root') or '', leaf.get('ann_file') or 'annotations.json').is_file():
            return []
        try:
            found.append(DATASETS.build(dict(leaf, pipeline=[])))
        except DatasetError:      # prepared otherwise by now
            return []
    return found


def dataset_class(leaf: Mapping[str, Any]) -> type[MicroExpressionDataset] | None:
    """The class that a dataset's config names, if it is one of MEs."""
    kind = DATASETS.get(leaf['type']) if isinstance(leaf.get('type'), str) else leaf.get('type')
    return kind if isinstance(kind, type) and issubclass(kind, MicroExpressionDataset) else None


def declared(cfg: Config) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Names of the datasets, protocol and classes by the config alone.

    Args:
        cfg (Config): The config.

    Returns:
        tuple: Empty where it trains on something else than MEs.
    """
    names, protocol, classes = [], '', ()
    for part in ('train_dataloader', 'test_dataloader'):
        for leaf in leaves(cfg[part].dataset) if cfg.get(part) else ():
            kind = dataset_class(leaf)
            if kind is not None:
                names.append(kind.METAINFO['dataset_name'])
                found = kind.resolve_protocol(leaf['protocol']) if 'protocol' in leaf else None
                if found is None and len(kind.PROTOCOLS) == 1:
                    [found] = kind.PROTOCOLS.values()
                if found is not None and not classes:
                    protocol, classes = found.name, tuple(found.classes)
    return tuple(dict.fromkeys(names)), protocol, classes


def training_facts(cfg: Config, epochs: int | None, seed: int | None, processes: int | None = None) -> dict[str, str]:
    """How it was trained.

    Args:
        cfg (Config): Its config.
        epochs (int | None): That were trained; None if that is not known.
        seed (int | None): Of the training; None if that is not known.
        processes (int, optional): That trained together. Defaults to None: not known.

    Returns:
        dict[str, str]: Setting -> value, in words.
    """
    facts: dict[str, str] = {}
    plan, wrapper = cfg.get('train_cfg') or {}, cfg.get('optim_wrapper') or {}
    planned = plan.get('max_epochs') or plan.get('max_iters')
    unit = 'epochs' if plan.get('max_epochs') else 'steps'
    if epochs is not None:
        facts['epochs'] = f'{epochs}' + (f' of {planned}' if unit == 'epochs' and planned not in (None, epochs) else '')
    if planned and (epochs is None or unit == 'steps'):
        facts[f'planned {unit}'] = str(planned)
    optimiser = wrapper.get('optimizer') or {}
    if optimiser:
        options = ', '.join(f'{name} {value}' for name, value in optimiser.items() if name != 'type')
        facts['optimiser'] = f'{_kind(optimiser)}' + (f' ({options})' if options else '')
    if wrapper.get('clip_grad'):
        facts['gradient clipping'] = ', '.join(f'{name} {value}' for name, value in wrapper['clip_grad'].items())
    schedule = cfg.get('param_scheduler') or []
    schedule = [schedule] if isinstance(schedule, Mapping) else schedule
    facts['learning rate'] = ', then '.join(map(_kind, schedule)) or 'constant'
    if cfg.get('train_dataloader'):
        size = cfg.train_dataloader.get('batch_size')
        facts['batch size'] = str(size) + (f' in each of {processes} processes' if (processes or 1) > 1 else '')
    if wrapper.get('accumulative_counts', 1) > 1:
        facts['steps per update'] = str(wrapper['accumulative_counts'])
    facts['precision'] = 'mixed' if _kind(wrapper).startswith('Amp') else 'float32'
    facts['seed'] = 'not known' if seed is None else str(seed)
    start = cfg.get('load_from')
    if start and not cfg.get('resume'):
        facts['start'] = f'weights of {last_part(str(start))}'
    if any(_kind(hook) == 'EMAHook' for hook in cfg.get('custom_hooks') or ()):
        facts['averaging'] = 'the weights are an exponential moving average, which was also what was evaluated'
    return facts


def special_limits(cfg: Config) -> tuple[str, ...]:
    """What is special about a model, as far as its config tells."""
    hooks: Sequence[Any] = [*(cfg.get('custom_hooks') or ()), *(cfg.get('default_hooks') or {}).values()]
    return (_BY_PART,) if any(hook and _kind(hook) == 'SplitNormalisationHook' for hook in hooks) else ()
