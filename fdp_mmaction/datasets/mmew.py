"""MMEW (Ben et al., IEEE Transactions on Pattern Analysis and Machine Intelligence 2022)."""

from __future__ import annotations

from typing import Any

from fdp_mmaction.registry import DATASETS
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import Protocol, identity_protocol

SIX_CLASSES = ('happiness', 'surprise', 'anger', 'disgust', 'fear', 'sadness')
COUNTS = dict(happiness=36, surprise=89, anger=8, disgust=72, fear=16, sadness=13, others=66)


def _counts(*emotions: str) -> dict[str, int]:
    return {emotion: COUNTS[emotion] for emotion in emotions}


@DATASETS.register_module()
class MMEWDataset(MicroExpressionDataset):
    """MMEW: 300 MEs of 30 subjects at 90 fps, released as cropped faces.

    Protocols:

    - ``'6-class'``: happiness, surprise, anger, disgust, fear, sadness; 234 MEs, 30 subjects.
    - ``'4-class'``: happiness, surprise, disgust, others; 263 MEs.
    - ``'3-class'``: negative (anger, disgust, fear, sadness), positive (happiness), surprise; 234 MEs, 30 subjects.
    - ``'7-class'``: all labelled emotions; 300 MEs, 30 subjects.

    Args:
        data_root (str): Prepared folder, ``tools/prepare_data.py mmew``.
        protocol (str | dict): Defaults to ``'6-class'``.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='MMEW')
    EMOTIONS = frozenset(COUNTS)
    PROTOCOLS = {
        '6-class': identity_protocol('6-class', SIX_CLASSES, _counts(*SIX_CLASSES), num_subjects=30),
        '4-class': identity_protocol('4-class', ('happiness', 'surprise', 'disgust', 'others'),
                                     _counts('happiness', 'surprise', 'disgust', 'others')),
        '3-class': Protocol(
            '3-class', ('negative', 'positive', 'surprise'),
            dict(anger='negative', disgust='negative', fear='negative', sadness='negative', happiness='positive',
                 surprise='surprise'),
            dict(negative=109, positive=36, surprise=89), num_subjects=30),
        '7-class': identity_protocol('7-class', (*SIX_CLASSES, 'others'), COUNTS, num_subjects=30),
    }

    def __init__(self, data_root: str, protocol: str | dict = '6-class', **kwargs: Any) -> None:
        super().__init__(data_root, protocol, **kwargs)
