"""The embedded synthetic dataset, for demonstrations, tests and studies that need no licence."""

from __future__ import annotations

from fdp_mmaction.registry import DATASETS
from .casme2 import FIVE_CLASSES
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import Protocol, identity_protocol


@DATASETS.register_module()
class SyntheticMEDataset(MicroExpressionDataset):
    """Rendered faces with rendered MEs, laid out and coded like CASME II.

    Protocols: ``'5-class'`` (the classes of CASME II) and ``'3-class'`` (its MEGC2019 mapping).

    Args:
        data_root (str): Prepared folder, ``tools/prepare_data.py synthetic``.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='synthetic MEs')
    EMOTIONS = frozenset(FIVE_CLASSES)
    PROTOCOLS = {
        '5-class': identity_protocol('5-class', FIVE_CLASSES),
        '3-class': Protocol(
            '3-class', ('negative', 'positive', 'surprise'),
            dict(disgust='negative', repression='negative', happiness='positive', surprise='surprise')),
    }
