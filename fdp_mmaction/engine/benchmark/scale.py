"""The same config with longer clips or larger frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mmengine.config import Config

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso.fold_config import leaves


def with_frames(cfg: Config, frames: int) -> None:
    """Set the length of clips, and the numbers of the model that follow from it, in place.

    ``num_frames`` of the neck; ``num_maps`` of a head, which is T or, with maps for each pair of frames, 2 (T - 1).

    Args:
        cfg (Config): The config.
        frames (int): Frames T of a clip.

    Raises:
        UsageError: If the pipelines do not sample clips of one length.
    """
    before = {step['clip_len'] for step in _steps(cfg) if 'clip_len' in step}
    if len(before) != 1:
        raise UsageError(f'frames={frames}: the pipelines of the config do not sample clips of one length (clip_len is '
                         f'{", ".join(map(str, sorted(before))) or "nowhere"}), so it cannot be changed.')
    old = before.pop()
    for step in _steps(cfg):
        if 'clip_len' in step:
            step['clip_len'] = frames
    follow = {old: frames, 2 * (old - 1): 2 * (frames - 1)}
    _replace(cfg.model, ('num_frames', 'num_maps'), lambda value: follow.get(value, value))


def with_size(cfg: Config, size: int) -> None:
    """Set the side of the frames that the network sees, and the numbers of the model that follow from it, in place.

    ``map_size`` and ``image_size`` grow as the frames do.

    Args:
        cfg (Config): The config.
        size (int): Side in pixels.

    Raises:
        UsageError: If the pipelines do not give frames of one size, or ``map_size`` would not be whole.
    """
    lasts = []
    for pipeline in _pipelines(cfg):
        sizes = [step for step in pipeline if str(step['type']).rpartition('.')[2] in ('ResizeFrames', 'CropFrames')]
        lasts.append(sizes[-1] if sizes else {})
    before = {step.get('size') for step in lasts}
    if len(before) != 1 or not isinstance(next(iter(before)), int):
        raise UsageError(f'size={size}: the pipelines of the config do not end in one size of frames, so it cannot be '
                         'changed.')
    old = before.pop()
    for step in lasts:
        step['size'] = size

    def grown(value: int) -> int:
        if value * size % old:
            raise UsageError(f'size={size}: a map of {value} positions a side at {old} pixels has no whole side there; '
                             f'take a multiple of {old}.')
        return value * size // old
    _replace(cfg.model, ('map_size', 'image_size'), grown)


def _pipelines(cfg: Config) -> list[Any]:
    """Every pipeline of training and testing once; lists that configs share are the same object."""
    found: dict[int, Any] = {}
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        for leaf in leaves(loader.dataset):
            pipeline = leaf.get('pipeline') or []
            found[id(pipeline)] = pipeline
    return list(found.values())


def _steps(cfg: Config) -> Iterator[Any]:
    for pipeline in _pipelines(cfg):
        yield from pipeline


def _replace(part: Any, names: tuple[str, ...], change: Callable[[int], int]) -> None:
    """Change whole numbers of these names, wherever they are in a part of a config."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in names and isinstance(value, int):
                part[key] = change(value)
            else:
                _replace(value, names, change)
    elif isinstance(part, (list, tuple)):
        for value in part:
            _replace(value, names, change)
