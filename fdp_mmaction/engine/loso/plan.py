"""What a run consists of: its folds, and what it must not be mixed with."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fdp_mmaction.atomic import write_text
from fdp_mmaction.datasets.micro_expression_dataset import MicroExpressionDataset
from fdp_mmaction.engine.environment import versions
from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import DATASETS

from .differences import config_differences, listed, run_differences
from .fold_config import leaves, read_run_config, tested_dataset
from .results import FOLDS, REPORT, RUN, read_run
from .select import LAST, OPTIMISTIC, SELECTIONS, needs_inner, sees_test

CONFIG = 'config.py'
TEST_STATISTICS = ('Statistics of the test part were allowed: a prediction may depend on the other MEs of the left-out '
                   'subject.')
_CHANGES = dict(config='the config is another', annotations='annotations.json is another')


@dataclass(frozen=True)
class Settings:
    """What the command line asks for, apart from how folds are started.

    Args:
        config (str): Config file.
        out (Path): Folder of the run.
        seeds (tuple[int, ...]): Of the training. Defaults to ``(0, )``.
        options (Mapping[str, Any]): As ``--cfg-options``. Defaults to none.
        selection (str): One of :data:`~fdp_mmaction.engine.loso.select.SELECTIONS`. Defaults to ``'last'``.
        inner_share (float): Part of the training subjects that is held out, where some are. Defaults to 0.2.
        released_folds (bool): Leave out the published list of subjects. Defaults to False: every subject.
        processes (int): Processes that train one fold together. Defaults to 1.
        test_statistics (bool): Permit statistics over the test part, with a warning in the results. Defaults to
            False.
    """

    config: str
    out: Path
    seeds: tuple[int, ...] = (0,)
    options: Mapping[str, Any] | None = None
    selection: str = LAST
    inner_share: float = 0.2
    released_folds: bool = False
    processes: int = 1
    test_statistics: bool = False


@dataclass(frozen=True)
class Sample:
    """An ME of the protocol: ``sample_id``, ``dataset``, ``subject`` and ``label``."""

    sample_id: str
    dataset: str
    subject: str
    label: int


def labelled_dataset(cfg: Config) -> MicroExpressionDataset:
    """All MEs of the protocol that a config tests on, whoever is left out.

    Raises:
        UsageError: If the config tests on something else than a dataset of MEs, or trains on other classes.
    """
    tested = _whole(tested_dataset(cfg))
    for leaf in leaves(cfg.train_dataloader.dataset):
        if leaf.get('data_root') == tested_dataset(cfg).get('data_root'):
            trained = _whole(leaf)
            if trained.metainfo['classes'] != tested.metainfo['classes']:
                raise UsageError(f'The config trains on the classes {", ".join(trained.metainfo["classes"])} and tests '
                                 f'on {", ".join(tested.metainfo["classes"])}: give both parts one protocol.')
    return tested


def _whole(leaf: Mapping[str, Any]) -> MicroExpressionDataset:
    options = {key: value for key, value in leaf.items() if key not in ('pipeline', 'test_subject', 'indices')}
    kind = DATASETS.get(leaf['type']) if isinstance(leaf['type'], str) else leaf['type']
    if not (isinstance(kind, type) and issubclass(kind, MicroExpressionDataset)):
        raise UsageError(f'{leaf["type"]} is no dataset of MEs with subjects; leaving subjects out needs one, such as '
                         'CASME2Dataset.')
    return DATASETS.build(dict(options, test_subject=None, allow_overlap=True))


def samples_of(dataset: MicroExpressionDataset) -> list[Sample]:
    """Its MEs, in its order."""
    infos = (dataset.get_data_info(index) for index in range(len(dataset)))
    return [Sample(info['sample_id'], info.get('dataset', ''), info['subject'], int(info['label'])) for info in infos]


def annotation_hashes(cfg: Config) -> dict[str, str]:
    """SHA-256 of the annotation files that a config reads, by path.

    Raises:
        DatasetError: If one is missing.
    """
    found = {}
    for part in ('train_dataloader', 'test_dataloader'):
        for leaf in leaves(cfg[part].dataset):
            path = Path(leaf.get('data_root') or '', leaf.get('ann_file') or 'annotations.json')
            if not path.is_file():
                raise DatasetError(f'{path} does not exist: prepare the dataset first (python tools/prepare_data.py '
                                   '--help) or, if it is prepared elsewhere, set ME_<DATASET>_ROOT=FOLDER in the '
                                   'environment.')
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return dict(sorted(found.items()))


def make_header(settings: Settings, cfg: Config, text: str) -> dict[str, Any]:
    """The content of ``loso.json``.

    Args:
        settings (Settings): What is asked for.
        cfg (Config): From :func:`~fdp_mmaction.engine.loso.fold_config.read_run_config`.
        text (str): The same as text.

    Returns:
        dict: See :class:`~fdp_mmaction.engine.loso.results.LosoRun`; ``identity`` by part, so that a difference can
        be named.

    Raises:
        UsageError: If the settings do not fit the config.
        DatasetError: If the dataset is missing, damaged or too small.
    """
    if settings.selection not in SELECTIONS:
        raise UsageError(f'--select knows {", ".join(SELECTIONS)}; got {settings.selection}.')
    if not 0 < settings.inner_share < 1:
        raise UsageError(f'--inner-share is a part of the training subjects, between 0 and 1; got '
                         f'{settings.inner_share}.')
    first, epochs = cfg.train_cfg.get('val_begin', 1), cfg.train_cfg.get('max_epochs')
    if settings.selection != LAST and epochs is not None and first > epochs:
        raise UsageError(f'--select {settings.selection} chooses among validated epochs, but the first validation '
                         f'would be after epoch {first} of {epochs}: set train_cfg.val_begin and '
                         'train_cfg.val_interval.')
    dataset = labelled_dataset(cfg)
    samples, protocol = samples_of(dataset), dataset.protocol
    by_subject = Counter(sample.subject for sample in samples)
    subjects = list(protocol.folds) if settings.released_folds else sorted(by_subject)
    if settings.released_folds and not subjects:
        raise UsageError(f'Protocol {protocol.name} of {type(dataset).__name__} has no published list of folds: leave '
                         '--released-folds out.')
    strangers = [subject for subject in subjects if subject not in by_subject]
    if strangers:
        raise DatasetError(f'The published folds leave out {", ".join(strangers)}, who have no ME of protocol '
                           f'{protocol.name} in {dataset.ann_file}: prepare the whole dataset.')
    if len(by_subject) < 2:
        raise DatasetError(f'{dataset.ann_file} has MEs of {len(by_subject)} subject; leaving one out needs two.')
    _check_unique(samples)
    labels = Counter(sample.label for sample in samples)
    warnings = [OPTIMISTIC] * sees_test(settings.selection) + [TEST_STATISTICS] * settings.test_statistics
    identity = dict(
        config=_sha(text),
        options=_sha(json.dumps(dict(settings.options or {}), sort_keys=True, default=str)),
        annotations=_sha(json.dumps(annotation_hashes(cfg))), selection=settings.selection,
        inner_share=settings.inner_share if needs_inner(settings.selection) else None,
        released_folds=settings.released_folds, processes=settings.processes,
        test_statistics=settings.test_statistics)
    return dict(
        name=Path(settings.config).stem, dataset=dataset.metainfo['dataset_name'], protocol=protocol.name,
        classes=list(protocol.classes), selection=settings.selection, seeds=sorted(set(settings.seeds)),
        subjects=subjects, census={name: labels[k] for k, name in enumerate(protocol.classes)},
        subject_census=dict(sorted(by_subject.items())), data_root=os.path.abspath(dataset.data_root),
        warnings=warnings, environment=versions(), identity=identity)


def _check_unique(samples: Sequence[Sample]) -> None:
    twice = [name for name, count in Counter(sample.sample_id for sample in samples).items() if count > 1]
    if twice:
        raise DatasetError(f'{", ".join(twice[:3])} occurs more than once in the annotations: prepare the dataset '
                           'again.')


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def open_run(settings: Settings, fresh: bool = False) -> dict[str, Any]:
    """Begin a run in its folder, or go on with the one that is there. The folder must be locked.

    Args:
        settings (Settings): What is asked for; new seeds are added to those of before.
        fresh (bool): Delete an earlier run first. Defaults to False.

    Returns:
        dict: The header, which is now on disk, as is the config of all folds.

    Raises:
        UsageError: If the folder holds a run that this one must not be mixed with, or the config does not fit.
        DatasetError: If the dataset is missing, damaged or too small.
    """
    cfg, out = read_run_config(settings.config, settings.options), settings.out
    text = cfg.pretty_text
    header = make_header(settings, cfg, text)      # before anything is deleted
    if fresh:
        for name in (FOLDS, REPORT):
            shutil.rmtree(out / name, ignore_errors=True)
        for name in (RUN, CONFIG):
            (out / name).unlink(missing_ok=True)
    if (out / RUN).is_file():
        before = read_run(out).header
        _check_same(before, header, out, cfg)
        header['seeds'] = sorted({*before['seeds'], *header['seeds']})
    elif (out / FOLDS).exists():
        raise UsageError(f'{out} holds folds, but no {RUN} that says what they are of: choose another --out or start '
                         'over with --fresh.')
    write_text(out / CONFIG, text)
    write_text(out / RUN, json.dumps(header, indent=2) + '\n')
    check_unchanged(out, header)
    return header


def _check_same(before: Mapping[str, Any], now: Mapping[str, Any], out: Path, cfg: Config) -> None:
    try:
        differ = config_differences(read_run_config(out / CONFIG), cfg)
    except Exception:      # that copy is gone or damaged; then it is said without it
        differ = []
    found = run_differences(before, now, differ)
    if found:
        raise UsageError(f'{out} holds a run that this one must not be mixed with: choose another --out or start over '
                         f'with --fresh. What differs (there -> now):\n{listed(found)}')


def check_unchanged(out: Path, header: Mapping[str, Any]) -> Config:
    """Read the config of all folds and see that neither it nor the annotations changed since the run began.

    Args:
        out (Path): Folder of the run.
        header (Mapping): Its ``loso.json``.

    Returns:
        Config: With :data:`~fdp_mmaction.engine.loso.fold_config.PLACEHOLDER` as its left-out subject.

    Raises:
        UsageError: If something changed.
    """
    path = out / CONFIG
    cfg = read_run_config(path)
    now = dict(config=_sha(path.read_text(encoding='utf-8')), annotations=_sha(json.dumps(annotation_hashes(cfg))))
    changed = [_CHANGES[key] for key, value in now.items() if header['identity'][key] != value]
    if changed:
        raise UsageError(f'{out}: {"; ".join(changed)} since the run began: undo that or start over with --fresh.')
    return cfg
