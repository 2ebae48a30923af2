"""CASME II (Yan et al., PLoS ONE 2014)."""

from __future__ import annotations

from fdp_mmaction.registry import DATASETS
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import Protocol, identity_protocol

FIVE_CLASSES = ('happiness', 'disgust', 'repression', 'surprise', 'others')
FIVE_CENSUS = dict(happiness=32, disgust=63, repression=27, surprise=25, others=99)
FIVE_SUBJECT_CENSUS = {f'sub{number:02d}': count for number, count in enumerate(
    (9, 13, 7, 5, 19, 5, 9, 3, 13, 13, 10, 12, 8, 4, 3, 4, 34, 3, 15, 11, 2, 2, 12, 7, 7, 16), start=1)}
"""MEs of each subject in '5-class', from IcedDoggie/Micro-Expression-with-Deep-Learning (GitHub)."""
RELEASED_FOLDS = tuple(f'sub{number:02d}' for number in (
    17, 26, 16, 9, 5, 24, 2, 13, 4, 23, 11, 12, 8, 14, 3, 19, 1, 10, 20, 21, 22, 15, 6, 25, 7))
"""Left-out subjects of the released FDP and MOL codes; sub18 is never tested."""


@DATASETS.register_module()
class CASME2Dataset(MicroExpressionDataset):
    """CASME II: 255 labelled MEs of 26 subjects at 200 fps.

    Protocols:

    - ``'5-class'`` (standard): happiness, disgust, repression, surprise, others; 246 MEs, 26 subjects.
    - ``'3-class'`` (MEGC2019 mapping): negative (disgust, repression), positive (happiness), surprise;
      147 MEs, 24 subjects. The composite of MEGC2019 excludes two negative MEs more.
    - ``'4-class'``: positive, negative (disgust, sadness, fear), surprise, others (others, repression);
      255 MEs, 26 subjects.
    - ``'7-class'``: all labelled emotions; 255 MEs, 26 subjects.
    - ``'5-class-released'``: the five classes in the order of the released FDP code, whose checkpoints need it:
      surprise, happiness, disgust, repression, others; its 25 folds leave out sub18.

    Args:
        data_root (str): Prepared folder, ``tools/prepare_data.py casme2``.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='CASME II')
    EMOTIONS = frozenset((*FIVE_CLASSES, 'sadness', 'fear'))
    PROTOCOLS = {
        '5-class': identity_protocol(
            '5-class', FIVE_CLASSES, FIVE_CENSUS, num_subjects=26, subject_census=FIVE_SUBJECT_CENSUS),
        '3-class': Protocol(
            '3-class', ('negative', 'positive', 'surprise'),
            dict(disgust='negative', repression='negative', happiness='positive', surprise='surprise'),
            dict(negative=90, positive=32, surprise=25), num_subjects=24),
        '4-class': Protocol(
            '4-class', ('positive', 'negative', 'surprise', 'others'),
            dict(happiness='positive', disgust='negative', sadness='negative', fear='negative',
                 surprise='surprise', others='others', repression='others'),
            dict(positive=32, negative=72, surprise=25, others=126), num_subjects=26),
        '7-class': identity_protocol(
            '7-class', (*FIVE_CLASSES, 'sadness', 'fear'),
            dict(happiness=32, disgust=63, repression=27, surprise=25, others=99, sadness=7, fear=2),
            num_subjects=26),
        '5-class-released': identity_protocol(
            '5-class-released', ('surprise', 'happiness', 'disgust', 'repression', 'others'), FIVE_CENSUS,
            num_subjects=26, folds=RELEASED_FOLDS),
    }
