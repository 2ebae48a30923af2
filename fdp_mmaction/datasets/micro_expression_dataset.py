"""The base class of all datasets: a prepared folder, a class protocol, and a left-out subject."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar
from collections.abc import Mapping, Sequence

from mmengine.dataset import BaseDataset
from mmengine.fileio import load
from mmengine.logging import print_log

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import DATASETS, TRANSFORMS
from .protocol import Protocol

REQUIRED_FIELDS = ('sample_id', 'subject', 'emotion', 'num_frames', 'frames')
ROOT_VARIABLES = {
    'CASME II': 'ME_CASME2_ROOT', 'CAS(ME)^2': 'ME_CASME_SQUARED_ROOT', 'CAS(ME)^3 part A': 'ME_CASME3_ROOT',
    'CAS(ME)^3 part C': 'ME_CASME3_ROOT', 'MEGC2019 composite': 'ME_MEGC2019_ROOT', 'SAMM': 'ME_SAMM_ROOT',
    'SMIC': 'ME_SMIC_ROOT', 'synthetic MEs': 'ME_SYNTHETIC_ROOT'}
"""Name of a dataset -> environment variable that the configs of this project read its prepared folder from."""


@DATASETS.register_module()
class MicroExpressionDataset(BaseDataset):
    """MEs of a prepared folder, split by leaving one subject (or several) out.

    The folder is what ``tools/prepare_data.py`` writes. Classes are not stored in it: ``protocol`` maps the
    released emotions to labels, so one folder serves every protocol. With ``test_mode=False`` the dataset
    holds everyone but ``test_subject``; with ``test_mode=True`` only ``test_subject``.

    Args:
        data_root (str): The prepared folder.
        protocol (str | dict): Name of one of the class's protocols, or
            ``dict(classes=[...], mapping={emotion: class})`` for one of your own. Defaults to ``'5-class'``.
        test_subject (str | Sequence[str], optional): Subject or subjects left out of training. None uses
            everyone on both sides and is allowed only with ``allow_overlap=True``. Defaults to None.
        test_mode (bool): Which side of the split. Defaults to False.
        allow_overlap (bool): Permit ``test_subject=None``, for a final model trained on all subjects.
            Its scores are training scores. Defaults to False.
        min_frames (int): Leave out MEs of fewer frames, on both sides of the split, as the released FDP and MOL
            codes do with fewer than 8. Each is named in the log. Defaults to 0: none.
        ann_file (str): Annotation file inside ``data_root``. Defaults to ``'annotations.json'``.
        pipeline (Sequence[dict]): Transforms. Defaults to none.
        **kwargs: Further arguments of :class:`mmengine.dataset.BaseDataset`.

    Raises:
        DatasetError: If the folder or a file of it is missing, the annotations are not of a prepared folder,
            the protocol or an emotion is unknown, the subject is not in the data, or a side is empty.

    Examples:
        >>> MicroExpressionDataset('data/casme2', test_subject='sub17')             # everyone but sub17
        >>> MicroExpressionDataset('data/casme2', test_subject='sub17', test_mode=True)
    """

    METAINFO: ClassVar[dict] = dict(dataset_name='micro-expression')
    PROTOCOLS: ClassVar[Mapping[str, Protocol]] = {}
    EMOTIONS: ClassVar[frozenset[str] | None] = None
    """Emotions the release uses; others are an error. None accepts any."""

    def __init__(self,
                 data_root: str,
                 protocol: str | dict = '5-class',
                 test_subject: str | Sequence[str] | None = None,
                 test_mode: bool = False,
                 allow_overlap: bool = False,
                 min_frames: int = 0,
                 ann_file: str = 'annotations.json',
                 pipeline: Sequence[dict] = (),
                 **kwargs: Any) -> None:
        self.protocol = self.resolve_protocol(protocol)
        self.test_subjects = (test_subject,) if isinstance(test_subject, str) else tuple(test_subject or ())
        if not self.test_subjects and not allow_overlap:
            raise DatasetError(
                f'{type(self).__name__} was given no test_subject, so training would see the test data: set '
                'ME_TEST_SUBJECT or test_subject, or allow_overlap=True for a final model on everyone.')
        self.min_frames = min_frames
        metainfo = dict(classes=self.protocol.classes, protocol=self.protocol.name, test_subjects=self.test_subjects)
        transforms = [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in pipeline]
        super().__init__(ann_file=ann_file, data_root=data_root, metainfo=metainfo, pipeline=transforms,
                         test_mode=test_mode, **kwargs)

    @classmethod
    def _load_metainfo(cls, metainfo: Mapping | None = None) -> dict:
        # the host would take a string for the name of a file that lists values
        return {**cls.METAINFO, **(metainfo or {})}

    @classmethod
    def resolve_protocol(cls, protocol: str | dict) -> Protocol:
        """The protocol that a config names or spells out.

        Args:
            protocol (str | dict): As for the class.

        Returns:
            Protocol: With its classes in label order.

        Raises:
            DatasetError: If it is unknown or contradicts itself.
        """
        if isinstance(protocol, str):
            if protocol not in cls.PROTOCOLS:
                raise DatasetError(f'{cls.__name__} has no protocol {protocol!r}; it knows '
                                   f'{", ".join(cls.PROTOCOLS) or "none: give one as a dict"}.')
            return cls.PROTOCOLS[protocol]
        classes = tuple(protocol['classes'])
        mapping = dict(protocol.get('mapping') or {c: c for c in classes})
        strangers = sorted(set(mapping.values()) - set(classes))
        if strangers:
            raise DatasetError(f'The protocol maps to {", ".join(strangers)}, which is not among its classes '
                               f'{", ".join(classes)}.')
        return Protocol(protocol.get('name', f'{len(classes)}-class'), classes, mapping)

    def get_cat_ids(self, idx: int) -> list[int]:
        """Label of an ME, for MMEngine's ``ClassBalancedDataset``, which repeats MEs of rare classes."""
        return [int(self.get_data_info(idx)['label'])]

    def load_data_list(self) -> list[dict]:
        """Read the annotations and keep this side of the split.

        Returns:
            list[dict]: One dict per ME: the record of the prepared folder plus ``label`` and the absolute
            paths ``frames_path`` and ``landmarks_path`` (None without landmarks).
        """
        path = Path(self.ann_file)
        if not path.is_file():
            variable = ROOT_VARIABLES.get(self.METAINFO['dataset_name'])
            remedy = f'set {variable}=FOLDER in the environment' if variable else 'set data_root in the config'
            raise DatasetError(f'{path} does not exist: prepare the dataset first '
                               f'(python tools/prepare_data.py --help) or, if it is prepared elsewhere, {remedy}.')
        try:
            annotations = load(path)
            records = list(annotations['data_list'])
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetError(f'{path} is not the annotations of a prepared folder ({error!r}): '
                               'prepare the dataset again.') from error
        for index, record in enumerate(records):
            missing = [key for key in REQUIRED_FIELDS if key not in record]
            if missing:
                raise DatasetError(f'{path}: record {index} lacks {", ".join(missing)}: '
                                   'prepare the dataset again.')
        self._metainfo.setdefault('source', annotations.get('metainfo', {}))
        labelled = self._drop_short(self._label(records, path), path)
        return self._split(labelled, {record['subject'] for record in records}, path)

    def _label(self, records: list[dict], path: Path) -> list[dict]:
        root, labelled, skipped = Path(self.data_root), [], Counter()
        for record in records:
            emotion = record['emotion']
            label = self.protocol.label(emotion)
            if label is None:
                if self.EMOTIONS is not None and emotion not in self.EMOTIONS:
                    raise DatasetError(f'{path}: {record["sample_id"]} has the emotion {emotion!r}, which '
                                       f'{type(self).__name__} does not know '
                                       f'({", ".join(sorted(self.EMOTIONS))}): correct the sheet and prepare again.')
                skipped[emotion] += 1
                continue
            info = {key: value for key, value in record.items() if key not in ('frames', 'landmarks')}
            landmarks = record.get('landmarks')
            labelled.append(dict(info, label=label, frames_path=str(root / record['frames']),
                                 landmarks_path=str(root / landmarks) if landmarks else None))
        if skipped:
            left_out = ', '.join(f'{emotion} {count}' for emotion, count in sorted(skipped.items()))
            print_log(f'{path}: protocol {self.protocol.name} leaves out {sum(skipped.values())} of '
                      f'{len(records)} MEs ({left_out}).', logger='current')
        return labelled

    def _drop_short(self, labelled: list[dict], path: Path) -> list[dict]:
        short = [record for record in labelled if record['num_frames'] < self.min_frames]
        if not short:
            return labelled
        names = ', '.join(f'{record["sample_id"]} ({record["num_frames"]})' for record in short)
        print_log(f'{path}: min_frames={self.min_frames} leaves out {len(short)} of {len(labelled)} MEs, with their '
                  f'numbers of frames: {names}.', logger='current')
        return [record for record in labelled if record['num_frames'] >= self.min_frames]

    def _split(self, labelled: list[dict], subjects: set[str], path: Path) -> list[dict]:
        if not self.test_subjects:
            return labelled
        eligible = {record['subject'] for record in labelled}
        for subject in self.test_subjects:
            if subject not in subjects:
                raise DatasetError(f'Test subject {subject!r} is not in {path}; it holds '
                                   f'{", ".join(sorted(subjects))}.')
            if subject not in eligible:
                length = f' with {self.min_frames} frames or more' if self.min_frames else ''
                raise DatasetError(f'Test subject {subject!r} has no ME of protocol {self.protocol.name}{length} in '
                                   f'{path}: leave out one of {", ".join(sorted(eligible))}.')
        side = [record for record in labelled if (record['subject'] in self.test_subjects) == self.test_mode]
        if not side:
            raise DatasetError(f'Leaving out {", ".join(self.test_subjects)} leaves no ME to train on in {path}.')
        return side
