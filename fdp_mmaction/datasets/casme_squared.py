"""CAS(ME)^2 (Qu et al., IEEE Transactions on Affective Computing 2018)."""

from __future__ import annotations

from typing import Any

from fdp_mmaction.registry import DATASETS
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import identity_protocol

THREE_CLASSES = ('negative', 'positive', 'surprise')
FOUR_CLASSES = (*THREE_CLASSES, 'others')
FOUR_CENSUS = dict(negative=21, positive=8, surprise=9, others=19)
"""Sums to the 57 MEs of the release; the split itself is unconfirmed."""


@DATASETS.register_module()
class CASMESquaredDataset(MicroExpressionDataset):
    """CAS(ME)^2: 57 MEs of 14 subjects (of 22 recorded) at 30 fps. Emotions are released as classes.

    It also reads the prepared macro-expressions, whose classes are the same.

    Protocols:

    - ``'4-class'``: negative, positive, surprise, others; 57 MEs, 14 subjects.
    - ``'3-class'``: negative, positive, surprise; 38 MEs (unconfirmed, as is the number in each class).

    Args:
        data_root (str): Prepared folder, ``tools/prepare_data.py casme_squared``.
        protocol (str | dict): Defaults to ``'4-class'``.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='CAS(ME)^2')
    EMOTIONS = frozenset(FOUR_CLASSES)
    PROTOCOLS = {
        '4-class': identity_protocol('4-class', FOUR_CLASSES, FOUR_CENSUS, num_subjects=14),
        '3-class': identity_protocol('3-class', THREE_CLASSES, {name: FOUR_CENSUS[name] for name in THREE_CLASSES}),
    }

    def __init__(self, data_root: str, protocol: str | dict = '4-class', **kwargs: Any) -> None:
        super().__init__(data_root, protocol, **kwargs)
