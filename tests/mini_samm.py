"""A miniature SAMM of noise images, with the irregularities of the real release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import openpyxl
from mini_casme2 import write_landmarks

HEADER = ('Subject', 'Filename', 'Inducement Code', 'Onset Frame', 'Apex Frame', 'Offset Frame', 'Duration', 'Micro',
          'Action Units', 'Estimated Emotion', 'Objective Classes', 'Notes')
PREAMBLE = (('SAMM micro-movements',), (), ('Subject: number of the participant',), (None, 'Filename: the clip'),
            ('Coded by', 3, 'coders'), *[()] * 6, ('Frames per second', 200), ())
FRAME_SIZE = (40, 24)   # width, height: not square, as the 960x650 of the release


class Row(NamedTuple):
    """One row of the sheet."""

    subject: object
    clip: object
    onset: object
    apex: object
    offset: object
    action_units: object
    emotion: object
    objective: object = 1

    def cells(self) -> list[object]:
        return [self.subject, self.clip, 7, self.onset, self.apex, self.offset, 9, 'Micro - 1/2', self.action_units,
                self.emotion, self.objective, None]


ROWS = (
    Row(6, '006_1_2', 5562, 5566, 5570, 4, 'Anger'),                                     # row 15
    Row('006', ' 006_1_3 ', 9998.0, '10001', 10003, 'R12 + R15', 'Contempt ', 2.0),      # row 16: six digits
    Row('7', '007_3_1', 96, 99, 103, '12 or 14', 'Other', '3'),                          # row 17: 98..100 not on disk
    Row(7, '007_5_3', 20, 30, 26, 'R14A', 'Others', 9),                                  # row 18: apex after offset
    Row(28, '028_4_1', 1100, 1090, 1110, 'L12', 'Happiness'),                            # row 19: erratum of the apex
    Row(32, '032_3_1', 30, 12, 36, '1+2', 'Surprise'),                                   # row 20: estimate outside
    Row(11, '011_2_1', 5730, 5734, 5793, 'B4(k) + xyz', 'Disgust'),                      # row 21: erratum of the offset
    Row(11, '011_2_2', 10, -1, 14, None, 'fear', None),                                  # row 22: -1 for no apex
    Row(11, '011_2_3', 10, 12, 14, '4', 'Sadness'),                                      # row 23: folder missing
    Row(11, '011_2_4', 10, 12, 14, '4', 'Repression'),                                   # row 24: unknown emotion
    Row(11, '011_2_5', 10, 'n/a', 14, '4', 'Anger'),                                     # row 25: apex in words
    Row(11, '011_2_2', 10, -1, 14, None, 'fear', None),                                  # row 26: repeats row 22
    Row(11, '011_2_2', 10, 13, 14, None, 'fear', None),                                  # row 27: contradicts row 22
    Row('total', None, None, None, None, None, None, None),                              # row 28: a line of text
    Row(37, '037_3_2', 50, 54, 60, '4', 'Anger'),                                        # row 29: nested, junk files
)
GOOD = ('006/006_1_2', '006/006_1_3', '007/007_3_1', '007/007_5_3', '028/028_4_1', '032/032_3_1', '011/011_2_1',
        '011/011_2_2', '037/037_3_2')


def write_sheet(path: Path, rows: Iterable[Sequence[object]], header: Sequence[object] = HEADER,
                preamble: Iterable[Sequence[object]] = PREAMBLE) -> Path:
    """Write an xlsx file with text above the header; ``preamble=()`` is the cleaned variant."""
    book = openpyxl.Workbook()
    for row in (*preamble, header, *rows):
        book.active.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def write_frames(folder: Path, subject: str, frame_ids: Iterable[int]) -> None:
    """Write grey noise frames, ``006_05562.jpg``."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0)
    for frame in frame_ids:
        small = noise.integers(0, 256, (6, 10), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{subject}_{frame:05d}.jpg'), cv2.resize(small, FRAME_SIZE))


def write_mini_samm(root: Path, frames: str = 'SAMM', sheet: str = 'SAMM_Micro_FACS_Codes_v2.xlsx') -> Path:
    """Write the release into ``root``, its frames into the folder ``frames`` and landmarks into ``root/landmarks``."""
    write_sheet(root / sheet, [row.cells() for row in ROWS])
    rng = np.random.default_rng(0)
    for row in ROWS:
        subject, clip = str(row.subject).zfill(3), str(row.clip).strip()
        if clip in ('None', '011_2_3') or (root / frames / subject / clip).exists():
            continue
        last = 5739 if clip == '011_2_1' else int(row.offset)
        frame_ids = [n for n in range(int(row.onset), last + 1) if clip != '007_3_1' or not 98 <= n <= 100]
        clip_folder = root / frames / subject / clip
        write_frames(clip_folder / clip if clip == '037_3_2' else clip_folder, subject, frame_ids)
        write_landmarks(root / 'landmarks', subject, clip, frame_ids, rng)
    write_frames(root / frames / '037/037_9_9', '037', [1, 2])
    (root / frames / '037/037_3_2/037_3_2/Thumbs.db').write_bytes(b'junk')
    (root / frames / '037/037_3_2/037_3_2/readme.txt').write_bytes(b'junk')
    (root / frames / '006/notes.docx').write_bytes(b'junk')
    return root
