"""A miniature CAS(ME)^2 of noise images, with the irregularities of the real release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import openpyxl

MICRO, MACRO = 'micro-expression', 'macro-expression'
IMAGE_SIZE = 32


class Row(NamedTuple):
    """One row of the first sheet."""

    subject: object
    clip: object
    onset: object
    apex: object
    offset: object
    action_units: object
    emotion: object
    type: object
    self_report: object = None


ROWS = (
    Row(1, 'anger1_1', 557, 560, 563, '4+10+14', 'negative', MACRO, 'anger'),      # row 1: the sheet has no header
    Row(1, 'disgust2_1', 6, 9, 12, 43, 'others', MICRO, 'disgust'),
    Row(1, 'disgust2_1', 30, 34, 40, 4, 'negative', MACRO, 'disgust'),            # row 3: a macro of the same name
    Row('1', ' Disgust2_2 ', 998.0, '1000', 1003, 'L12+R15', 'Positive ', 'Micro-Expression', 'happyiness'),
    Row(2, 'happy1_1', 20, 24, 0, '1+2', 'surprise', MICRO, 'surprise'),          # row 5: no offset
    Row(2, 'happy1_2', 20, 0, 26, '6+12', 'positive', MICRO, 'happiness'),        # row 6: no apex
    Row(2, 'happy1_3', 40, 0, 0, '6+12', 'positive', MICRO, 'happiness'),         # row 7: neither
    Row(2, 'happy2_1', 3, 5, 8, '12', 'positive', MICRO, 'happiness'),            # row 8: frames 4..6 missing on disk
    Row(7, 'happy1_1', 2, 3, 4, '7', 'negative', MICRO, 'pain'),                  # row 9: lies in the folder of s19
    Row(3, 'happy1_1', 2, 3, 4, '7', 'negative', MICRO, 'pain'),                  # row 10: folder missing
    Row(22, 'anger2_1', 10, 12, 15, '4 or 5', 'boredom', MICRO, 'fear'),          # row 11: unknown emotion
    Row(22, 'anger2_1', 10, 12, 15, '4 or 5', 'negative', MICRO, 'fear'),
    Row(22, 'anger2_1', 10, 12, 15, '4 or 5', 'negative', MICRO, 'fear'),         # row 13: repeats row 12
    Row(22, 'anger2_1', 10, 13, 15, '4 or 5', 'negative', MICRO, 'fear'),         # row 14: contradicts row 12
    Row(22, 'anger2_1', 20, 21, 24, 'xyz', 'other', MICRO, 'helpless'),           # row 15: same name, other movement
    Row(99, 'anger2_1', 10, 12, 15, '4', 'negative', MICRO),                      # row 16: unknown subject
    Row(22, 'fear1_1', 10, 12, 15, '4', 'negative', MICRO),                       # row 17: unknown stimulus
    Row(22, 'anger2_2', 15, 12, 10, '4', 'negative', MICRO),                      # row 18: onset after offset
    Row(22, 'anger2_3', 16.5, 17, 18, '4', 'negative', MICRO),                    # row 19: not a whole number
    Row(22, 'anger2_4', 10, 12, 15, '4', 'negative', 'blink'),                    # row 20: neither micro nor macro
    Row(22, 'anger2_5', 90, 92, 95, '4', 'negative', MICRO),                      # row 21: no such frames
    Row(5, 'disgust1_1', 1, 2, 3, '24', 'negative', MACRO, 'disgust'),
    Row(5, 'disgust1_2', 5, 7, 0, '24', 'others', MACRO, 'disgust'),              # row 23: no offset
)
MICRO_ROWS = sum('micro' in str(row.type).lower() for row in ROWS)
GOOD = ('s15/disgust2_1_6', 's15/disgust2_2_998', 's16/happy1_1_20', 's16/happy1_2_20', 's16/happy2_1_3',
        's23/happy1_1_2', 's40/anger2_1_10', 's40/anger2_1_20')
GOOD_MACRO = ('s15/anger1_1_557', 's15/disgust2_1_30', 's21/disgust1_1_1', 's21/disgust1_2_5')

SUBJECTS = tuple(zip((15, 16, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 40),
                     range(1, 23)))
VIDEOS = (('0101', 'disgust1'), (102, 'disgust2'), ('0401', 'anger1'), ('0402', 'anger2'), ('0502', 'happy1'),
          ('0503', 'happy2'), ('0505', 'happy3'), ('0507', 'happy4'), ('0508', 'happy5'))

# folder of the subject, long video, frames in it, clips cut out of it
_FILMS: tuple[tuple[str, str, Sequence[int], dict[str, Sequence[int]]], ...] = (
    ('s15', '15_0401girlcrashing', range(555, 566), {'anger1_1': range(557, 564)}),
    ('s15', '15_0102eatingworms', (*range(1, 42), *range(996, 1006)),
     {'disgust2_1': (*range(6, 13), *range(30, 41)), 'disgust2_2': range(998, 1004)}),
    ('s16', '16_0502funnyerrors', range(18, 45),
     {'happy1_1': range(20, 25), 'happy1_2': range(20, 27), 'happy1_3': (40,)}),
    ('s16', '16_0503unnyfarting', (1, 2, 3, 7, 8, 9), {'happy2_1': (3, 7, 8)}),
    ('s16', '16_0101disgustingteeth', (1, 2), {}),
    ('s19', '23_0502funnyerrors', range(1, 7), {}),
    ('s23', '', (), {'happy1_1': (2, 3, 4)}),
    ('s40', '40_0402beatingpregnantwoman', range(8, 27),
     {'anger2_1': (*range(10, 16), *range(20, 25)), 'anger2_2': range(10, 16), 'anger2_3': (16, 17, 18),
      'anger2_4': range(10, 16), 'anger2_5': (10,)}),
    ('S21', '21_0101disgustingteeth', range(1, 9), {'disgust1_1': (1, 2, 3), 'Disgust1_2': (5, 6, 7)}),
)


def write_book(path: Path, rows: Iterable[Sequence[object]] = ROWS,
               subjects: Iterable[tuple[object, object]] | None = SUBJECTS,
               videos: Iterable[Sequence[object]] | None = VIDEOS) -> Path:
    """Write the workbook: movements, and unless None the two naming rules."""
    book = openpyxl.Workbook()
    sheets = {'CASFEcode_final': rows,
              'naming rule1': None if subjects is None else ((n, f's{n}', i) for n, i in subjects),
              'naming rule2': videos}
    book.remove(book.active)
    for name, lines in sheets.items():
        if lines is not None:
            sheet = book.create_sheet(name)
            for line in lines:
                sheet.append(list(line))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def write_images(folder: Path, frame_ids: Iterable[int], rng: np.random.Generator, name: str = 'img{:03d}.jpg') -> None:
    """Write noise frames."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frame_ids:
        small = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / name.format(frame)), cv2.resize(small, (IMAGE_SIZE, IMAGE_SIZE)))


