"""Whether two files of weights, each with its config, give the same answer."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso.fold_config import leaves
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.registry import MODELS, TRANSFORMS

_FRAMES, _SIZE = 24, 144


def check_same(original: tuple[Config, Path], published: tuple[Config, Path]) -> int:
    """Let both models predict one made-up clip.

    Args:
        original (tuple[Config, Path]): Config and weights.
        published (tuple[Config, Path]): Config and weights.

    Returns:
        int: Weights that are learned.

    Raises:
        CheckpointError: If a file cannot be loaded, is of another model, or the predictions differ in any bit.
        UsageError: If the config does not read prepared clips.
    """
    (first, _), (second, count) = (predict_example(*one) for one in (original, published))
    differing = sorted(name for name in first
                       if name not in second or not torch.equal(first[name], second[name]))
    if not first or differing or len(first) != len(second):
        raise CheckpointError(f'The published form of {original[1]} predicts something else than the original '
                              f'({", ".join(differing) or "nothing to compare"}); nothing was published.')
    return count


def predict_example(cfg: Config, weights: Path) -> tuple[dict[str, torch.Tensor], int]:
    """What a model predicts for a clip of noise.

    Args:
        cfg (Config): With a test pipeline for prepared clips.
        weights (Path): A checkpoint.

    Returns:
        tuple[dict[str, Tensor], int]: Predictions by field, and the number of learned weights.

    Raises:
        CheckpointError: If the weights cannot be loaded, or are of another model.
        UsageError: If the config does not read prepared clips.
    """
    from fdp_mmaction.visualization.trained_model import load_weights
    with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmaction')):
        model = MODELS.build(cfg.model).eval()
        load_weights(model, weights)
        with torch.no_grad():
            [sample] = model.test_step(pseudo_collate([example_clip(cfg)]))
    found = {name: value for name, value in sample.to_dict().items()
             if name.startswith('pred') and isinstance(value, torch.Tensor)}
    return found, sum(weight.numel() for weight in model.parameters())


def example_clip(cfg: Config) -> dict[str, Any]:
    """A clip of noise as the test pipeline of a config packs it, without targets.

    Args:
        cfg (Config): With a test pipeline for prepared clips.

    Returns:
        dict: ``inputs`` and ``data_samples``.

    Raises:
        UsageError: If the pipeline is for something else.
    """
    loader = cfg.get('test_dataloader')
    steps = [] if not loader else next(leaves(loader.dataset)).get('pipeline') or []
    if not any(str(step.get('type')) == 'LoadPackedFrames' for step in steps):
        raise UsageError('The test pipeline of the config reads no prepared clips (LoadPackedFrames), so the published '
                         'weights cannot be compared with the original ones: use a config of this project.')
    size = max([_SIZE, *(_side(step) for step in steps if step.get('type') == 'CropFrames')])
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        frames, landmarks = Path(folder, 'clip.npy'), Path(folder, 'clip.landmarks.npy')
        np.save(frames, rng.integers(0, 256, (_FRAMES, size, size), dtype=np.uint8))
        np.save(landmarks, rng.uniform(0, size - 1, (_FRAMES, 68, 2)).astype(np.float32))
        clip: Mapping[str, Any] = dict(
            sample_id='noise/sub01/clip', dataset='noise', subject='sub01', clip='clip', emotion='others', label=0,
            onset=0, apex=_FRAMES // 2, offset=_FRAMES - 1, num_frames=_FRAMES, frame_ids=list(range(_FRAMES)),
            frames_path=str(frames), landmarks_path=str(landmarks))
        wanted = [TRANSFORMS.build(step) for step in steps if not str(step.get('type')).endswith('Target')]
        return Compose(wanted)(dict(clip))


def _side(step: Mapping[str, Any]) -> int:
    size = step.get('size', 0)
    return size if isinstance(size, int) else max(size)
