"""A miniature CASME II of noise images, with the irregularities of the real release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import openpyxl

HEADER = ('Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame', 'OffsetFrame', None, 'Action Units',
          'Estimated Emotion')
IMAGE_SIZE = 32


class Row(NamedTuple):
    """One row of the sheet."""

    subject: object
    clip: object
    onset: object
    apex: object
    offset: object
    action_units: object
    emotion: object

    def cells(self) -> list[object]:
        return [self.subject, self.clip, None, self.onset, self.apex, self.offset, None, self.action_units,
                self.emotion]


ROWS = (
    Row('01', 'EP02_01f', 46, 50, 53, '4+L7', 'happiness'),          # row 2
    Row(1, 'EP06_02_01', 8, '/', 13, 4, 'disgust'),                   # row 3: no apex, numbers cross a digit
    Row('01', ' EP09f ', 20.0, '22', 24, 'L12 or R12', 'Sadness '),   # row 4
    Row('02', 'EP03_1', 10, 13, 18, 'R14A+17', 'repression'),         # row 5: frames 12..14 missing on disk
    Row('02', 'EP03_2', 10, 13, 18, '4', 'others'),                   # row 6: folder missing
    Row('02', 'EP04', 30, 31, 33, 'xyz+4', 'other'),                  # row 7: nested folder, junk files
    Row('03', 'EP01_1', 40, 41, 39, '4', 'others'),                   # row 8: onset after offset
    Row('03', 'EP01_2', 10, 11, 12, '4', 'boredom'),                  # row 9: unknown emotion
    Row('03', 'EP01_3', 10.5, 11, 12, '4', 'fear'),                   # row 10: not a whole number
    Row('03', 'EP01_4', 98, 99, 102, '4', 'fear'),                    # row 11
    Row('03', 'EP01_4', 98, 99, 102, '4', 'fear'),                    # row 12: repeats row 11
    Row('03', 'EP01_4', 98, 100, 102, '4', 'fear'),                   # row 13: contradicts row 11
    Row('04', 'EP12_01f', 270, '/', 284, '1+2', 'surprise'),          # row 14: erratum of the apex
    Row('07', 'EP06_02', 66, 111, 111, '4', 'disgust'),               # row 15: erratum of apex and offset
    Row('24', 'EP02_07', 5, 6, 7, '4', 'others'),                     # row 16: erratum removes the row
)
GOOD = ('sub01/EP02_01f', 'sub01/EP06_02_01', 'sub01/EP09f', 'sub02/EP03_1', 'sub02/EP04', 'sub03/EP01_4',
        'sub04/EP12_01f', 'sub07/EP06_02')


def write_sheet(path: Path, rows: Iterable[Sequence[object]], header: Sequence[object] = HEADER) -> Path:
    """Write an xlsx file."""
    book = openpyxl.Workbook()
    book.active.append(list(header))
    for row in rows:
        book.active.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def face_landmarks(rng: np.random.Generator, size: int = IMAGE_SIZE) -> np.ndarray:
    """Landmarks of an upright face in the middle of a square image, ``(68, 2)``."""
    points = rng.uniform(0.3, 0.7, (68, 2))
    points[36:42] = (0.4, 0.42)
    points[42:48] = (0.6, 0.44)
    points[30], points[48], points[54] = (0.5, 0.52), (0.43, 0.62), (0.58, 0.62)
    points += rng.normal(0, 0.004, points.shape)
    return points * size


def write_frames(folder: Path, frame_ids: Iterable[int], prefix: str, rng: np.random.Generator) -> None:
    """Write noise frames."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frame_ids:
        small = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{prefix}{frame}.jpg'), cv2.resize(small, (IMAGE_SIZE, IMAGE_SIZE)))


def write_landmarks(folder: Path, subject: str, clip: str, frame_ids: Sequence[int], rng: np.random.Generator) -> None:
    """Write the landmark file of a clip."""
    path = folder / subject / f'{clip}.npz'
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, landmarks=np.stack([face_landmarks(rng) for _ in frame_ids]).astype(np.float32),
             frame_ids=np.array(frame_ids))


def write_mini_casme2(root: Path, layout: str = 'raw_selected', sheet: str = 'CASME2-coding-20140508.xlsx') -> Path:
    """Write the release into ``root``, and its landmarks into ``root/landmarks``.

    The raw layout has three more frames on either side.
    """
    rng = np.random.default_rng(0)
    write_sheet(root / sheet, [row.cells() for row in ROWS])
    objective = [(int(row.subject), row.clip, 1 + i % 7) for i, row in enumerate(ROWS[:6])]
    write_sheet(root / 'CASME2-ObjectiveClasses.xlsx', objective, ('Subject', 'Filename', 'Objective Class'))
    folder = root / {'raw_selected': 'CASME2_RAW_selected/CASME2_RAW_selected', 'raw': 'CASME2_RAW/CASME2-RAW',
                     'cropped': 'Cropped-updated/Cropped'}[layout]
    prefix = 'reg_img' if layout == 'cropped' else 'img'
    margin = 3 if layout == 'raw' else 0
    done = set()
    for row in ROWS:
        subject, clip = f'sub{int(row.subject):02d}', str(row.clip).strip()
        if (subject, clip) in done or clip == 'EP03_2':
            continue
        done.add((subject, clip))
        frame_ids = [f for f in range(int(row.onset) - margin, int(row.offset) + margin + 1)
                     if clip != 'EP03_1' or not 12 <= f <= 14]
        clip_folder = folder / subject / clip
        write_frames(clip_folder / clip if clip == 'EP04' else clip_folder, frame_ids, prefix, rng)
        if frame_ids:
            write_landmarks(root / 'landmarks', subject, clip, frame_ids, rng)
    write_frames(folder / 'sub03/EP99', [1, 2], prefix, rng)
    (folder / 'sub01/Desktop - Shortcut.lnk').write_bytes(b'junk')
    (folder / 'sub02/EP04/EP04/Thumbs.db').write_bytes(b'junk')
    (folder / 'sub02/EP04/EP04/cover.jpg').write_bytes(b'junk')
    return root
