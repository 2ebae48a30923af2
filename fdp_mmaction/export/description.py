"""What whoever runs an exported model has to know, as JSON."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Sequence
from typing import Any

import torch

from fdp_mmaction.engine.publishing.licences import terms_of
from fdp_mmaction.models import DynamicImageHead, LandmarkHead, OpticalFlowHead
from fdp_mmaction.registry import DATASETS
from fdp_mmaction.version import __version__
from .exported_model import CLASS, CLASS_SCORES, RANK_SCORES, ExportedModel
from .program import CLIPS
from .source import Source

FORMAT = 1
"""Version of the description."""
_PACKAGES = ('numpy', 'mmengine', 'mmcv-lite', 'mmaction2', 'onnx', 'onnxscript', 'onnxruntime')

_ALIGNMENT = ('68 landmarks (iBUG order): turn the line through the eye centres horizontal; box of eye centres, nose '
              'tip and mouth corners; its longer side times box_factor is the side of a square around its middle, '
              'which is warped (bilinear) to size x size pixels, border outside the image; align=onset takes the '
              'transform of the first frame for all frames. Same as tools/prepare_data.py')
_RESIZE = 'cv2.INTER_AREA to shrink, cv2.INTER_LINEAR to enlarge'
_SOFTWARE = 'The software is Apache-2.0.'
_UNTRAINED = f'{_SOFTWARE} The weights are random: the outputs mean nothing.'


def describe(source: Source, module: ExportedModel, heads: Sequence[str], fold_bn: bool) -> dict[str, Any]:
    """Describe an exported model.

    Args:
        source (Source): Where it comes from.
        module (ExportedModel): The model.
        heads (Sequence[str]): Heads beside the class.
        fold_bn (bool): Whether batch normalisation was folded.

    Returns:
        dict[str, Any]: Plain values. ``classes`` and ``sampling`` are what :file:`demo/onnx_runtime.py` reads, with
        ``preprocessing``.
    """
    recipe, dataset = source.recipe, source.config.test_dataloader.dataset
    side = recipe.size
    scores = 'probabilities' if module.cls_head.average_clips == 'prob' else 'logits'
    return dict(
        format=FORMAT,
        model=source.name,
        input=dict(name=CLIPS, dtype='uint8', shape=[CLIPS, *recipe.clip_shape],
                   meaning='grey frames of an aligned face in chronological order, 0..255; any number of clips'),
        outputs=_outputs(module, len(source.classes), recipe.sampling['clip_len'], side, scores),
        classes=list(source.classes),
        sampling=dict(recipe.sampling, rule=_sampling_rule(recipe.sampling), clips_of_one_me='average class_scores'),
        preprocessing=dict(alignment=dict(source.alignment, rule=_ALIGNMENT), steps=[dict(s) for s in recipe.steps],
                           resize=_RESIZE),
        normalisation=dict(mean=float(module.mean), std=float(module.std), inside_the_graph=True),
        heads=[CLASS, *heads],
        batch_norm_folded=fold_bn,
        source=dict(config=source.config_name, checkpoint=source.checkpoint and source.checkpoint.name,
                    checkpoint_sha256=source.sha256(), dataset=dataset.type, protocol=source.protocol,
                    left_out_subject=dataset.get('test_subject'), model=source.config.model.to_dict()),
        versions=dict(fdp_mmaction=__version__, python=platform.python_version(), torch=torch.__version__,
                      **_installed()),
        licence=_licence(source, dataset.type))


def _outputs(module: ExportedModel, num_classes: int, num_frames: int, side: int, scores: str) -> dict[str, Any]:
    found = {CLASS_SCORES: dict(shape=[CLIPS, num_classes], meaning=f'{scores} of the classes')}
    if module.ranks:
        found[RANK_SCORES] = dict(shape=[CLIPS, num_frames], meaning='learned rank score of each frame: how far the '
                                  'face has moved from the onset, in a learned metric')
    for name, head in module.heads.items():
        pairs = num_frames - 1
        if isinstance(head, DynamicImageHead):
            found[name] = dict(shape=[CLIPS, side, side], meaning='constructed dynamic image, 0..1')
        elif isinstance(head, OpticalFlowHead):
            found[name] = dict(shape=[CLIPS, pairs, 2, side, side],
                               meaning='displacement (x, y) in pixels of the input from each frame to the next')
        elif isinstance(head, LandmarkHead):
            frames, which = (pairs, 'frames 2 to T') if head.paired_maps else (num_frames, 'every frame')
            found[name] = dict(shape=[CLIPS, frames, 68, 2],
                               meaning=f'(x, y) of 68 landmarks (iBUG order) of {which}, in pixels of the input')
    return found


def _sampling_rule(sampling: dict[str, Any]) -> str:
    number, last = sampling['clip_len'], sampling['end']
    if sampling['mode'] == 'uniform':
        return f'{number} frames from onset to {last}, both included: round(linspace(0, F - 1, {number})) of F frames'
    return (f'{number} frames from onset to {last}: i * (F // {number}) + offset of F frames, i = 0..{number - 1}; '
            f'one clip for each of {sampling["num_clips"]} offsets from 0; fewer frames are spread evenly')


def _installed() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _licence(source: Source, dataset: str) -> str:
    if source.checkpoint is None:
        return _UNTRAINED
    name = DATASETS.get(dataset).METAINFO.get('dataset_name', dataset)
    terms = ' '.join(found.terms for found in terms_of([name]) if found.terms)
    return f'{_SOFTWARE} The weights were trained on {name}. ' + (
        f'{terms} Check it before these weights are passed on or used for anything but research.' if terms else
        'No data licence restricts them, and they say nothing about people.')
