"""The usual measure of facial landmarks: their mean distance to the true ones, in distances between the eyes."""

from __future__ import annotations

from torch import Tensor

from .landmark_error import MIN_DISTANCE, pupil_distance

DISTANCES = ('pupils', 'corners')
OUTER_CORNERS = (36, 45)
"""The outer corners of the eyes, iBUG order."""


def normalised_mean_error(predicted: Tensor, truth: Tensor, between: str = 'pupils') -> Tensor:
    """Normalised mean error (NME) of each face.

    Args:
        predicted (Tensor): ``(..., 68, 2)`` in pixels, iBUG order.
        truth (Tensor): ``(..., 68, 2)``, same shape; its eyes are measured.
        between (str): What counts as the distance between the eyes: ``'pupils'``: between the means of each eye's six
            points; ``'corners'``: between their outer corners, as in the 300-W challenge (Sagonas et al., ICCV
            Workshops 2013), which is longer, so the error is smaller. Defaults to 'pupils'.

    Returns:
        Tensor: ``(...)``; 0.01 is one per cent of that distance.

    Raises:
        ValueError: If the shapes do not fit, or ``between`` is unknown.
    """
    if between not in DISTANCES:
        raise ValueError(f'The distance between the eyes is that of the {" or of the ".join(DISTANCES)}; '
                         f'got {between!r}.')
    if predicted.shape != truth.shape or tuple(truth.shape[-2:]) != (68, 2):
        raise ValueError(f'Predicted landmarks of shape {tuple(predicted.shape)} do not fit true ones of shape '
                         f'{tuple(truth.shape)}: both are (..., 68, 2).')
    if between == 'pupils':
        distance = pupil_distance(truth)
    else:
        one, other = (truth[..., point, :] for point in OUTER_CORNERS)
        distance = (one - other).norm(dim=-1).clamp(min=MIN_DISTANCE)
    return (predicted - truth).norm(dim=-1).mean(dim=-1) / distance
