"""CASME (Yan et al., FG 2013)."""

from __future__ import annotations

from typing import Any

from fdp_mmaction.registry import DATASETS
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import Protocol, identity_protocol

COUNTS = dict(tense=69, disgust=44, repression=38, surprise=20, happiness=9, sadness=6, fear=2, contempt=1)
"""Sums to the 189 MEs of the release; the split itself is unconfirmed."""
FREQUENT = ('disgust', 'surprise', 'repression', 'tense')


@DATASETS.register_module()
class CASMEDataset(MicroExpressionDataset):
    """CASME: 189 MEs of 19 subjects at 60 fps.

    Protocols (the numbers of each class are unconfirmed):

    - ``'4-class'``: positive (happiness), negative (disgust, sadness, fear, contempt), surprise, others (tense,
      repression); 189 MEs.
    - ``'4-class-frequent'``: disgust, surprise, repression, tense under their own names; 171 MEs.
    - ``'8-class'``: all labelled emotions; 189 MEs.

    Args:
        data_root (str): Prepared folder, ``tools/prepare_data.py casme``.
        protocol (str | dict): Defaults to ``'4-class-frequent'``.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='CASME')
    EMOTIONS = frozenset(COUNTS)
    PROTOCOLS = {
        '4-class': Protocol(
            '4-class', ('positive', 'negative', 'surprise', 'others'),
            dict(happiness='positive', disgust='negative', sadness='negative', fear='negative', contempt='negative',
                 surprise='surprise', tense='others', repression='others'),
            dict(positive=9, negative=53, surprise=20, others=107)),
        '4-class-frequent': identity_protocol(
            '4-class-frequent', FREQUENT, {emotion: COUNTS[emotion] for emotion in FREQUENT}),
        '8-class': identity_protocol('8-class', tuple(COUNTS), COUNTS),
    }

    def __init__(self, data_root: str, protocol: str | dict = '4-class-frequent', **kwargs: Any) -> None:
        super().__init__(data_root, protocol, **kwargs)
