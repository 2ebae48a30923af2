"""Where a model sees the evidence for a class: class activation maps (CAM) on any layer with maps, by Captum.

``'grad-cam'`` (Selvaraju et al., ICCV 2017): maps of a layer, weighted by the mean gradient of the class score on each.

``'motion'`` compares the clip with a still one, its first frame throughout. Between them the layer's maps A go in a
straight line from those of the still clip, A0, and ``(A - A0)`` times the mean gradient along the line is what each
place adds to the score (integrated gradients, Sundararajan et al., ICML 2017, at a layer). Everything adds up to the
score of the clip minus that of the still one, if all that the class sees passes the layer and nothing behind it jumps,
as the choice of neighbours in MOL's graph does. An ME is all change, and what a face looks like in all frames alike,
which Grad-CAM shows as well, drops out.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from fdp_mmaction.errors import DatasetError
from .spatial_layers import SpatialLayer

METHODS = ('motion', 'grad-cam')
STEPS = 16
"""Points on the line from the still clip to the clip."""


@dataclass(frozen=True)
class ClassActivation:
    """The evidence for a class.

    Args:
        maps (Tensor): ``(T, h, w)`` of the frames, or ``(1, h, w)`` of the clip. Above 0 for the class, below against
            it.
        per_frame (bool): Whether there is a map for every frame.
    """

    maps: Tensor
    per_frame: bool


def class_activation(model: nn.Module, inputs: Tensor, target: int, layer: SpatialLayer, method: str = 'motion',
                     steps: int = STEPS) -> ClassActivation:
    """The evidence for a class at a layer.

    Args:
        model (nn.Module): A recognizer in evaluation mode.
        inputs (Tensor): ``(1, 1, 1, T, H, W)``, one clip, normalised.
        target (int): Label of the class.
        layer (SpatialLayer): From :func:`~fdp_mmaction.visualization.spatial_layers.spatial_layers`.
        method (str): ``'motion'`` or ``'grad-cam'``, as above. Defaults to ``'motion'``.
        steps (int): Points on the line, of ``'motion'``, all in one batch. Defaults to 16.

    Returns:
        ClassActivation: With its sign; Grad-CAM is usually shown where it is above 0.

    Raises:
        ImportError: If Captum is missing; the message says how to install it.
        ValueError: If the method is unknown.
        DatasetError: If the score of the class does not depend on the layer.
    """
    if method not in METHODS:
        raise ValueError(f'Evidence is found by {" or ".join(METHODS)}; got {method!r}.')
    try:
        from captum.attr import LayerGradCam, LayerIntegratedGradients
    except ImportError:
        raise ImportError('Evidence for a class is found by Captum: pip install fdp-mmaction[explain], or '
                          'pip install captum.') from None

    def scores(clips: Tensor) -> Tensor:
        return model.extract_feat(clips, stage='head')[0].float()

    module = model.get_submodule(layer.name)
    try:
        if method == 'grad-cam':
            values = LayerGradCam(scores, module).attribute(inputs, target)
        else:
            still = inputs[:, :, :, :1].expand_as(inputs)
            values = LayerIntegratedGradients(scores, module).attribute(inputs, still, target, n_steps=steps)
    except RuntimeError as error:
        if 'not have been used' not in str(error):
            raise
        raise DatasetError(f'The class does not depend on what {layer.name} puts out, so it shows no evidence: name '
                           'another layer.') from None
    maps = layer.as_maps(values.detach()).sum(dim=1)
    per_frame = layer.time is not None
    return ClassActivation(maps if per_frame else maps.sum(dim=0, keepdim=True), per_frame)
