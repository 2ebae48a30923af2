"""The frames of a released clip, aligned to its landmarks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from fdp_mmaction.errors import DatasetError, FaceError
from fdp_mmaction.faces.alignment import alignment_matrix, five_points, transform_points, warp_face
from fdp_mmaction.faces.image_io import read_gray
from fdp_mmaction.faces.landmark_sources import CompleteLandmarks, build_landmark_source

from ..readers.record import MERecord
from .parallel import RenderedClip
from .settings import PreparationSettings


def fitting_matrix(height: int, width: int, size: int) -> np.ndarray:
    """The transform that fits a whole image into a square: aspect ratio kept, centres on each other.

    Used for officially cropped frames, which have no landmarks. The shorter side is filled up with the border value.

    Args:
        height (int): Image height in pixels.
        width (int): Image width in pixels.
        size (int): Side of the square in pixels.

    Returns:
        np.ndarray: ``(2, 3)`` float64; ``aligned = matrix @ (x, y, 1)``.
    """
    scale = size / max(height, width)
    # Pixel centres lie on whole numbers, so the middle of n pixels is (n - 1) / 2.
    return np.array([[scale, 0, (size - 1) / 2 - scale * (width - 1) / 2],
                     [0, scale, (size - 1) / 2 - scale * (height - 1) / 2]])


@dataclass(frozen=True)
class AlignedClips:
    """Callable that loads, aligns and stacks the frames of a record.

    Args:
        settings (PreparationSettings): How to align.
    """

    settings: PreparationSettings

    @cached_property
    def _source(self) -> CompleteLandmarks:
        return build_landmark_source(self.settings.landmark_source, **self.settings.landmark_options)

    def __call__(self, record: MERecord) -> RenderedClip:
        """Align a clip.

        Args:
            record (MERecord): The clip.

        Returns:
            RenderedClip: Frames ``(F, size, size)`` uint8, landmarks ``(F, 68, 2)`` float32 in aligned pixels or None,
            and how the landmarks were found if not in the first way.

        Raises:
            DatasetError: If an image is damaged or differs in size from the first.
            FaceError: If the landmarks are missing or unusable.
        """
        size, border = self.settings.size, self.settings.border
        found = self._source.find(record)
        landmarks = None if found is None else found.points
        first = read_gray(record.frame_paths[0])
        matrices = self._matrices(landmarks, first.shape, len(record.frame_paths))
        aligned = np.empty((len(record.frame_paths), size, size), dtype=np.uint8)
        for index, path in enumerate(record.frame_paths):
            image = first if index == 0 else _read_alike(path, first.shape)
            aligned[index] = warp_face(image, matrices[index], size, border)
        if found is None:
            return RenderedClip(aligned, None)
        points = np.stack([transform_points(face, matrix) for face, matrix in zip(found.points, matrices)])
        return RenderedClip(aligned, points.astype(np.float32), found.fallbacks)

    def _matrices(self, landmarks: np.ndarray | None, shape: tuple[int, ...], num_frames: int) -> list[np.ndarray]:
        size, factor = self.settings.size, self.settings.box_factor
        if landmarks is None:
            return [fitting_matrix(shape[0], shape[1], size)] * num_frames
        x, y = five_points(landmarks[0]).mean(axis=0)
        if not (0 <= x < shape[1] and 0 <= y < shape[0]):
            raise FaceError(f'The landmarks of the clip lie outside its {shape[1]}x{shape[0]} images: '
                            'detect them on these images.')
        if self.settings.align == 'onset':
            return [alignment_matrix(landmarks[0], size, factor)] * num_frames
        return [alignment_matrix(face, size, factor) for face in landmarks]


def _read_alike(path: str, shape: tuple[int, ...]) -> np.ndarray:
    image = read_gray(path)
    if image.shape != shape:
        raise DatasetError(f'Image {Path(path).name} is {image.shape[1]}x{image.shape[0]}, the first of its clip '
                           f'{shape[1]}x{shape[0]}: copy the clip again from the original release.')
    return image
