"""A miniature SMIC of noise images: short and long clips of three cameras, with the irregularities of the releases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import openpyxl
from mini_casme2 import face_landmarks

IMAGE_SIZE = 32

# Folder below the camera's, its frames.
SHORT: dict[str, Sequence[int]] = {
    's1/micro/negative/s1_ne_01': range(99998, 100004),                    # numbers cross a digit
    's1/micro/negative/s1_ne_02/s1_ne_02': range(90823, 90829),            # one level more
    's1/micro/positive/s1_po_01': (701843, 701844, 701847, 701848),        # two frames missing
    's1/non_micro/s1_n_01': range(5, 8),
    's1/non_micro/s1_n_02': (),
    's18/micro/surprise/s18_sur_03': (),                                   # empty
    's18/micro/negative/s18_sur_04': range(10, 13),                        # the folder contradicts the name
    's20/s20/micro/Surprise/surprise/S20_SUR_1': range(17581039, 17581044),   # levels repeated, eight digits
    's20/Non micro/clip': range(3),
    's03/micro/s3_po_01': range(20, 24),                                   # subject padded, no folder of the emotion
    's03/micro/positiv/s3_po_02': range(20, 24),                           # folder misspelt
    's4/micro/negative/s6_ne_01': range(1, 4),                             # clip of another subject
    's4/micro/negative': range(7, 9),                                      # images beside the clips
    's4/micro/positive/odd': range(30, 33),                                # a clip of another name
    's5/micro/anger/s5_x_01': range(1, 3),                                 # no emotion of SMIC
}
SHORT_SAMPLES = {
    's01/s01_ne_01': 'negative', 's01/s01_ne_02': 'negative', 's01/s01_po_01': 'positive',
    's03/s03_po_01': 'positive', 's03/s03_po_02': 'positive', 's04/odd': 'positive',
    's18/s18_sur_04': 'negative', 's20/s20_sur_01': 'surprise',
}

HEADERS: dict[str, tuple[object, ...]] = {
    'HS': ('Subject', 'Filename', None, 'OnsetF', 'OffsetF', 'Onset2F', 'Offset2F', 'Onset3F', 'Offset3F', None,
           'FirstF', 'LastF', 'TotalMF1', 'TotalMF2', 'TotalMF3', 'TotalVL', 'Emotion'),
    'VIS': ('Subject', 'Filename', None, 'OnsetF', 'OffsetF', 'Onset2F', 'Offset2F', None, 'FirstF', 'LastF',
            'TotalMF1', 'TotalMF2', 'Emotion'),
    'NIR': ('Subject', 'Filename', None, 'OnsetF', 'OnsetF NIR', 'ApexF NIR', 'OffsetF', 'OffsetF NIR', 'Emotion'),
}


def hs_row(subject: object, clip: object, first: Sequence[object], emotion: object, *further: Sequence[object],
           first_frame: object = 1) -> list[object]:
    """A row of the HS sheet: onset and offset of one to three movements."""
    frames = [frame for movement in (first, *further) for frame in movement]
    frames += [None] * (6 - len(frames))
    return [subject, clip, None, *frames, None, first_frame, 999, 5, None, None, 600, emotion]


HS_ROWS = (
    hs_row(1, 's1_ne_01', (99998, 100003), 'negative'),                                # row 2
    hs_row('1', ' s1_ne_02', (658536.0, '658541'), 'Negative '),                       # row 3: folder missing
    hs_row(3, 's3_ne_02', (302330, 302335), 'negative', (302400, 302404)),             # row 4: second is s3_ne_03
    hs_row(3, 's3_ne_04', (303090, 303094), 'negative', (303200, 303204)),             # row 5: no gap after it
    hs_row(3, 's3_ne_05', (304365, 304370), 'negative'),                               # row 6
    hs_row(4, 's4_ne_04', (219199, 219203), 'negative', (219300, 219303), (219400, 219405)),   # row 7: _05 and _06
    hs_row(4, 's4_ne_07', (229561, 229565), None),                                     # row 8: no emotion
    hs_row(8, 's8_po_01', (50, 54), 'positive', (70, 75), first_frame='video lost'),   # row 9: the second is row 10
    hs_row(8, 's8_po_02', (70, 75), 'positive'),                                       # row 10
    hs_row(18, 's18_sur_03', (1695782, 1695786), 'negative'),                          # row 11: erratum
    hs_row(18, 's18_sur_04', (40, 30), 'surprise'),                                    # row 12: onset after offset
    hs_row(20, 's20_ne_01', (17581039, 17581043), 'negative', (17581060, None)),       # row 13: half a movement
    hs_row(20, 's20_po_01', ('lost', None), 'positive'),                               # row 14
    hs_row(None, 's20_po_02', (60, 63), 'positive'),                                   # row 15: no subject
    hs_row(19, 's20_po_03', (60, 63), 'positive'),                                     # row 16: of two subjects
    [None] * 17,
    ['Note: FirstF and LastF are of the long clip', None, None, 'see the read me'],
    [None, '157 clips', None, None, None],
)
HS_RECORDS = ('s01/s01_ne_01', 's03/s03_ne_02', 's03/s03_ne_03', 's03/s03_ne_04', 's03/s03_ne_04_2', 's03/s03_ne_05',
              's04/s04_ne_04', 's04/s04_ne_05', 's04/s04_ne_06', 's04/s04_ne_07', 's08/s08_po_01', 's08/s08_po_02',
              's18/s18_sur_03', 's20/s20_ne_01', 's20/s20_po_02')
MARGIN = 4


def write_sheet(path: Path, rows: Iterable[Sequence[object]], header: Sequence[object]) -> Path:
    """Write an xlsx file."""
    book = openpyxl.Workbook()
    book.active.append(list(header))
    for row in rows:
        book.active.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def write_frames(folder: Path, names: Iterable[str], rng: np.random.Generator) -> None:
    """Write noise images."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        cv2.imwrite(str(folder / name), rng.integers(0, 256, (IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8))


