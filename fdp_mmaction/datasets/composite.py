"""The composite of the Facial Micro-Expression Grand Challenge 2019 (See et al., FG 2019)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fdp_mmaction.registry import DATASETS
from .casme2 import CASME2Dataset
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import Protocol
from .samm import SAMMDataset
from .smic import HS_SUBJECT_CENSUS, SMICDataset

CLASSES = ('negative', 'positive', 'surprise')
PART_DATASETS: dict[str, type[MicroExpressionDataset]] = {
    'casme2': CASME2Dataset, 'samm': SAMMDataset, 'smic': SMICDataset}
"""Their protocols ``'3-class'`` say which class an emotion is."""
PART_CENSUS = {
    'casme2': dict(negative=88, positive=32, surprise=25),
    'samm': dict(negative=92, positive=26, surprise=15),
    'smic': dict(negative=70, positive=51, surprise=43),
}
"""MEs of each class that the challenge lists, by dataset; of SMIC the part HS."""
SUBJECT_CENSUS = {
    **{f'casme2-sub{number:02d}': count for number, count in {
        1: 3, 2: 9, 3: 5, 4: 2, 5: 6, 6: 4, 7: 5, 8: 1, 9: 10, 11: 4, 12: 11, 13: 2, 14: 3, 15: 3, 16: 3, 17: 31,
        19: 11, 20: 2, 21: 1, 22: 2, 23: 8, 24: 3, 25: 5, 26: 11}.items()},
    **{f'samm-{number:03d}': count for number, count in {
        6: 11, 7: 8, 9: 4, 10: 4, 11: 20, 12: 3, 13: 6, 14: 10, 15: 3, 16: 5, 17: 4, 18: 3, 19: 1, 20: 4, 21: 2, 22: 5,
        23: 1, 24: 1, 26: 9, 28: 3, 30: 3, 31: 1, 32: 4, 33: 5, 34: 3, 35: 8, 36: 1, 37: 1}.items()},
    **{f'smic-{subject}': count for subject, count in HS_SUBJECT_CENSUS.items()},
}
"""MEs of each subject, from the folds of tvaranka/meb (GitHub)."""


def emotion_key(dataset: str, emotion: str) -> str:
    """What the composite maps to classes: emotions of one name differ between datasets.

    Args:
        dataset (str): Dataset of the ME, for example ``samm``.
        emotion (str): Emotion as released.

    Returns:
        str: For example ``samm/fear``.
    """
    return f'{dataset}/{emotion}'


@DATASETS.register_module()
class CompositeMEDataset(MicroExpressionDataset):
    """The MEGC2019 composite: 442 MEs of 68 subjects from CASME II (145), SAMM (133) and SMIC-HS (164).

    Subjects are named by dataset and subject: ``casme2-sub01``, ``samm-006``, ``smic-s01``. One protocol,
    ``'3-class'``: negative 250, positive 109, surprise 83. Which class an emotion is depends on the dataset: fear and
    sadness are negative in SAMM and left out in CASME II; a protocol of your own maps names like ``'samm/fear'``.

    Args:
        data_root (str): Prepared folder, ``tools/prepare_data.py composite``.
        protocol (str | dict): See :class:`MicroExpressionDataset`. Defaults to ``'3-class'``.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='MEGC2019 composite')
    EMOTIONS = frozenset(emotion_key(name, emotion) for name, part in PART_DATASETS.items()
                         for emotion in part.EMOTIONS or ())
    PROTOCOLS = {
        '3-class': Protocol(
            '3-class', CLASSES,
            {emotion_key(name, emotion): label for name, part in PART_DATASETS.items()
             for emotion, label in part.PROTOCOLS['3-class'].mapping.items()},
            {label: sum(census[label] for census in PART_CENSUS.values()) for label in CLASSES},
            num_subjects=68, subject_census=SUBJECT_CENSUS),
    }

    def __init__(self, data_root: str, protocol: str | dict = '3-class', **kwargs: Any) -> None:
        super().__init__(data_root, protocol=protocol, **kwargs)

    def _label(self, records: list[dict], path: Path) -> list[dict]:
        keyed = [dict(record, emotion=emotion_key(record.get('dataset', ''), record['emotion'])) for record in records]
        labelled = super()._label(keyed, path)
        return [dict(info, emotion=info['emotion'].partition('/')[2]) for info in labelled]
