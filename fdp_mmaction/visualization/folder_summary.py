"""What a prepared folder holds, class by class."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from fdp_mmaction.datasets import CompositeMEDataset, Protocol, SyntheticMEDataset
from fdp_mmaction.datasets.preparation.census import DATASET_CLASSES
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.dynamic_image import dynamic_image
from .clip_sources import clip_of_record

_KNOWN = {**DATASET_CLASSES, 'synthetic': SyntheticMEDataset, 'composite': CompositeMEDataset}


@dataclass(frozen=True)
class FolderSummary:
    """Counts and durations of n MEs.

    Attributes:
        name (str): Of the dataset.
        groups (Mapping[str, list]): Class -> its records, in the order of the protocol.
        subjects (tuple[str, ...]): All subjects, in order.
        fps (float | None): Frames per second, where the folder tells.
        order (tuple[str, ...]): Classes in the order of the protocol, those without an ME as well, then the others: a
            class has the colour of its place here. Defaults to empty: the groups.
    """

    name: str
    groups: Mapping[str, list]
    subjects: tuple[str, ...]
    fps: float | None
    order: tuple[str, ...] = ()

    @property
    def counts(self) -> np.ndarray:
        """``(K, S)`` MEs of each class and subject."""
        place = {subject: index for index, subject in enumerate(self.subjects)}
        table = np.zeros((len(self.groups), len(self.subjects)), dtype=int)
        for row, records in zip(table, self.groups.values()):
            for record in records:
                row[place[record['subject']]] += 1
        return table

    @property
    def durations(self) -> list[np.ndarray]:
        """Length of each ME by class: milliseconds where the frame rate is known, else frames.

        From onset to offset, both included, by their numbers: frames may be missing in between.
        """
        unit = 1000 / self.fps if self.fps else 1.0
        return [np.array([record['frame_ids'][-1] - record['frame_ids'][0] + 1 for record in records]) * unit
                for records in self.groups.values()]


def summarise_folder(root: str | Path, records: Sequence[Mapping[str, Any]], mapping: Mapping[str, str] | None = None,
                     classes: Sequence[str] = ()) -> FolderSummary:
    """Sort the MEs of a prepared folder by class.

    Args:
        root (str | Path): The folder.
        records (Sequence[Mapping]): From
            :func:`~fdp_mmaction.visualization.clip_sources.read_prepared_records`.
        mapping (Mapping[str, str], optional): Emotion -> class; emotions that it lacks are left out. Defaults to None:
            emotions as they were released.
        classes (Sequence[str]): Order of the classes. Defaults to empty: that of the dataset's default protocol, then
            the largest first.

    Returns:
        FolderSummary: The summary; classes without an ME are left out.

    Raises:
        DatasetError: If no ME is left.
    """
    metainfo = read_metainfo(root)
    order = tuple(classes) or default_classes(metainfo.get('dataset'))
    groups: dict[str, list] = {name: [] for name in order}
    for record in records:
        name = record['emotion'] if mapping is None else mapping.get(record['emotion'])
        if name is not None:
            groups.setdefault(name, []).append(record)
    groups = {name: found for name, found in groups.items() if found}
    if not groups:
        raise DatasetError(f'{root} holds no ME of these classes: choose another protocol, or prepare the dataset.')
    others = sorted(set(groups) - set(order), key=lambda name: (-len(groups[name]), name))
    order = (*order, *others)
    groups = {name: groups[name] for name in order if name in groups}
    subjects = sorted({record['subject'] for found in groups.values() for record in found})
    fps = metainfo.get('fps')
    return FolderSummary(str(metainfo.get('dataset') or Path(root).name), groups, tuple(subjects),
                         float(fps) if isinstance(fps, (int, float)) and fps > 0 else None, order)


def default_classes(dataset: str | None) -> tuple[str, ...]:
    """Classes of a dataset's default protocol, in its order; none where the dataset is not known.

    Args:
        dataset (str | None): As ``annotations.json`` names it.

    Returns:
        tuple[str, ...]: Of the protocol that its class has by default, or lists first.
    """
    cls = _KNOWN.get(dataset)
    if cls is None:
        return ()
    default = cls.PROTOCOLS.get(signature(cls).parameters['protocol'].default)
    return (default or next(iter(cls.PROTOCOLS.values()))).classes


def protocol_of(root: str | Path, name: str) -> Protocol:
    """A protocol of the dataset that a prepared folder holds.

    Args:
        root (str | Path): The folder.
        name (str): Such as ``'3-class'``.

    Returns:
        Protocol: The protocol.

    Raises:
        DatasetError: If the dataset is not known, or has no such protocol.
    """
    dataset = read_metainfo(root).get('dataset')
    if dataset not in _KNOWN:
        raise DatasetError(f'{root} holds the dataset {dataset!r}, whose protocols are not known: leave the protocol '
                           'out.')
    return _KNOWN[dataset].resolve_protocol(name)


def read_metainfo(root: str | Path) -> dict[str, Any]:
    """What a prepared folder says of itself: ``dataset``, ``fps``, ..."""
    return json.loads(Path(root, 'annotations.json').read_text(encoding='utf-8')).get('metainfo') or {}


@dataclass(frozen=True)
class ClassMeans:
    """Means over the MEs of a class.

    Attributes:
        face (np.ndarray): ``(H, W)`` onset frames, in grey levels.
        image (np.ndarray): ``(H, W)`` dynamic images, each divided by its largest absolute value.
        change (np.ndarray): ``(H, W)`` absolute difference of onset and apex, in grey levels.
        count (int): MEs.
    """

    face: np.ndarray
    image: np.ndarray
    change: np.ndarray
    count: int


def class_means(records: Iterable[Mapping[str, Any]]) -> ClassMeans:
    """Average the MEs of a class.

    Args:
        records (Iterable[Mapping]): At least one, all of one frame size.

    Returns:
        ClassMeans: Where the apex is not known, the middle frame stands for it.

    Raises:
        DatasetError: If a clip cannot be read, or has another size.
    """
    total: np.ndarray | None = None
    count = 0
    for record in records:
        clip = clip_of_record(record)
        apex = len(clip.frames) // 2 if clip.apex_index is None else clip.apex_index
        onset = clip.frames[0].astype(np.float64)
        image = dynamic_image(clip.frames)
        values = np.stack([onset, image / max(np.abs(image).max(), 1e-12), np.abs(clip.frames[apex] - onset)])
        if total is not None and values.shape != total.shape:
            raise DatasetError(f'{clip.name} has frames of {values.shape[2]}x{values.shape[1]} pixels, others of '
                               f'{total.shape[2]}x{total.shape[1]}: prepare the dataset again, with one size.')
        total = values if total is None else total + values
        count += 1
    return ClassMeans(*(total / count), count)
