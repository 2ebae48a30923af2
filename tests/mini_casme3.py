"""A miniature CAS(ME)^3 of noise images, with the irregularities of the real release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import openpyxl
from mini_casme2 import write_frames
from mini_xls import write_xls

HEADER = ('Subject', 'Filename', 'Onset', 'Apex', 'Offset', 'AU', 'Objective class', 'emotion', 'shade')
V2 = 'cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx'
V1 = 'cas(me)3_part_A_ME_label_JpgIndex_v1.xls'
PART_C = 'CAS(ME)3_part_C_ME.xlsx'
PART_C_HEADER = ('PHY', 'sub', 'count', 'onset', 'offset', 'au', 'emotion')


class Row(NamedTuple):
    """One row of the sheet of part A."""

    subject: object
    video: object
    onset: object
    apex: object
    offset: object
    action_units: object = '4'
    objective_class: object = 'III'
    emotion: object = 'disgust'
    shade: object = None


ROWS = (
    Row('spNO.1', 'b', 16, 20, 23),                                             # row 2
    Row('spNO.1', 'B', 30, 32, 35, 'L2+L1', 'II', 'surprise'),                  # row 3: the same video
    Row('spNO.1', 'j ', 8, '8', 12.0, '26+25', 'vii', 'happy'),                 # row 4: apex = onset, folder J
    Row('spNO.10', 'c', 5, 8, 14, 'T28+14', 'Ⅶ', 'Others'),                     # row 5: frames 7..9 dropped
    Row('spNO.10', 'd', 40, 41, 41, 38, 7, 'Sad', 1),                           # row 6: two frames
    Row('spNO.149', 'd', 112, 83, 358, 'T28+14', 'VII', 'fear'),                # row 7: erratum of the apex
    Row('spNO.214', 'c', 5, 5, 3460, '17+4', 'VII'),                            # row 8: erratum of the offset
    Row('spNO.216', 'd', 3647, 2668, 2694, '4', 'III', 'others'),               # row 9: erratum of the onset
    Row('spNO.216', 'e', 0, 0, 25, '4', 'III', 'others'),                       # row 10: erratum of onset and apex
    Row('spNO.40', 'e', 1812, 1818, 0, '14', 'VII', 'others'),                  # row 11: erratum of the offset
    Row('spNO.40', 'e', 2327, 2333, 0, '14', 'VII', 'others'),                  # row 12: erratum of the offset
    Row('spNO.2', 'a', 10, 9, 20, '4', 'VIII', 'anger'),                        # row 13: apex before onset
    Row('spNO.2', 'm', 1, 3, 6),                                                # row 14: the video is missing
    Row('spNO.2', 'a', 30, 31, 33, '4', 'I', 'boredom'),                        # row 15: unknown emotion
    Row('spNO.2', 'a', 'x', 31, 33),                                            # row 16: not a number
    Row('spNO.2', 'a/b', 30, 31, 33),                                           # row 17: not a letter
    Row('spNO.1', 'b', 16, 20, 23),                                             # row 18: repeats row 2
    Row('spNO.1', 'b', 16, 21, 23),                                             # row 19: contradicts row 2
    Row('spNO.3', 'k', 100, 101, 103),                                          # row 20: depth images only
    Row('spNO.3', 'l', 100, 101, 103),                                          # row 21: other frames only
    Row('spNO.3', 'l', 50, 51, 40),                                             # row 22: offset before onset
)
FRAMES = {   # subject and video as on disk: frames
    ('spNO.1', 'a'): range(1, 5), ('spNO.1', 'b'): range(10, 40), ('spNO.1', 'J'): range(1, 15),
    ('spNO.10', 'c'): [n for n in range(1, 20) if not 7 <= n <= 9], ('spNO.10', 'd'): range(38, 44),
    ('spNO.149', 'd'): range(155, 166), ('spNO.214', 'c'): range(1, 42), ('spNO216', 'd'): range(2660, 2696),
    ('spNO216', 'e'): range(1, 27), ('spNO.40/spNO.40', 'e'): [*range(1810, 1850), *range(2325, 2410)],
    ('spNo.2', 'a'): range(8, 40), ('spNO.3', 'l'): range(1, 4),
}
GOOD = ('spNO.1/b_16', 'spNO.1/b_30', 'spNO.1/j_8', 'spNO.10/c_5', 'spNO.10/d_40', 'spNO.149/d_112', 'spNO.214/c_5',
        'spNO.216/d_3647', 'spNO.216/e_0', 'spNO.40/e_1812', 'spNO.40/e_2327', 'spNO.2/a_10')
CLIPS = {   # folder in Part_A_ME_clip/frame: frames
    'spNO.1_b_16': range(16, 24), 'spNo.1_b_30': range(30, 36), 'spNO.1_J_8': range(8, 13),
    'spNO.10_c_5': [5, 6, 10, 11, 12, 13, 14], 'spNO.10_d_40': [40, 41], 'spNO.149_d_112': range(155, 166),
    'spNO.214_c_5': range(5, 42), 'spNO.216_d_3647': range(2660, 2695), 'spNO.216_e_0': range(1, 26),
    'spNO.40_e_1812': range(1812, 1846), 'spNO.40_e_2327': range(2327, 2404), 'spNO.2_a_10': range(10, 21),
    'spNO.3_l_100': [], 'spNO.77_b_9': range(9, 12),
}
PART_C_ROWS = (
    ('p1', 1, 1, 100, 107, '4,14', 'negative'),           # row 2
    ('p2', '01', 2, 120, 124, '1，2', 'Others'),           # row 3: full-width comma
    ('p3', 2, 1, 5, 12, 12.0, 'positive'),                # row 4: frame 8 dropped
    ('p4', 31, 4, 7, 7, None, 'surprise'),                # row 5: one frame
    ('p5', 31, 5, 9, 11, '4', None),                      # row 6: no emotion
    ('p6', 31, 'x', 9, 11, '4', 'negative'),              # row 7: no running number
    ('p7', 30, 1, 9, 11, '4', 'negative'),                # row 8: no video
)
PART_C_FRAMES = {'01': range(95, 130), '02': [n for n in range(1, 20) if n != 8], '31': range(1, 15)}


def write_label_sheet(path: Path, rows: Iterable[Sequence[object]], header: Sequence[object] = HEADER) -> Path:
    """Write the labels; an xlsx file has another sheet before the one called ``label``."""
    if path.suffix == '.xls':
        return write_xls(path, rows, header)
    book = openpyxl.Workbook()
    book.active.append(['Subject', 'Filename', 'comment'])
    for row in (header, *rows):
        (book['label'] if 'label' in book.sheetnames else book.create_sheet('label')).append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def _write_video(folder: Path, frame_ids: Iterable[int], rng: np.random.Generator) -> None:
    write_frames(folder / 'color', frame_ids, '', rng)
    (folder / 'depth').mkdir()
    for frame in list(frame_ids)[:3]:
        (folder / 'depth' / f'{frame}.png').write_bytes(b'depth')


def write_mini_casme3(root: Path, layout: str = 'full', sheet: str = V2) -> Path:
    """Write part A into ``root``, beside parts of the release that do not matter."""
    rng = np.random.default_rng(0)
    write_label_sheet(root / 'part_A/annotation' / sheet, ROWS)
    write_xls(root / 'part_A/annotation/CAS(ME)3_part_A_v2.xls', [], ('Subject', 'Filename', 'Expression type'))
    (root / 'part_A/annotation/cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx').write_bytes(b'macro-expressions')
    write_frames(root / 'part_B/data/spNO.2/m/color', range(1, 7), '', rng)
    if layout == 'full':
        for (subject, video), frame_ids in FRAMES.items():
            _write_video(root / 'part_A/data/part_A_split/part_A' / subject / video, frame_ids, rng)
        (root / 'part_A/data/part_A_split/part_A/spNO.3/k/depth').mkdir(parents=True)
        (root / 'part_A/data/part_A_split/part_A/spNO.3/k/depth/101.png').write_bytes(b'depth')
        (root / 'part_A/data/part_A_split/part_A/spNO.1/b/color/Thumbs.db').write_bytes(b'junk')
    else:
        for name, frame_ids in CLIPS.items():
            write_frames(root / 'Part_A_ME_clip/frame' / name, frame_ids, '', rng)
        write_frames(root / 'Part_A_ME_clip/depth/spNO.2_m_1', range(1, 7), '', rng)
    return root


def write_mini_part_c(root: Path, layout: str = 'full', rows: Iterable[Sequence[object]] = PART_C_ROWS,
                      header: Sequence[object] = PART_C_HEADER) -> Path:
    """Write part C into ``root``."""
    rng = np.random.default_rng(0)
    write_label_sheet(root / 'annotation' / PART_C, rows, header)
    for subject, frame_ids in PART_C_FRAMES.items():
        if layout == 'full':
            _write_video(root / 'part_C/RGB_Depth/part_C/part_C' / subject / 'a', frame_ids, rng)
        for _, sub, count, onset, offset, *_ in PART_C_ROWS if layout == 'clips' else ():
            if int(sub) == int(subject) and isinstance(count, int):
                _write_video(root / 'ME_C' / subject / str(count),
                             [n for n in frame_ids if onset <= n <= offset], rng)
    return root