def touch(folder: Path, *names: str) -> None:
    """Make empty files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def frame_name(camera: str, number: int, cropped: bool = False) -> str:
    """Name of a frame of a short clip."""
    name = f'image{number:06d}.bmp' if camera == 'HS' else f'{number:05d}.bmp'
    return f'reg_{name}' if cropped else name


def write_short(root: Path, camera: str = 'HS', cropped: bool = False) -> Path:
    """Write the short clips; return the camera's folder."""
    rng = np.random.default_rng(0)
    name = 'SMIC_all_cropped' if cropped else 'SMIC_all_raw'
    folder = root / name / name / camera
    for clip, frames in SHORT.items():
        write_frames(folder / clip, [frame_name(camera, number, cropped) for number in frames], rng)
    (folder / 's1/micro/negative/Thumbs.db').write_bytes(b'junk')
    (folder / 's1/micro/negative/s1_ne_01/Thumbs.db').write_bytes(b'junk')
    (folder / 's1/micro/negative/s1_ne_01/cover.bmp').write_bytes(b'junk')
    (folder / 'readme.txt').write_bytes(b'junk')
    (folder / 'sheets').mkdir()
    return folder


def write_long(root: Path, rows: Sequence[Sequence[object]] = HS_ROWS, missing: Sequence[str] = ('s1_ne_02',)) -> Path:
    """Write the long clips of HS, and landmarks into ``root/landmarks``; return the folder of the subjects."""
    rng = np.random.default_rng(0)
    write_sheet(root / 'SMIC-E_raw image/HS_long/SMIC-HS-E_annotation.xlsx', rows, HEADERS['HS'])
    folder = root / 'SMIC-E_raw image/HS_long/SMIC-HS-E/HS'
    for row in rows:
        clip = str(row[1]).strip()
        if not clip.startswith('s') or clip in missing:
            continue
        numbers = [int(float(cell)) for cell in row[3:9] if str(cell).split('.')[0].isdigit()] or [1]
        frames = range(min(numbers) - MARGIN, max(numbers) + MARGIN + 1)
        if clip == 's3_ne_05':
            frames = [number for number in frames if number not in (304366, 304367)]
        subject = f's{int(clip.split("_")[0][1:]):02d}'
        write_frames(folder / subject / clip, [f'image{number:06d}.jpg' for number in frames], rng)
    write_frames(folder / 's02/s2_sur_05', ['image000007.jpg'], rng)   # no row
    return folder


def write_landmarks(root: Path, names: Iterable[tuple[str, Sequence[int]]]) -> Path:
    """Write landmark files of samples ``<subject>/<clip>`` into ``root/landmarks``."""
    rng = np.random.default_rng(0)
    for name, frame_ids in names:
        path = root / 'landmarks' / f'{name}.npz'
        path.parent.mkdir(parents=True, exist_ok=True)
        points = np.stack([face_landmarks(rng, IMAGE_SIZE) for _ in frame_ids]).astype(np.float32)
        np.savez(path, landmarks=points, frame_ids=np.array(frame_ids))
    return root / 'landmarks'
