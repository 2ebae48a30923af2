"""Predictions for windows of a long video."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from torch import Tensor

from fdp_mmaction.datasets.transforms.sampling import uniform_positions
from fdp_mmaction.models.recognizers import MicroExpressionRecognizer
from .frame_map_cache import FrameMapCache


def sliding_windows(num_frames: int, length: int, stride: int = 1, clip_len: int = 8) -> np.ndarray:
    """Frames of all windows of one length, evenly spread inside as ``SampleMEFrames`` does by default.

    Args:
        num_frames (int): Frames of the video.
        length (int): Frames from the first to the last of a window, both included.
        stride (int): Frames between the starts of neighbouring windows. Defaults to 1.
        clip_len (int): Frames T that the network sees of a window. Defaults to 8.

    Returns:
        np.ndarray: ``(W, T)`` int64 frame numbers; W is 0 for a video shorter than a window. Frames behind the last
        whole window are in none.

    Raises:
        ValueError: If a number is below 1.

    Examples:
        >>> sliding_windows(10, length=7, stride=2, clip_len=3)
        array([[0, 3, 6],
               [2, 5, 8]])
    """
    if min(num_frames, length, stride, clip_len) < 1:
        raise ValueError('Windows need num_frames, length, stride and clip_len above 0; got '
                         f'{num_frames}, {length}, {stride} and {clip_len}.')
    starts = np.arange(0, num_frames - length + 1, stride, dtype=np.int64)
    return starts[:, None] + np.rint(uniform_positions(length, clip_len)).astype(np.int64)


@torch.no_grad()
def predict_windows(model: MicroExpressionRecognizer, frames: np.ndarray | Tensor, windows: np.ndarray,
                    heads: Sequence[str] | None = None, batch_size: int = 32, frame_batch_size: int = 256
                    ) -> dict[str, np.ndarray]:
    """What a model predicts for windows of a video, every frame passing the backbone once.

    The same numbers as ``model.predict`` gives for each window as a clip. How frames are shared, and that
    ``onset_difference`` limits it, is said in :class:`~fdp_mmaction.inference.FrameMapCache`. Memory holds the maps of
    the frames of one batch of windows. Wrap the call in ``torch.autocast`` for mixed precision.

    Args:
        model (MicroExpressionRecognizer): In evaluation mode, on any device.
        frames (np.ndarray | Tensor): ``(F, H, W)`` uint8 grey frames, aligned and resized as the test pipeline of the
            model does it. A memory-mapped array is read as it is needed.
        windows (np.ndarray): ``(W, T)`` frame numbers in ``range(F)``, for example of :func:`sliding_windows`;
            ascending by their first frame: in another order more is kept, or computed again.
        heads (Sequence[str], optional): Auxiliary heads that predict; what the others would cost is saved. Defaults
            to None: those of the model's ``test_cfg``.
        batch_size (int): Windows in a batch of neck and heads. Defaults to 32.
        frame_batch_size (int): Most frames in a batch of the backbone. Defaults to 256.

    Returns:
        dict[str, np.ndarray]: ``pred_score`` ``(W, K)``; ``pred_rank_scores`` ``(W, T)`` of a neck that ranks; and what
        the auxiliary heads predict, ``pred_dynamic_image`` ``(W, H, W)``, ``pred_flow``, ``pred_landmarks``. Floats are
        float32.

    Raises:
        ValueError: If the model is in training mode or of another kind, a head is unknown, or frames or windows have
            another form.
    """
    heads = _check(model, frames, windows, heads)
    device = next(model.parameters()).device

    def read(numbers: np.ndarray) -> Tensor:
        picked = frames[torch.from_numpy(numbers)] if isinstance(frames, Tensor) else torch.from_numpy(
            np.array(frames[numbers]))
        data = model.data_preprocessor(dict(inputs=[picked.to(device)[None, None]], data_samples=None))
        return data['inputs'][0, 0].transpose(0, 1)                                     # (M, 1, H, W)

    cache = FrameMapCache(model.backbone, read, len(frames), frame_batch_size)
    found: dict[str, list[Tensor]] = {}
    for begin in range(0, len(windows), batch_size):
        block = np.asarray(windows[begin:begin + batch_size], dtype=np.int64)
        picked = None
        if any(getattr(model.aux_heads[name], 'needs_frames', False) for name in heads):
            picked = read(block.ravel()).unflatten(0, block.shape).transpose(1, 2)        # (B, 1, T, H, W)
        for name, values in _predict(model, cache.gather(block), heads, picked).items():
            found.setdefault(name, []).append((values.float() if values.is_floating_point() else values).cpu())
    return {name: torch.cat(values).numpy() for name, values in found.items()}


def _check(model: MicroExpressionRecognizer, frames: np.ndarray | Tensor, windows: np.ndarray,
           heads: Sequence[str] | None) -> list[str]:
    if not isinstance(model, MicroExpressionRecognizer) or model.training:
        state = 'in training mode' if isinstance(model, MicroExpressionRecognizer) else f'a {type(model).__name__}'
        raise ValueError(f'predict_windows takes a MicroExpressionRecognizer in evaluation mode; this is {state}.')
    heads = list(model.predicting if heads is None else heads)
    unknown = [name for name in heads if name not in model.aux_heads]
    if unknown:
        raise ValueError(f'heads asks for predictions of {", ".join(unknown)}; the auxiliary heads are '
                         f'{", ".join(model.aux_heads) or "none"}.')
    if frames.ndim != 3:
        raise ValueError(f'predict_windows takes grey frames (F, H, W); got {tuple(frames.shape)}.')
    if windows.ndim != 2 or not windows.size or windows.min() < 0 or windows.max() >= len(frames):
        raise ValueError(f'predict_windows takes windows (W, T), at least one, of the {len(frames)} frames 0 to '
                         f'{len(frames) - 1}; got {tuple(windows.shape)}'
                         + (f' of {windows.min()} to {windows.max()}.' if windows.size else
                            ': the video is shorter than a window.'))
    return heads


def _predict(model: MicroExpressionRecognizer, feats: Tensor, heads: Sequence[str], frames: Tensor | None
             ) -> dict[str, Tensor]:
    """Predictions of ``(B, C, T, S, S)``, each window being the one clip of a sample."""
    samples = model.predict_features(feats, [ActionDataSample() for _ in range(len(feats))], heads, frames)
    found = {name: torch.stack([sample.get(name) for sample in samples]) for name, _ in samples[0].items()
             if name != 'pred_label'}
    if 'pred_rank_scores' in found:
        found['pred_rank_scores'] = found['pred_rank_scores'][:, 0]                     # (B, 1, T) -> (B, T)
    return found