def write_mini_casme_squared(root: Path, layout: str = 'rawpic', sheet: str = 'CAS(ME)^2code_final.xlsx') -> Path:
    """Write the release into ``root``, with the frames of one layout."""
    rng = np.random.default_rng(0)
    write_book(root / sheet)
    write_book(root / 'CAS(ME)^2blink-code.xlsx', [(1, 'anger1', 5, 9)])
    (root / '~$CAS(ME)^2code_final.xlsx').write_bytes(b'lock file of a spreadsheet program')
    folder = root / {'rawpic': 'rawpic/rawpic', 'selectedpic': 'selectedpic/selectedpic', 'cropped': 'cropped/cropped',
                     'long_cropped': 'CAS(ME)2_longVideoFaceCropped/longVideoFaceCropped'}[layout]
    for subject, film, frame_ids, clips in _FILMS:
        if layout in ('rawpic', 'long_cropped'):
            if film:
                name = 'img{:03d}.jpg' if layout == 'rawpic' else 'img_{}.jpg'
                write_images(folder / subject / film, frame_ids, rng, name)
        else:
            for clip, ids in clips.items():
                write_images(folder / (subject[1:] if layout == 'cropped' else subject) / clip, ids, rng)
    movie = root / 'rawvideo/s15/15_0102eatingworms.avi'
    movie.parent.mkdir(parents=True)
    movie.write_bytes(b'film')
    some = next(path for path in sorted(folder.glob('*15/*')))
    for junk in ('Thumbs.db', 'cover.jpg', '._img001.jpg', 'Desktop - Shortcut.lnk'):
        (some / junk).write_bytes(b'junk')
    (some.parent / 'notes.txt').write_bytes(b'junk')
    return root
