"""A miniature MMEW of noise images, with irregularities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mini_casme2 import write_frames, write_sheet

HEADER = ('Subject', 'Filename', 'OnsetFrame', 'ApexFrame', 'OffsetFrame', 'Action Units', 'Estimated Emotion',
          'remarks')
ROWS = (
    (1, 'S01-01-001', 1, 3, 6, '6+12', 'happiness', None),         # row 2
    ('S13', 'S13-07-001', 1, '2', 11.0, '17+23', 'Anger ', None),  # row 3: numbers cross a digit
    (13, 's13-04-001', 1, '/', None, '4', 'others', None),         # row 4: neither apex nor offset
    (13, 'S13-04-002', 1, 6, 3, '12L', 'other', 'x'),              # row 5: offset before the apex
    (2, 'S02-03-001', 1, 2, 4, '4R+7', 'disgust', None),           # row 6: in the folder of fear
    (2, 'S02-03-002', 1, 2, 4, '4', 'disgust', None),              # row 7: folder missing
    (2, 'S02-02-001', 1, 2, 3, '5', 'boredom', None),              # row 8: unknown emotion
    (1, 'S01-01-001', 1, 3, 6, '6+12', 'happiness', None),         # row 9: repeats row 2
    (14, 'S13-01-001', 1, 2, 3, '12', 'happiness', None),          # row 10: a clip of another subject
    (3, 'S03-02-001', 1, 2, 5, 'L14', 'surprise', None),           # row 11: frame 4 missing
    ('?', 'S04-02-001', 1, 2, 5, '5', 'surprise', None),           # row 12: no subject
)
GOOD = ('S01/S01-01-001', 'S13/S13-07-001', 'S13/s13-04-001', 'S13/S13-04-002', 'S02/S02-03-001', 'S03/S03-02-001')
CLIPS = {
    'happiness/S01-01-001': range(1, 7), 'anger/S13-07-001': range(1, 12), 'others/S13-04-001': range(1, 8),
    'others/S13-04-002': range(1, 9), 'fear/S02-03-001': range(1, 5), 'surprise/S02-02-001': range(1, 4),
    'happiness/S13-01-001': range(1, 4), 'surprise/S03-02-001': (1, 2, 3, 5), 'surprise/S05-02-001': (1, 2),
    'surprise/S04-02-001': range(1, 6)}


def write_mini_mmew(root: Path, sheet: str = 'MMEW_Micro_Exp.xlsx') -> Path:
    """Write the release into ``root``."""
    rng = np.random.default_rng(0)
    write_sheet(root / sheet, ROWS, HEADER)
    write_sheet(root / 'MMEW_Macro_Exp.xlsx', ROWS, HEADER)
    for clip, frame_ids in CLIPS.items():
        write_frames(root / 'MMEW_Final/Micro_Expression' / clip, frame_ids, '', rng)
    write_frames(root / 'MMEW_Final/Macro_Expression/S01/anger', [1], 'S01-07-00', rng)
    write_frames(root / 'MMEW_Final/Macro_Expression/anger/S05-02-009', [1], '', rng)
    (root / 'MMEW_Final/Micro_Expression/anger/S13-07-001/Thumbs.db').write_bytes(b'junk')
    (root / 'MMEW_Final/Micro_Expression/readme.txt').write_bytes(b'junk')
    return root
