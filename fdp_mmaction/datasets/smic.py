"""SMIC (Li et al., FG 2013)."""

from __future__ import annotations

from typing import Any

from fdp_mmaction.registry import DATASETS
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import identity_protocol

CLASSES = ('negative', 'positive', 'surprise')
HS_CENSUS = dict(negative=70, positive=51, surprise=43)
HS_SUBJECT_CENSUS = {f's{number:02d}': count for number, count in {
    1: 6, 2: 6, 3: 39, 4: 19, 5: 2, 6: 4, 8: 13, 9: 4, 11: 7, 12: 9, 13: 10, 14: 10, 15: 4, 18: 7, 19: 2,
    20: 22}.items()}
"""MEs of each subject of HS, from the public list of MEGC2019 (christy1206/STSTNet, GitHub)."""


@DATASETS.register_module()
class SMICDataset(MicroExpressionDataset):
    """SMIC: 164 MEs of 16 subjects at 100 fps (HS); 71 of 8 at 25 fps, in visible light (VIS) and near infrared (NIR).

    Protocols:

    - ``'3-class'``: negative, positive, surprise; the census is that of HS.
    - ``'3-class-released'``: the same in the order of the released MOL code, whose checkpoints need it: surprise,
      positive, negative; one fold per subject, in numerical order.

    ``min_frames=8``, the rule of the released FDP and MOL codes, is 0.08 s in HS; at the 25 fps of VIS and NIR it is
    0.32 s and leaves out many MEs.

    Args:
        data_root (str): Prepared folder; subjects are named ``'s01'``.
        protocol (str | dict): See :class:`MicroExpressionDataset`. Defaults to ``'3-class'``.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='SMIC')
    EMOTIONS = frozenset(CLASSES)
    PROTOCOLS = {
        '3-class': identity_protocol('3-class', CLASSES, HS_CENSUS, num_subjects=16,
                                     subject_census=HS_SUBJECT_CENSUS),
        '3-class-released': identity_protocol('3-class-released', CLASSES[::-1], HS_CENSUS, num_subjects=16,
                                              folds=tuple(HS_SUBJECT_CENSUS), subject_census=HS_SUBJECT_CENSUS),
    }

    def __init__(self, data_root: str, protocol: str | dict = '3-class', **kwargs: Any) -> None:
        super().__init__(data_root, protocol, **kwargs)
