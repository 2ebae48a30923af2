from __future__ import annotations

from collections import Counter

from fdp_mmaction.datasets.readers.record import Census, compare_census


def test_agreement_says_nothing():
    assert compare_census(Counter(fear=2, others=3), 4, Census({'fear': 2, 'others': 3}, 4)) == []


def test_every_deviation_is_said():
    said = compare_census(Counter(fear=2, joy=1), 3, Census({'fear': 2, 'others': 3}, 4))
    assert said == ['3 samples found, expected 5.', '3 subjects found, expected 4.',
                    '1 samples of joy found, expected 0.', '0 samples of others found, expected 3.']


def test_uncertain_numbers_are_called_so():
    (said,) = compare_census(Counter(fear=2), 3, Census({'fear': 2}, 4, certain=False))
    assert said == '3 subjects found, expected (unconfirmed) 4.'


def test_the_total_can_be_certain_while_the_rest_is_not():
    found = Counter(fear=1, others=1)
    total_only = Census({'fear': 2, 'others': 1}, 4, certain_split=False, certain_subjects=False)
    assert compare_census(found, 3, total_only) == [
        '2 samples found, expected 3.', '3 subjects found, expected (unconfirmed) 4.',
        '1 samples of fear found, expected (unconfirmed) 2.']
    subjects_too = Census({'fear': 2, 'others': 1}, 4, certain_split=False)
    assert compare_census(found, 3, subjects_too)[1:] == [
        '3 subjects found, expected 4.', '1 samples of fear found, expected (unconfirmed) 2.']


def test_the_split_can_be_certain_while_the_total_is_not():
    census = Census({'fear': 2}, 4, certain=False, certain_split=True)
    assert compare_census(Counter(fear=1), 3, census) == [
        '1 samples found, expected (unconfirmed) 2.', '3 subjects found, expected (unconfirmed) 4.',
        '1 samples of fear found, expected 2.']


def test_a_census_may_know_the_total_alone():
    census = Census({}, 4, total=2)
    assert census.samples == 2
    assert compare_census(Counter(fear=1), 3, census) == ['1 samples found, expected 2.',
                                                          '3 subjects found, expected 4.']
    assert compare_census(Counter(fear=1, joy=1), 4, census) == []
