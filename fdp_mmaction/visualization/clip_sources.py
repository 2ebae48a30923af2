"""Clips from where they lie: a prepared folder, a folder of images, a video file."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.image_io import read_colour, read_gray
from fdp_mmaction.faces.video_io import open_video
from .clip import Clip, check_order

MAX_BYTES = 256 * 2 ** 20
"""Largest clip that is taken into memory, in bytes of its uint8 frames; working on it takes about ten times that."""

_IMAGES = ('.jpg', '.jpeg', '.png', '.bmp')
_ANNOTATIONS = 'annotations.json'
_DAMAGE = (OSError, ValueError, KeyError, TypeError, EOFError)


def read_prepared_clip(data_root: str | Path, sample: str | None = None) -> Clip:
    """A clip of a prepared folder.

    Args:
        data_root (str | Path): The folder that ``tools/prepare_data.py`` wrote.
        sample (str, optional): Sample id, or its end where only one fits: ``'sub01/EP01_01f'``. Defaults to None, the
            first.

    Returns:
        Clip: Grey frames with the apex, labelled by the emotion.

    Raises:
        DatasetError: If the folder is not a prepared one, or the sample is missing or ambiguous.
    """
    return clip_of_record(read_prepared_record(data_root, sample))


def clip_of_record(record: Mapping[str, Any]) -> Clip:
    """The clip of a record.

    Args:
        record (Mapping): From :func:`read_prepared_record` or :func:`read_prepared_records`.

    Returns:
        Clip: Grey frames with the apex, labelled by the emotion.

    Raises:
        DatasetError: If its frames cannot be read.
    """
    try:
        frames = np.load(record['frames_path'], allow_pickle=False)
        apex = record.get('apex')
        return Clip(record['sample_id'], frames, np.asarray(record['frame_ids']), apex, record.get('emotion', ''))
    except DatasetError:
        raise
    except _DAMAGE as error:
        raise DatasetError(f'{record["sample_id"]}: {record["frames_path"]} is missing or damaged ({error!r}): prepare '
                           'the dataset again.') from None


def read_prepared_record(data_root: str | Path, sample: str | None = None) -> dict[str, Any]:
    """The record of a clip of a prepared folder, as dataset classes hand it to their pipelines.

    Args:
        data_root (str | Path): The folder that ``tools/prepare_data.py`` wrote.
        sample (str, optional): See :func:`read_prepared_clip`. Defaults to None, the first.

    Returns:
        dict[str, Any]: The record with ``frames_path``, and ``landmarks_path`` or None.

    Raises:
        DatasetError: If the folder is not a prepared one, or the sample is missing or ambiguous.
    """
    records = {record['sample_id']: record for record in read_prepared_records(data_root)}
    return records[_find(sample, list(records), Path(data_root, _ANNOTATIONS))]


def read_prepared_records(data_root: str | Path) -> list[dict[str, Any]]:
    """The records of all clips of a prepared folder.

    Args:
        data_root (str | Path): The folder that ``tools/prepare_data.py`` wrote.

    Returns:
        list[dict[str, Any]]: In the order of the folder, each with ``frames_path``, and ``landmarks_path`` or None.

    Raises:
        DatasetError: If the folder is not a prepared one.
    """
    root = Path(data_root)
    path = root / _ANNOTATIONS
    if not path.is_file():
        raise DatasetError(f'{path} does not exist: prepare a dataset first (python tools/prepare_data.py --help), or '
                           'name another prepared folder.')
    try:
        records = []
        for record in json.loads(path.read_text(encoding='utf-8'))['data_list']:
            rest = {key: value for key, value in record.items() if key not in ('frames', 'landmarks')}
            landmarks = record.get('landmarks')
            records.append({**rest, 'sample_id': record['sample_id'], 'frames_path': str(root / record['frames']),
                            'landmarks_path': str(root / landmarks) if landmarks else None})
        return records
    except _DAMAGE as error:
        raise _damaged(root, error) from None


def _damaged(root: Path, error: Exception) -> DatasetError:
    return DatasetError(f'{root} is damaged or not a prepared folder ({error!r}): prepare the dataset again.')


def _find(wanted: str | None, names: list[str], path: Path) -> str:
    if not names:
        raise DatasetError(f'{path} holds no sample: prepare the dataset again.')
    if wanted is None or wanted in names:
        return wanted or names[0]
    wanted = wanted.strip('/')
    found = [name for name in names if f'/{name}'.endswith(f'/{wanted}')]
    if len(found) == 1:
        return found[0]
    if found:
        raise DatasetError(f'{len(found)} samples of {path} end in {wanted}: name one of them, for example '
                           f'{", ".join(found[:3])}.')
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5) or names[:3]
    raise DatasetError(f'{path} has no sample {wanted}; among its {len(names)} are, for example, {", ".join(near)}.')


def list_image_folder(folder: str | Path) -> list[tuple[int, Path]]:
    """The image files of a folder in the order of the last number in their names.

    Args:
        folder (str | Path): Holds JPEG, PNG or BMP images.

    Returns:
        list[tuple[int, Path]]: Frame numbers, those in the names, and files; positions from 0 where names lack them or
        repeat one.

    Raises:
        DatasetError: If it is no folder, or holds no image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f'{folder} is not a folder: name a folder of frame images.')
    paths = sorted(path for path in folder.iterdir()
                   if path.suffix.lower() in _IMAGES and not path.name.startswith('.'))
    if not paths:
        raise DatasetError(f'{folder} holds no {", ".join(_IMAGES)} image: name the folder of the frames themselves.')
    numbers = [re.findall(r'\d{1,9}', path.stem)[-1:] for path in paths]
    if all(numbers) and len({int(number) for number, in numbers}) == len(paths):
        return sorted((int(number), path) for (number,), path in zip(numbers, paths))
    return list(enumerate(paths))


