"""What has to be done to a video of an aligned face before a model sees it, read from the test pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fdp_mmaction.datasets.transforms.sampling import SampleMEFrames
from fdp_mmaction.engine.launch import UsageError

_WITHOUT_EFFECT = ('LoadPackedFrames', 'DynamicImageTarget', 'FlowTarget', 'PackMEInputs')
"""Steps that load frames, make targets or pack, and change no frame."""
_SAMPLE, _CROP, _RESIZE = 'SampleMEFrames', 'CropFrames', 'ResizeFrames'


@dataclass(frozen=True)
class ClipRecipe:
    """From an aligned video to the clips of a model.

    Args:
        sampling (dict[str, Any]): ``clip_len num_clips mode end allow_short`` of
            :class:`~fdp_mmaction.datasets.transforms.SampleMEFrames`.
        steps (tuple[dict[str, int], ...]): In order, ``{'crop': side}`` of the centre, or ``{'resize': side}``.
        size (int): Side of the frames that the model sees, in pixels.
    """

    sampling: dict[str, Any]
    steps: tuple[dict[str, int], ...]
    size: int

    @property
    def clip_shape(self) -> tuple[int, int, int]:
        """``(T, H, W)`` of a clip."""
        return self.sampling['clip_len'], self.size, self.size


def _kind(step: Mapping[str, Any]) -> str:
    return str(step['type']).rpartition('.')[2]


def read_recipe(pipeline: Sequence[Mapping[str, Any]], aligned_size: int) -> ClipRecipe:
    """Read a test pipeline.

    Args:
        pipeline (Sequence[Mapping]): Its steps, as the config has them.
        aligned_size (int): Side of aligned frames in pixels, which is that of the clips where nothing changes it.

    Returns:
        ClipRecipe: What it does to frames.

    Raises:
        UsageError: If a step is drawn at random or of another kind, or no frames are sampled.
    """
    sampling: dict[str, Any] = {}
    steps: list[dict[str, int]] = []
    for step in pipeline:
        kind, options = _kind(step), {key: value for key, value in step.items() if key != 'type'}
        if kind == _SAMPLE:
            made = SampleMEFrames(**options)
            sampling = {key: getattr(made, key) for key in ('clip_len', 'num_clips', 'mode', 'end', 'allow_short')}
        elif kind in (_CROP, _RESIZE):
            steps.append({'crop': options.get('size', 128)} if kind == _CROP else {'resize': options.get('size', 64)})
        if kind not in (_SAMPLE, _CROP, _RESIZE, *_WITHOUT_EFFECT) or any(
                options.get(key) for key in ('random', 'random_offset', 'jitter')):
            raise UsageError(f'The test pipeline holds {kind}({", ".join(f"{k}={v}" for k, v in options.items())}); '
                             'only sampling, centre crops and resizing, none of it at random, can be described to '
                             'whoever runs an exported model.')
    if not sampling:
        raise UsageError(f'The test pipeline has no {_SAMPLE}, so the number of frames of a clip is not known.')
    return ClipRecipe(sampling, tuple(steps), next(iter(steps[-1].values())) if steps else aligned_size)
