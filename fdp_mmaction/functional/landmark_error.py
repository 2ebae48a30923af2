"""How far landmarks are off, measured by the face itself."""

from __future__ import annotations

from torch import Tensor

EYES = (slice(36, 42), slice(42, 48))
"""The points around each eye, iBUG order."""
MIN_DISTANCE = 1.0
"""Smallest distance between the pupils in pixels; less is no face, and would divide by nothing."""


def pupil_distance(landmarks: Tensor) -> Tensor:
    """Distance between the centres of the eyes.

    Args:
        landmarks (Tensor): ``(..., 68, 2)`` in pixels.

    Returns:
        Tensor: ``(...)`` in pixels, at least 1.
    """
    first, second = (landmarks[..., eye, :].mean(dim=-2) for eye in EYES)
    return (first - second).norm(dim=-1).clamp(min=MIN_DISTANCE)


def landmark_error(predicted: Tensor, truth: Tensor) -> Tensor:
    """Mean over the points of ``|dx| + |dy|``, in distances between the true pupils.

    Args:
        predicted (Tensor): ``(..., 68, 2)`` in pixels.
        truth (Tensor): ``(..., 68, 2)`` in pixels.

    Returns:
        Tensor: ``(...)``.
    """
    return (predicted - truth).abs().sum(dim=-1).mean(dim=-1) / pupil_distance(truth)
