from __future__ import annotations

import pytest

from fdp_mmaction.datasets.readers.smic_names import (
    clip_name,
    emotion_of_word,
    is_subject_folder,
    label_of,
    parse_clip,
    subject_name,
)


@pytest.mark.parametrize('name, expected', [
    ('s1_ne_01', 's01_ne_01'), ('s01_ne_01', 's01_ne_01'), (' S11_SUR_1 ', 's11_sur_01'), ('s20 po 12', 's20_po_12'),
    ('s1_ne_01_2', 's1_ne_01_2'), ('odd', 'odd'), ('s1_ne', 's1_ne'), (None, ''), ('s\u0661_ne_01', 's\u0661_ne_01')])
def test_clip_names_have_one_form(name, expected):
    assert clip_name(name) == expected == clip_name(expected)


def test_parts_of_a_clip_name():
    clip = parse_clip('s3_sur_07')
    assert clip == ('s03', 'sur', 7) and clip.emotion == 'surprise' and str(clip) == 's03_sur_07'
    assert parse_clip('s3_xy_07').emotion is None and parse_clip('3_ne_07') is None


@pytest.mark.parametrize('name, expected', [
    (1, 's01'), ('s1', 's01'), ('S01', 's01'), (20.0, 's20'), ('1.5', None), ('Note', None), (2019, None), (None, None),
    (True, None), (-1, None), ('s_1', 's01'), ('s001', 's01')])
def test_subjects(name, expected):
    assert subject_name(name) == expected


def test_subject_folders_begin_with_s():
    names = ('s1', 'S01', '1', 'sub01', 's', 'surprise', '')
    assert [name for name in names if is_subject_folder(name)] == ['s1', 'S01']


@pytest.mark.parametrize('word, emotion', [
    ('negative', 'negative'), (' Positive', 'positive'), ('SUR', 'surprise'), ('happiness', None), ('', None)])
def test_emotions(word, emotion):
    assert emotion_of_word(word) == emotion


@pytest.mark.parametrize('given, name, label', [
    ('Negative ', 's1_ne_01', ('negative', '')),
    ('ne', 'odd', ('negative', '')),
    (None, 's1_ne_01', ('negative', 'the emotion is taken from the name of the clip')),
    ('negative', 's1_sur_01', ('negative', 'the emotion given is negative, the name of the clip says surprise')),
    ('Boredom', 's1_xy_01', ('boredom', '')),
    (None, 'odd', ('', '')),
])
def test_label(given, name, label):
    assert label_of(given, parse_clip(name)) == label
