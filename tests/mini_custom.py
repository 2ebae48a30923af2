"""Own data in miniature: a table, frame folders and videos of noise."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from mini_casme2 import write_frames, write_landmarks

HEADER = ('path', 'subject', 'label', 'onset', 'apex', 'offset', 'clip', 'action_units')
VIDEO_SIZE = (64, 48)
"""Width and height."""


def write_table(path: Path, rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER, delimiter: str = ',',
                encoding: str = 'utf-8') -> Path:
    """Write a CSV file."""
    with open(path, 'w', newline='', encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path


def picture(number: int) -> np.ndarray:
    """Frame of a video: one grey level that says its number, BGR."""
    return np.full((*VIDEO_SIZE[::-1], 3), 20 + 8 * number, dtype=np.uint8)


def write_video(path: Path, count: int = 20) -> Path:
    """Write a video."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, VIDEO_SIZE)
    for number in range(count):
        writer.write(picture(number))
    writer.release()
    return path


ROWS = (
    ('clips/a', 'p01', 'Tense', 10, 12, 17, '', '4+L7'),          # row 2: a frame folder
    ('clips/b', 'p01', 'neutral', '', '', '', '', ''),            # row 3: the whole folder
    ('videos/v.mp4', 'p02', 'Tense', 3, '', 9, 'first', ''),      # row 4: a part of a video
    ('videos/v.mp4', 'p02', 'neutral', 12, 13, 19, 'second', ''),  # row 5: another
    ('videos/w.mp4', 'p03', 'Tense', '', '', '', '', ''),         # row 6: a whole video
)


def write_mini_custom(root: Path, rows: Iterable[Sequence[object]] = ROWS) -> Path:
    """Write the data and landmarks (``root/landmarks``) of its clips.

    Returns:
        Path: The table.
    """
    rng = np.random.default_rng(0)
    write_frames(root / 'clips/a', range(8, 21), 'img', rng)
    write_frames(root / 'clips/b', [*range(1, 5), 7, 8], 'frame_', rng)
    write_video(root / 'videos/v.mp4')
    write_video(root / 'videos/w.mp4', 6)
    for subject, clip, frames in (('p01', 'a', range(10, 18)), ('p01', 'b', (1, 2, 3, 4, 7, 8)),
                                  ('p02', 'first', range(3, 10)), ('p02', 'second', range(12, 20)),
                                  ('p03', 'w', range(6))):
        write_landmarks(root / 'landmarks', subject, clip, tuple(frames), rng)
    return write_table(root / 'clips.csv', rows)
