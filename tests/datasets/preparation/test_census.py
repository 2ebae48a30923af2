from __future__ import annotations

import pytest

from fdp_mmaction.datasets.composite import PART_CENSUS, SUBJECT_CENSUS
from fdp_mmaction.datasets.preparation.census import (
    DATASET_CLASSES,
    Count,
    count_classes,
    count_subjects,
    protocols_of,
)
from fdp_mmaction.datasets.readers import READERS

RECORDS = [dict(subject='sub01', emotion='happiness'), dict(subject='sub01', emotion='disgust'),
           dict(subject='sub02', emotion='repression'), dict(subject='sub03', emotion='fear')]


def _protocol(reader, name):
    (protocol,) = [protocol for protocol in protocols_of(reader) if protocol.name == name]
    return protocol


def test_classes_of_a_protocol():
    counts = count_classes(RECORDS, 'casme2', _protocol('casme2', '3-class'))
    assert counts == [Count('negative', 2, 90), Count('positive', 1, 32), Count('surprise', 0, 25)]


def test_subjects_of_a_protocol():
    counts = count_subjects(RECORDS, 'casme2', _protocol('casme2', '5-class'))
    assert counts[:3] == [Count('sub01', 2, 9), Count('sub02', 1, 13), Count('sub03', 0, 7)] and len(counts) == 26
    assert count_subjects(RECORDS, 'casme2', _protocol('casme2', '3-class')) == [
        Count('sub01', 2, None), Count('sub02', 1, None), Count('sub03', 0, None)]


def test_numbers_of_another_release_are_not_expected():
    negative = [dict(subject='s01', emotion='negative')]
    for reader, expected in (('smic', (70, 6)), ('smic_vis', (None, None)), ('smic_nir', (None, None))):
        protocol = _protocol(reader, '3-class')
        assert (count_classes(negative, reader, protocol)[0].expected,
                count_subjects(negative, reader, protocol)[0].expected) == expected


def test_versions_of_casme3():
    assert [protocol.name for protocol in protocols_of('casme3')] == ['7-class', '4-class', '3-class']
    assert [protocol.name for protocol in protocols_of('casme3_v1')] == ['7-class-v1', '4-class-v1', '3-class-v1']
    assert protocols_of('casme_squared_macro') == []


@pytest.mark.parametrize('reader', sorted(DATASET_CLASSES))
def test_numbers_agree_with_each_other(reader):
    """Counts of classes, of subjects and of the reader's census are the same MEs counted in several ways."""
    census = READERS[reader].census
    for protocol in protocols_of(reader):
        if protocol.subject_census and reader not in ('smic_vis', 'smic_nir'):
            assert sum(protocol.subject_census.values()) == sum(protocol.census.values())
            assert len(protocol.subject_census) == protocol.num_subjects
        if protocol.census and census.emotions and reader not in ('smic_vis', 'smic_nir'):
            found = dict.fromkeys(protocol.classes, 0)
            for emotion, count in census.emotions.items():
                if emotion in protocol.mapping:
                    found[protocol.mapping[emotion]] += count
            assert found == dict(protocol.census)


def test_numbers_of_the_composite():
    assert len(SUBJECT_CENSUS) == 68 and sum(SUBJECT_CENSUS.values()) == 442
    for name, census in PART_CENSUS.items():
        assert sum(count for subject, count in SUBJECT_CENSUS.items()
                   if subject.startswith(f'{name}-')) == sum(census.values())
