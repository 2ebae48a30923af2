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
