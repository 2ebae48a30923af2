"""What is exported: a trained model with its configuration."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from fdp_mmaction.datasets.preparation.settings import PreparationSettings
from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso.results import FOLDS, RUN
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import DATASETS, MODELS
from fdp_mmaction.visualization.trained_model import load_weights, read_trained_config
from .clips import random_clips
from .random_weights import settle_statistics
from .recipe import ClipRecipe, read_recipe

RANDOM = 'random'
"""In the place of a checkpoint: random weights, with the statistics of random clips."""


@dataclass(frozen=True, eq=False)
class Source:
    """A model to export.

    Args:
        model (nn.Module): In evaluation mode.
        config (Config): Its configuration.
        config_name (str): Name of the file.
        checkpoint (Path, optional): Its weights; None: random ones.
        classes (tuple[str, ...]): In label order.
        protocol (str): Name of the class protocol.
        recipe (ClipRecipe): From aligned videos to clips.
        alignment (dict[str, Any]): How faces were aligned; ``assumed`` says whether these are merely the defaults.
    """

    model: nn.Module
    config: Config
    config_name: str
    checkpoint: Path | None
    classes: tuple[str, ...]
    protocol: str
    recipe: ClipRecipe
    alignment: dict[str, Any]

    @property
    def name(self) -> str:
        """Of the files to write: that of the config; of a LOSO fold that of the run, with seed and subject."""
        return _name_of_fold(self.checkpoint) or Path(self.config_name).stem

    def sha256(self) -> str | None:
        """Of the checkpoint."""
        return None if self.checkpoint is None else sha256_of(self.checkpoint)


def _name_of_fold(checkpoint: Path | None) -> str | None:
    """As ``tools/publish.py`` calls it, ``fdp_casme2_seed0_sub17``; None of a checkpoint that is of no fold."""
    if checkpoint is None or len(checkpoint.absolute().parents) < 4:
        return None
    fold, run = checkpoint.absolute().parent, checkpoint.absolute().parents[3]
    if fold.parents[1].name != FOLDS or not (run / RUN).is_file():
        return None
    try:
        name = json.loads((run / RUN).read_text(encoding='utf-8')).get('name', run.name)
    except ValueError as error:
        raise DatasetError(f'{run / RUN} is damaged ({error}): give a name with --name.') from None
    return f'{name}_{fold.parent.name}_{fold.name}'


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(2 ** 20):
            digest.update(block)
    return digest.hexdigest()


def read_source(checkpoint: str | Path, config: str | Path | None = None, data_root: str | Path | None = None
                ) -> Source:
    """Load a checkpoint.

    Args:
        checkpoint (str | Path): The file, or ``'random'`` for random weights.
        config (str | Path, optional): Its configuration. Defaults to None, the one that training left beside the
            checkpoint.
        data_root (str | Path, optional): A prepared folder that says how faces were aligned. Defaults to None: that
            of the config, where it exists.

    Returns:
        Source: Model, configuration, and what is known of them.

    Raises:
        UsageError: If the configuration does not suit.
        CheckpointError: If the checkpoint cannot be loaded, or is not of this configuration.
        DatasetError: If there is no configuration.
    """
    weights = None if str(checkpoint) == RANDOM else Path(checkpoint).expanduser()
    if weights is None and config is None:
        raise UsageError('Random weights need a model: name its config by --config.')
    path, cfg = read_trained_config(checkpoint, config)
    with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmaction')):
        torch.manual_seed(0)
        model = MODELS.build(cfg.model).eval()
        dataset = cfg.test_dataloader.dataset
        resolve = getattr(DATASETS.get(dataset.type), 'resolve_protocol', None)
    if resolve is None or not dataset.get('pipeline'):
        raise UsageError(f"{path}: test_dataloader.dataset is a {dataset.type} that names no classes or pipeline; "
                         "only this project's datasets can tell what an exported model takes.")
    protocol = resolve(dataset.get('protocol', '5-class'))
    if getattr(getattr(model, 'cls_head', None), 'num_classes', len(protocol.classes)) != len(protocol.classes):
        raise UsageError(f'{path}: the protocol {protocol.name} has {len(protocol.classes)} classes, the cls_head '
                         f'{model.cls_head.num_classes}; set num_classes or the protocol as in training.')
    alignment = read_alignment(Path(data_root or dataset.get('data_root') or ''))
    recipe = read_recipe(dataset.pipeline, alignment['size'])
    if weights is None:
        settle_statistics(model, random_clips(8, recipe.clip_shape))
    else:
        load_weights(model, weights)
    return Source(model, cfg, path.name, weights, protocol.classes, protocol.name, recipe, alignment)


def read_alignment(data_root: Path) -> dict[str, Any]:
    """How the faces of a prepared folder were aligned.

    Args:
        data_root (Path): The folder, which need not exist.

    Returns:
        dict[str, Any]: ``size align box_factor border``, and ``assumed``: True where the folder does not tell and
        these are the defaults of ``tools/prepare_data.py``.
    """
    defaults = PreparationSettings()
    found: dict[str, Any] = {}
    path = data_root / 'preparation.json'
    if path.is_file():
        found = json.loads(path.read_text(encoding='utf-8')).get('identity', {}).get('settings') or {}
    names = ('size', 'align', 'box_factor', 'border')
    return dict({name: found.get(name, getattr(defaults, name)) for name in names}, assumed='size' not in found)
