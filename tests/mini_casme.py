"""A miniature CASME of noise images in two sections, with the irregularities of the real release."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from mini_casme2 import write_sheet

HEADER = ('Subject', 'Filename', None, 'OnsetF', 'ApexF1', 'ApexF2', 'OffsetF', None, 'AU', 'Emotion')
ROWS = (
    (1, 'EP01_5', None, 98, 100, None, 103, None, '4+L7', 'tense'),            # row 2: numbers cross a digit
    ('01', ' EP03_2 ', None, 8.0, '/', '10', 13, None, 4, 'Disgust '),         # row 3: the second apex only
    (1, 'EP12_1', None, None, None, None, 7, None, '14', 'repression'),        # row 4: no onset
    (2, 'EP02_1', None, 90, 95, None, 99, None, '1+2', 'surprise'),            # row 5: no such frames on disk
    (2, 'EP02_2', None, 5, 6, None, 9, None, '12', 'happy'),                   # row 6: frame 7 missing
    (2, 'EP02_3', None, 5, 6, None, 9, None, '12', 'happiness'),               # row 7: folder missing
    (3, 'EP01_1', None, 29, 31, 32, 33, None, 'xyz', 'contempt'),              # row 8: section B, padded numbers
    (3, 'EP01_2', None, 1, 2, None, 3, None, '4', 'boredom'),                  # row 9: unknown emotion
    (3, 'EP01_1', None, 29, 31, 32, 33, None, 'xyz', 'contempt'),              # row 10: repeats row 8
    (3, 'EP01_1', None, 29, 30, 32, 33, None, 'xyz', 'contempt'),              # row 11: contradicts row 8
    ('?', 'EP01_3', None, 1, 2, None, 3, None, '4', 'sad'),                    # row 12: no subject
)
GOOD = ('sub01/EP01_5', 'sub01/EP03_2', 'sub01/EP12_1', 'sub02/EP02_1', 'sub02/EP02_2', 'sub03/EP01_1')
_CLIPS = (('A', 'sub01/EP01_5', range(98, 104)), ('A', 'sub01/EP03_2', range(8, 14)),
          ('A', 'sub01/EP12_1', range(2, 8)), ('A', 'sub02/EP02_1', range(100, 111)),
          ('A', 'sub02/EP02_2', (5, 6, 8, 9)), ('A', 'sub02/EP09', (1, 2)), ('B', 'sub03/EP01_1', range(29, 34)),
          ('B', 'sub03/EP01_2', (1, 2, 3)))


def write_images(folder: Path, frame_ids: Iterable[int], rng: np.random.Generator, name: str) -> None:
    """Write noise frames."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frame_ids:
        small = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / name.format(frame)), cv2.resize(small, (32, 32)))


def write_mini_casme(root: Path, layout: str = 'raw_selected', sections: bool = False) -> Path:
    """Write the release into ``root``; with ``sections``, folders and sheets of the sections apart."""
    rng = np.random.default_rng(0)
    if sections:
        write_sheet(root / 'CASME_A.xlsx', ROWS[:6], HEADER)
        write_sheet(root / 'CASME_B.xlsx', ROWS[6:], HEADER)
    else:
        write_sheet(root / 'casme.xlsx', ROWS, HEADER)
    write_sheet(root / 'notes.xlsx', [('nothing', 'here')], ('To', 'do'))
    folder = root / {'raw_selected': 'CASME_raw_selected', 'cropped': 'CASME_cropped_selected'}[layout]
    for section, clip, frame_ids in _CLIPS:
        name = ('reg_' if layout == 'cropped' else '') + clip.split('/')[1] + ('-{}' if section == 'A' else '-{:03d}')
        write_images(folder / (f'Section {section}/{clip}' if sections else clip), frame_ids, rng, f'{name}.jpg')
    (next(folder.rglob('EP01_5')) / 'Thumbs.db').write_bytes(b'junk')
    return root
