"""Readers of the SMIC releases: high-speed (HS), visible light (VIS) and near infrared (NIR) camera.

Expected inside the release folder, at any of the first levels, for each camera at least one of

- ``SMIC_all_raw/HS/s1/micro/negative/s1_ne_01/image090823.bmp``: short clips, from onset to offset;
- ``SMIC_all_cropped/HS/...`` (``reg_image090823.bmp``): the same, the aligned face alone;
- ``HS_long/SMIC-HS-E/s01/s1_ne_01/image090823.jpg`` with ``HS_long/SMIC-HS-E_annotation.xlsx``: long clips (SMIC-E).

Short clips have no sheet: the folders give the emotion, the first and last frame are onset and offset. No apex is
annotated, but for a column ``ApexF NIR`` that a sheet of NIR may have; else the middle of onset and offset is used.
Frame numbers are those of the camera, up to eight digits; the number before the suffix counts, whatever comes before
it (``reg_00123.bmp``, ``xxx 559700.jpg``). Names are given in the form of :mod:`.smic_names`, so that the short and
the long version of a micro-expression have the same sample id, ``smic/s01/s01_ne_01``.

Sources: X. Li, T. Pfister, X. Huang, G. Zhao, M. Pietikäinen, FG 2013; the page of the database (University of Oulu)
for SMIC-E; tvaranka/meb (GitHub) for the short clips; christy1206/STSTNet (GitHub) for the list of MEGC2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, Rules, assemble
from .errata import Erratum
from .frame_folders import FrameFolders
from .folders import release_folder
from .record import Census, ReadResult, ReleaseReader
from .sheets import checksum, sheet_files
from .smic_folders import CAMERAS, LAYOUTS, SEARCH_DEPTH, SmicFolders, camera_of, find_clips
from .smic_names import EMOTIONS, is_subject_folder, label_of, parse_clip
from .smic_sheet import read_long_sheet

FPS: Mapping[str, int] = {'HS': 100, 'VIS': 25, 'NIR': 25}
DATASETS: Mapping[str, str] = {'HS': 'smic', 'VIS': 'smic_vis', 'NIR': 'smic_nir'}
CENSUS: Mapping[str, Census] = {
    'HS': Census({'negative': 70, 'positive': 51, 'surprise': 43}, subjects=16),
    'VIS': Census({'negative': 23, 'positive': 28, 'surprise': 20}, subjects=8, certain=False),
    'NIR': Census({'negative': 23, 'positive': 28, 'surprise': 20}, subjects=8, certain=False),
}
"""By camera, of the short clips. The page of the database says that three samples of HS have no long clip."""

SMIC_ERRATA: tuple[Erratum, ...] = (
    Erratum('smic', 'SMIC-HS-E', {'subject': 's18', 'clip': 's18_sur_03'}, 'emotion', 'negative', 'surprise',
            'name of the clip; surprise in the list of MEGC2019 as in wangzhifengharrison/HTNet (GitHub); the sheet '
            'says negative in davidnvq/me_recognition (GitHub)'),
)

_SHEET_PREFERENCE = ('annotation_2019', 'annotation', '')
_TITLES = {'subject': 'Subject', 'clip': 'Filename', 'onset': 'OnsetF', 'apex': 'ApexF', 'offset': 'OffsetF'}


def read_smic(root: str | Path, *, camera: str = 'HS', errata: bool = True, layout: str = 'auto',
              dataset: str | None = None) -> ReadResult:
    """Read the micro-expressions of one camera of SMIC.

    Every short clip below a folder ``micro``, or every movement in the sheet of the long clips, becomes a record or an
    entry of ``left_out``, and counts for ``num_rows``. Clips below ``non_micro``, and long clips without a row, are
    listed as unlabelled.

    Args:
        root (str | Path): The release folder.
        camera (str): ``HS``, ``VIS`` or ``NIR``. Defaults to 'HS'.
        errata (bool): Whether to apply :data:`SMIC_ERRATA`. Defaults to True.
        layout (str): ``raw`` or ``cropped`` (short clips), ``long``, or ``auto``: the first of ``raw``, ``long``,
            ``cropped`` that is there. Defaults to 'auto'.
        dataset (str | None): Dataset name in sample ids. Defaults to None: that of :data:`DATASETS`.

    Returns:
        ReadResult: Records and an account of everything else.

    Raises:
        DatasetError: If the folder or its clips cannot be found, or the sheet of long clips cannot be read.
    """
    if camera not in CAMERAS:
        raise DatasetError(f'Unknown camera {camera!r}: choose one of {", ".join(CAMERAS)}.')
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    root = release_folder(root, 'SMIC_all_raw, SMIC_all_cropped or SMIC-E')
    clips = find_clips(root, camera, layout)
    source = {'folder': root.resolve().name, 'camera': camera,
              'clips': clips.frames.folder.relative_to(root).as_posix()}
    census = None
    if clips.frames.layout == 'long':
        sheet = _find_sheet(root, camera)
        rows, source['sheet_checksum'] = read_long_sheet(sheet, camera)
        rows = _on_disk(rows, clips.frames)
        source['sheet'] = sheet.name
        census = replace(CENSUS[camera], certain=False)
    else:
        rows = _short_rows(clips)
        source['clips_checksum'] = checksum([
            (number, {name: row[name] for name in ('subject', 'clip', 'emotion')})
            for number, (_, row) in enumerate(rows)])
    rules = Rules(dataset or DATASETS[camera], EMOTIONS, r's\d{2,3}', SMIC_ERRATA if errata and camera == 'HS' else (),
                  _TITLES)
    result = assemble(rows, rules, clips.frames, source)
    samples = {'/'.join(clip.key) for clip in clips.short}
    return replace(result, census=census,
                   unlabelled=tuple(name for name in result.unlabelled if name not in samples))


def _find_sheet(root: Path, camera: str) -> Path:
    sheets = sheet_files(root, SEARCH_DEPTH, skip=lambda path: is_subject_folder(path.name))
    cameras = {path: camera_of(root, path) for path in sheets}
    own = [path for path in sheets if cameras[path] == camera]
    candidates = own or [path for path in sheets if cameras[path] is None]
    for word in _SHEET_PREFERENCE:
        named = [path for path in candidates if word in path.name.lower() and 'spotting' not in path.name.lower()]
        originals = [path for path in named if 'orig' not in path.name.lower()] or named
        names = sorted({path.name for path in originals})
        if len(names) > 1:
            raise DatasetError(f'Several sheets in {root} could be the annotation of {camera} ({", ".join(names)}): '
                               'keep the one to read.')
        if originals:
            return originals[0]
    raise DatasetError(f'No annotation sheet of {camera} in {root}: put SMIC-{camera}-E_annotation.xlsx of the release '
                       'there.')


def _short_rows(clips: SmicFolders) -> list[tuple[str, Row]]:
    """Rows of short clips: the first and last frame of a folder are onset and offset."""
    rows: list[tuple[str, Row]] = []
    for clip in clips.short:
        frames = clips.frames.frames(clip.key)[0]
        parsed = parse_clip(clip.name)
        emotion, remark = label_of(clip.emotion, parsed)
        row: Row = {'subject': clip.key[0], 'clip': clip.name, 'folder': clip.key[1], 'apex': None,
                    'emotion': emotion, 'remark': remark,
                    'onset': frames[0][0] if frames else '', 'offset': frames[-1][0] if frames else ''}
        if not clip.is_clip:
            row['problem'] = 'images lie here without a folder of their clip'
        elif not frames:
            row['problem'] = 'the folder has no numbered images'
        elif parsed and parsed.subject != clip.key[0]:
            row['problem'] = f'the clip lies in the folder of another subject, {clip.key[0]}'
        rows.append((f'folder {clip.key[1]}', row))
    return rows


def _on_disk(rows: list[tuple[str, Row]], frames: FrameFolders) -> list[tuple[str, Row]]:
    """Let rows that give one movement in several clips agree on a clip that is on disk, its own before others."""
    folders: dict[tuple[object, ...], object] = {}
    for _, row in sorted(rows, key=lambda pair: pair[1]['folder'] != pair[1]['clip']):
        if frames.find(str(row['subject']), str(row['folder'])):
            folders.setdefault(_but_folder(row), row['folder'])
    return [(where, {**row, 'folder': folders.get(_but_folder(row), row['folder'])}) for where, row in rows]


def _but_folder(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in sorted(row) if name != 'folder')


def _reader(camera: str, light: str) -> ReleaseReader:
    name = DATASETS[camera]
    return ReleaseReader(
        name=name, title=f'SMIC-{camera}', read=partial(read_smic, camera=camera, dataset=name), layouts=LAYOUTS,
        cropped_layouts=('cropped',), fps=FPS[camera], census=CENSUS[camera],
        description=f"""\
The {light} camera. Expected in ROOT, at any of the first levels:
  SMIC_all_raw/{camera}/s1/micro/negative/s1_ne_01/...       short clips
  SMIC_all_cropped/{camera}/s1/micro/negative/s1_ne_01/...   or short clips of the aligned face
  {camera}_long/SMIC-{camera}-E/s01/s1_ne_01/...             or long clips (SMIC-E)
  {camera}_long/SMIC-{camera}-E_annotation.xlsx              with their sheet""")


SMIC_HS = _reader('HS', 'high-speed')
SMIC_VIS = _reader('VIS', 'visible light')
SMIC_NIR = _reader('NIR', 'near infrared')
