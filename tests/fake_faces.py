"""Clips and faces for tests of the landmark sources: noise images, and points that can be recognised."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np

from fdp_mmaction.faces.mean_shape import place_mean_shape

HEIGHT, WIDTH = 60, 80
FACE = place_mean_shape(40, 25, 12)


def write_clip(folder: Path, frame_ids: Sequence[int] = (9, 10, 11), names: str = 'img{}.png', subject: str = 'sub01',
               clip: str = 'c') -> SimpleNamespace:
    """Write images whose grey level is their frame number, and return what a source needs to know of the clip."""
    images = folder / 'frames' / subject / clip
    images.mkdir(parents=True, exist_ok=True)
    paths = [images / names.format(frame) for frame in frame_ids]
    for frame, path in zip(frame_ids, paths):
        cv2.imwrite(str(path), np.full((HEIGHT, WIDTH, 3), frame, dtype=np.uint8))
    return SimpleNamespace(subject=subject, clip=clip, frame_ids=tuple(frame_ids),
                           frame_paths=tuple(map(str, paths)), dataset='noise', sample_id=f'noise/{subject}/{clip}')


def write_table(path: Path, frames: Iterable[int], points: np.ndarray, space: str = '', **columns: Sequence) -> Path:
    """Write landmarks ``(T, 68, 2)`` as CSV, with more columns between ``frame`` and ``x_0``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ['frame', *columns, *(f'{axis}_{index}' for axis in 'xy' for index in range(68))]
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow([names[0], *(space + name for name in names[1:])])
        for row, frame in enumerate(frames):
            numbers = [frame, *(column[row] for column in columns.values()), *points[row].T.reshape(-1)]
            writer.writerow([numbers[0], *(f'{space}{number}' for number in numbers[1:])])
    return path


def frame_of(image: np.ndarray) -> int:
    """The frame number that :func:`write_clip` painted."""
    return int(image[0, 0, 0])
