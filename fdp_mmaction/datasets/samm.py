"""SAMM (Davison et al., IEEE Transactions on Affective Computing 2018)."""

from __future__ import annotations

from fdp_mmaction.registry import DATASETS
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import Protocol, identity_protocol

FIVE_CLASSES = ('happiness', 'anger', 'contempt', 'surprise', 'others')
FIVE_CENSUS = dict(happiness=26, anger=57, contempt=12, surprise=15, others=26)
RELEASED_FOLDS = tuple(f'{number:03d}' for number in (6, 7, *range(9, 24), 25, 26, 28, *range(30, 38)))
"""Left-out subjects of the released FDP code: all who have an ME of the five classes."""


@DATASETS.register_module()
class SAMMDataset(MicroExpressionDataset):
    """SAMM: 159 MEs of 29 subjects at 200 fps, grey.

    Protocols:

    - ``'5-class'``: happiness, anger, contempt, surprise, others; 136 MEs, 28 subjects.
    - ``'3-class'`` (MEGC2019 mapping): negative (anger, contempt, disgust, fear, sadness), positive (happiness),
      surprise; 133 MEs, 28 subjects.
    - ``'5-class-released'``: the five classes in the order of the released FDP code, whose checkpoints need it:
      surprise, happiness, anger, contempt, others.

    Args:
        data_root (str): Prepared folder; subjects are named by three digits (``'006'``).
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='SAMM')
    EMOTIONS = frozenset((*FIVE_CLASSES, 'disgust', 'fear', 'sadness'))
    PROTOCOLS = {
        '5-class': identity_protocol('5-class', FIVE_CLASSES, FIVE_CENSUS, num_subjects=28),
        '3-class': Protocol(
            '3-class', ('negative', 'positive', 'surprise'),
            dict(anger='negative', contempt='negative', disgust='negative', fear='negative', sadness='negative',
                 happiness='positive', surprise='surprise'),
            dict(negative=92, positive=26, surprise=15), num_subjects=28),
        '5-class-released': identity_protocol(
            '5-class-released', ('surprise', 'happiness', 'anger', 'contempt', 'others'), FIVE_CENSUS,
            num_subjects=28, folds=RELEASED_FOLDS),
    }
