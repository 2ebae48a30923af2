from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fdp_mmaction.engine.loso.select import (INNER, SELECTIONS, TEST, choose_epoch, inner_subjects, needs_inner,
                                             sees_test, validation_scores)
from fdp_mmaction.errors import DatasetError


def people(count: int) -> dict[str, list[int]]:
    return {f's{k:02d}': [k % 3, (k + 1) % 3] for k in range(count)}


@given(count=st.integers(2, 40), share=st.floats(0.01, 0.99), seed=st.integers(0, 5))
def test_inner_subjects_are_some_but_not_all_and_repeat(count: int, share: float, seed: int) -> None:
    labels = people(count)
    inner = inner_subjects(labels, share, seed, 'left')
    assert 1 <= len(inner) < count and len(set(inner)) == len(inner) and set(inner) <= set(labels)
    assert abs(len(inner) - share * count) <= 1
    assert inner_subjects(dict(reversed(labels.items())), share, seed, 'left') == inner == tuple(sorted(inner))


def test_seeds_and_folds_draw_others() -> None:
    draws = {inner_subjects(people(20), 0.2, seed, fold) for seed in range(3) for fold in 'abc'}
    assert len(draws) > 5


def test_no_class_is_taken_out_of_training_where_that_can_be_avoided() -> None:
    labels = {'only': [2], **{f's{k}': [0, 1] for k in range(4)}}
    for fold in 'abcdefghij':
        assert 'only' not in inner_subjects(labels, 0.2, 0, fold)


def test_one_subject_cannot_be_shared() -> None:
    with pytest.raises(DatasetError, match='Besides sub01 there is 1 subject: inner validation needs two'):
        inner_subjects({'a': [0]}, 0.2, 0, 'sub01')


@pytest.mark.parametrize(('name', 'inner', 'test'), list(zip(SELECTIONS, (False, True, False, True),
                                                             (False, False, True, True))))
def test_what_selections_look_at(name: str, inner: bool, test: bool) -> None:
    assert (needs_inner(name), sees_test(name)) == (inner, test)


def test_the_best_epoch() -> None:
    scores = {1: dict(UF1=0.2, ACC=0.9), 5: dict(UF1=0.5, ACC=0.4), 3: dict(UF1=0.5, ACC=0.4),
              4: dict(UF1=0.5, ACC=0.3)}
    assert choose_epoch(scores, INNER) == 3      # UF1, then ACC, then the earliest
    assert choose_epoch(scores, TEST) == 1      # by accuracy, as the released codes do
    with pytest.raises(DatasetError, match='No epoch was validated'):
        choose_epoch({}, INNER)


def test_validation_scores() -> None:
    scores = validation_scores([(0, 0), (0, 1), (1, 1), (1, 1)], 2)
    assert scores == dict(ACC=0.75, UF1=pytest.approx((2 / 3 + 4 / 5) / 2))
