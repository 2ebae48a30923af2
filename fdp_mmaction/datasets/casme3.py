"""CAS(ME)^3 (Li et al., IEEE Transactions on Pattern Analysis and Machine Intelligence 2023)."""

from __future__ import annotations

from collections.abc import Mapping

from fdp_mmaction.registry import DATASETS
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import Protocol, identity_protocol

SEVEN_CLASSES = ('disgust', 'surprise', 'others', 'fear', 'anger', 'sadness', 'happiness')
THREE_CLASSES = ('negative', 'positive', 'surprise')
FOUR_CLASSES = (*THREE_CLASSES, 'others')
THREE_MAPPING = dict(disgust='negative', fear='negative', anger='negative', sadness='negative', happiness='positive',
                     surprise='surprise')
FOUR_MAPPING = dict(THREE_MAPPING, others='others')
SEVEN_CENSUS = dict(disgust=250, surprise=187, others=161, fear=86, anger=64, sadness=57, happiness=55)
SEVEN_CENSUS_V1 = dict(disgust=281, surprise=201, others=170, fear=93, anger=70, sadness=64, happiness=64)


def _protocols(census: Mapping[str, int], num_subjects: int | None, version: str = '') -> dict[str, Protocol]:
    four = dict(negative=census['disgust'] + census['fear'] + census['anger'] + census['sadness'],
                positive=census['happiness'], surprise=census['surprise'], others=census['others'])
    three = {name: four[name] for name in THREE_CLASSES}
    protocols = (
        identity_protocol(f'7-class{version}', SEVEN_CLASSES, census, num_subjects),
        Protocol(f'4-class{version}', FOUR_CLASSES, FOUR_MAPPING, four, num_subjects),
        Protocol(f'3-class{version}', THREE_CLASSES, THREE_MAPPING, three))
    return {protocol.name: protocol for protocol in protocols}


@DATASETS.register_module()
class CASME3Dataset(MicroExpressionDataset):
    """CAS(ME)^3 part A: MEs at 30 fps, 860 of 94 subjects in labels v2, 943 in labels v1.

    Protocols of labels v2; each has a twin for labels v1, whose classes are the same and whose numbers differ
    (``'7-class-v1'``: 943 MEs, ``'4-class-v1'``: 943, ``'3-class-v1'``: 773):

    - ``'7-class'``: disgust, surprise, others, fear, anger, sadness, happiness; 860 MEs, 94 subjects.
    - ``'4-class'``: negative (disgust, fear, anger, sadness), positive (happiness), surprise, others; 860 MEs.
    - ``'3-class'``: negative, positive, surprise; 699 MEs.

    Numbers published for the two versions are not comparable: say which one was used.

    Args:
        data_root (str): Prepared folder, ``tools/prepare_data.py casme3`` or ``casme3_v1``.
        protocol (str | dict): See :class:`MicroExpressionDataset`.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='CAS(ME)^3 part A')
    EMOTIONS = frozenset(SEVEN_CLASSES)
    PROTOCOLS = {**_protocols(SEVEN_CENSUS, num_subjects=94), **_protocols(SEVEN_CENSUS_V1, None, '-v1')}


@DATASETS.register_module()
class CASME3PartCDataset(MicroExpressionDataset):
    """CAS(ME)^3 part C: 166 MEs of a mock crime, 31 subjects, 30 fps.

    Protocols:

    - ``'4-class'``: negative, positive, surprise, others. Finer emotions of the sheet are mapped as in part A.
    - ``'3-class'``: without others.

    Args:
        data_root (str): Prepared folder, ``tools/prepare_data.py casme3_part_c``.
        protocol (str | dict): See :class:`MicroExpressionDataset`.
        **kwargs: See :class:`MicroExpressionDataset`.
    """

    METAINFO = dict(dataset_name='CAS(ME)^3 part C')
    EMOTIONS = frozenset((*FOUR_CLASSES, *SEVEN_CLASSES))
    PROTOCOLS = {
        '4-class': Protocol('4-class', FOUR_CLASSES, {**FOUR_MAPPING, 'negative': 'negative', 'positive': 'positive'}),
        '3-class': Protocol('3-class', THREE_CLASSES, {**THREE_MAPPING, 'negative': 'negative',
                                                       'positive': 'positive'}),
    }