def read_image_folder(folder: str | Path, colour: bool = False, start: int | None = None, end: int | None = None
                      ) -> Clip:
    """A clip of image files, in the order of the last number in their names.

    Args:
        folder (str | Path): Holds JPEG, PNG or BMP images of one size.
        colour (bool): RGB instead of grey. Defaults to False.
        start (int, optional): First frame number to read. Defaults to None.
        end (int, optional): Last frame number to read. Defaults to None.

    Returns:
        Clip: Frame numbers are those in the names; positions from 0 where names lack them or repeat one.

    Raises:
        DatasetError: If the folder or an image cannot be read, sizes differ, or no frame lies there.
    """
    check_order(start, end)
    frames = list_image_folder(folder)
    read = read_colour if colour else read_gray
    chosen = ((number, read(path, str(path))) for number, path in frames if _inside(number, start, end))
    return _collect(Path(folder).name, chosen, lambda: f'{folder} has frames {frames[0][0]} to '
                                                   f'{frames[-1][0]}')


def read_video(path: str | Path, colour: bool = False, start: int | None = None, end: int | None = None) -> Clip:
    """A clip of a video file, by the decoders of :mod:`fdp_mmaction.faces.video_io`.

    Args:
        path (str | Path): The file.
        colour (bool): RGB instead of grey. Defaults to False.
        start (int, optional): First frame to read, counted from 0. Defaults to None.
        end (int, optional): Last frame to read. Defaults to None.

    Returns:
        Clip: Frame numbers count from 0.

    Raises:
        DatasetError: If the file cannot be read, or no frame lies there.
    """
    check_order(start, end)
    video = open_video(path)
    numbers = itertools.count(max(start or 0, 0)) if end is None else range(max(start or 0, 0), end + 1)
    frames = itertools.takewhile(lambda numbered: numbered[1] is not None,
                                 ((number, video.read(number)) for number in numbers))
    numbered = ((number, frame if colour else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)) for number, frame in frames)
    return _collect(Path(path).name, numbered, lambda: f'Video {path} has frames 0 to {video.count() - 1}')


def _inside(number: int, start: int | None, end: int | None) -> bool:
    return (start is None or number >= start) and (end is None or number <= end)


def _collect(name: str, numbered: Iterable[tuple[int, np.ndarray]], extent: Callable[[], str]) -> Clip:
    numbers: list[int] = []
    frames: list[np.ndarray] = []
    size = 0
    for number, frame in numbered:
        if frames and frame.shape != frames[0].shape:
            raise DatasetError(f'{name}: frame {number} is {frame.shape[1]}x{frame.shape[0]} pixels, the first '
                               f'{frames[0].shape[1]}x{frames[0].shape[0]}: give frames of one size.')
        size += frame.nbytes
        if size > MAX_BYTES:
            raise DatasetError(f'{name} does not fit into memory beyond frame {number}: choose fewer frames with '
                               '--start and --end.')
        numbers.append(number)
        frames.append(frame)
    if not frames:
        raise DatasetError(f'{extent()}: nothing lies between --start and --end.')
    return Clip(name, np.stack(frames), np.array(numbers))
