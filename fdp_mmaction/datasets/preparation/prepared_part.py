"""A finished prepared folder, read and checked before something is built on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .folder import ANNOTATIONS, FORMAT, REPORT, PreparedFolder

_FIELDS = {'sample_id': str, 'dataset': str, 'subject': str, 'clip': str, 'emotion': str, 'apex_source': str,
           'frame_ids': list, 'num_frames': int, 'frames': str}
_METAINFO = {'dataset': str, 'image_size': int, 'align': str, 'frames': str}


@dataclass(frozen=True)
class PreparedPart:
    """A prepared folder of one dataset.

    Args:
        dataset (str): Dataset name.
        folder (Path): The folder as given.
        metainfo (Mapping[str, object]): Of its ``annotations.json``.
        records (tuple[dict, ...]): Its samples.
        account (Mapping[str, object]): Its ``preparation.json``.
        checksum (str): SHA-256 of its ``annotations.json``.
    """

    dataset: str
    folder: Path
    metainfo: Mapping[str, object]
    records: tuple[dict, ...]
    account: Mapping[str, object]
    checksum: str

    @property
    def identity(self) -> Mapping[str, object]:
        """Source and settings of the preparation."""
        identity = self.account['identity']
        assert isinstance(identity, dict)
        return identity

    @property
    def lost(self) -> tuple[tuple[str, str], ...]:
        """Item and reason of what the preparation lost."""
        entries = self.account.get('left_out')
        return tuple((str(entry.get('item')), str(entry.get('reason'))) for entry in entries
                     if isinstance(entry, dict) and entry.get('lost')) if isinstance(entries, list) else ()

    @property
    def alignment(self) -> dict[str, object]:
        """What must agree between folders whose frames are used together."""
        settings = self.identity.get('settings')
        settings = settings if isinstance(settings, dict) else {}
        return {**{name: value for name, value in settings.items() if not name.startswith('landmark')},
                'size': self.metainfo['image_size'], 'align': self.metainfo['align'], 'frames': self.metainfo['frames']}

    def check_files(self, records: Sequence[dict]) -> None:
        """Check that the frames and landmarks of records are there and whole.

        Args:
            records (Sequence[dict]): Some of ``records``.

        Raises:
            DatasetError: If a file is missing or damaged.
        """
        folder, size = PreparedFolder(self.folder), self.metainfo['image_size']
        for record in records:
            name = record['subject'], record['clip']
            done = isinstance(size, int) and folder.is_done(*name, record['num_frames'], size,
                                                            record.get('landmarks') is not None)
            if not done or record['frames'] != folder.frames_file(*name):
                raise DatasetError(f'Prepared folder {self.folder} lacks the frames or landmarks of '
                                   f'{record["sample_id"]}, or they are damaged: prepare {self.dataset} again, only '
                                   'what is missing is redone.')


def read_part(dataset: str, folder: str | Path) -> PreparedPart:
    """Read a prepared folder.

    Args:
        dataset (str): The dataset it must hold.
        folder (str | Path): The folder.

    Returns:
        PreparedPart: What it holds.

    Raises:
        DatasetError: If it is no prepared folder, not finished, damaged, or of another dataset.
    """
    folder = Path(folder)
    again = f'prepare {dataset} with tools/prepare_data.py'
    if not (folder / REPORT).is_file():
        raise DatasetError(f'{folder} is no prepared folder, it has no {REPORT}: {again}.')
    account = _read_json(folder / REPORT)
    identity = account.get('identity') if isinstance(account, dict) else None
    if not isinstance(identity, dict):
        raise DatasetError(f'{folder / REPORT} is damaged: {again}.')
    if identity.get('dataset') != dataset:
        raise DatasetError(f'{folder} holds the dataset {identity.get("dataset")!r}, not {dataset!r}: '
                           f'give the prepared folder of {dataset}.')
    if account.get('complete') is not True or not (folder / ANNOTATIONS).is_file():
        raise DatasetError(f'{folder} was not prepared to the end: give the command that prepares {dataset} again, it '
                           'continues where it stopped.')
    content = _read_json(folder / ANNOTATIONS)
    metainfo = content.get('metainfo') if isinstance(content, dict) else None
    records = content.get('data_list') if isinstance(content, dict) else None
    if not (_has_fields(metainfo, _METAINFO) and isinstance(records, list)
            and all(_has_fields(record, _FIELDS) for record in records)):
        raise DatasetError(f'{folder / ANNOTATIONS} is damaged: {again}.')
    assert isinstance(metainfo, dict) and isinstance(records, list)
    other = next((holder['dataset'] for holder in (metainfo, *records) if holder['dataset'] != dataset), None)
    if other is not None:
        raise DatasetError(f'{folder / ANNOTATIONS} holds the dataset {other!r}, not {dataset!r}: '
                           f'give the prepared folder of {dataset}.')
    if metainfo.get('format') != FORMAT:
        raise DatasetError(f'{folder} was prepared in format {metainfo.get("format")!r}, now {FORMAT} is needed: '
                           f'{again} --fresh.')
    checksum = hashlib.sha256((folder / ANNOTATIONS).read_bytes()).hexdigest()
    return PreparedPart(dataset, folder, metainfo, tuple(records), account, checksum)


def check_alike(parts: Sequence[PreparedPart]) -> None:
    """Check that folders were prepared alike, so that their frames can be used together.

    Args:
        parts (Sequence[PreparedPart]): At least one.

    Raises:
        DatasetError: If size, alignment or another setting that shapes the frames differs.
    """
    first = parts[0]
    for part in parts[1:]:
        ours, theirs = first.alignment, part.alignment
        for name in sorted({*ours, *theirs}):
            if ours.get(name) != theirs.get(name):
                raise DatasetError(f'{first.folder} was prepared with {name} = {ours.get(name)!r}, {part.folder} with '
                                   f'{theirs.get(name)!r}: prepare all parts alike.')


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError, RecursionError):
        raise DatasetError(f'{path} cannot be read: prepare that dataset again.') from None


def _has_fields(value: object, fields: Mapping[str, type]) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), kind) for name, kind in fields.items())
