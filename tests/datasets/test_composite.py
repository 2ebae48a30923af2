from __future__ import annotations

import json

import pytest
from mini_parts import write_parts

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.composite import PART_CENSUS, CompositeMEDataset
from fdp_mmaction.datasets.preparation.composite import prepare_composite
from fdp_mmaction.datasets.transforms import LoadPackedFrames, SampleMEFrames
from fdp_mmaction.engine.hooks.split_guard_hook import sample_keys
from fdp_mmaction.errors import DatasetError

PROTOCOL = CompositeMEDataset.PROTOCOLS['3-class']


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp('data')
    prepare_composite(write_parts(root), root / 'megc2019')
    return root / 'megc2019'


def infos(dataset):
    return {info['sample_id']: info for info in map(dataset.get_data_info, range(len(dataset)))}


def test_the_protocol_is_that_of_the_challenge():
    assert PROTOCOL.classes == ('negative', 'positive', 'surprise') and PROTOCOL.num_subjects == 68
    assert PROTOCOL.census == dict(negative=250, positive=109, surprise=83)
    assert {name: sum(census.values()) for name, census in PART_CENSUS.items()} == dict(casme2=145, samm=133, smic=164)
    assert set(PROTOCOL.mapping) <= CompositeMEDataset.EMOTIONS
    assert len(CompositeMEDataset.EMOTIONS) == 7 + 8 + 3


@pytest.mark.parametrize('dataset, emotion, label', [
    ('casme2', 'disgust', 0), ('casme2', 'repression', 0), ('casme2', 'happiness', 1), ('casme2', 'surprise', 2),
    ('casme2', 'others', None), ('casme2', 'sadness', None), ('casme2', 'fear', None), ('samm', 'sadness', 0),
    ('samm', 'fear', 0), ('samm', 'anger', 0), ('samm', 'contempt', 0), ('samm', 'disgust', 0),
    ('samm', 'happiness', 1), ('samm', 'surprise', 2), ('samm', 'others', None), ('smic', 'negative', 0),
    ('smic', 'positive', 1), ('smic', 'surprise', 2)])
def test_the_class_of_an_emotion_depends_on_the_dataset(dataset, emotion, label):
    assert PROTOCOL.label(f'{dataset}/{emotion}') == label
    assert f'{dataset}/{emotion}' in CompositeMEDataset.EMOTIONS


def test_both_sides_of_the_split(folder):
    train = CompositeMEDataset(str(folder), test_subject='samm-006')
    test = CompositeMEDataset(str(folder), test_subject='samm-006', test_mode=True)
    assert {name: info['label'] for name, info in infos(test).items()} == {
        'samm/006/006_1_2': 0, 'samm/006/006_3_5': 2}
    labels = {name: (info['emotion'], info['label'], info['dataset']) for name, info in infos(train).items()}
    assert labels['samm/026/026_1_1'] == ('fear', 0, 'samm')          # the emotion stays as released
    assert labels['smic/s01/s01_po_01'] == ('positive', 1, 'smic')
    assert len(train) == 8 and not set(infos(train)) & set(infos(test))
    assert not sample_keys(train)[0] & sample_keys(test)[0]
    assert train.metainfo['protocol'] == '3-class' and train.metainfo['dataset_name'] == 'MEGC2019 composite'


def test_every_subject_is_tested_once(folder):
    subjects = sorted({info['subject'] for info in infos(CompositeMEDataset(str(folder), allow_overlap=True)).values()})
    assert subjects == ['casme2-sub01', 'casme2-sub04', 'casme2-sub05', 'samm-006', 'samm-007', 'samm-026', 'smic-s01',
                        'smic-s11']
    folds = [set(infos(CompositeMEDataset(str(folder), test_subject=subject, test_mode=True))) for subject in subjects]
    assert sum(map(len, folds)) == len(set.union(*folds)) == 10


def test_frames_are_read_from_the_parts(folder):
    pipeline = [SampleMEFrames(clip_len=2), LoadPackedFrames(with_landmarks=True)]
    dataset = CompositeMEDataset(str(folder), test_subject='smic-s11', test_mode=True, pipeline=pipeline)
    (info,) = infos(dataset).values()
    assert info['frames_path'].endswith('smic/clips/s11/s11_sur_01.npy')
    results = dataset[0]
    assert results['imgs'].shape == (2, 16, 16) and results['landmarks'].shape == (2, 68, 2)


def test_a_protocol_of_ones_own(folder):
    protocol = dict(classes=['fear', 'other'], mapping={'samm/fear': 'fear', 'smic/negative': 'other'})
    dataset = CompositeMEDataset(str(folder), protocol=protocol, allow_overlap=True)
    assert {name: info['label'] for name, info in infos(dataset).items()} == {
        'samm/026/026_1_1': 0, 'smic/s01/s01_ne_01': 1}


def test_unknown_subjects_and_emotions(folder, tmp_path):
    with pytest.raises(DatasetError, match="'sub01' is not in .*casme2-sub01, casme2-sub04"):
        CompositeMEDataset(str(folder), test_subject='sub01')
    content = json.loads((folder / 'annotations.json').read_text())
    content['data_list'][-1]['emotion'] = 'fear'
    (tmp_path / 'annotations.json').write_text(json.dumps(content))
    with pytest.raises(DatasetError, match="s11_sur_01 has the emotion 'smic/fear', which CompositeMEDataset"):
        CompositeMEDataset(str(tmp_path), test_subject='smic-s01')
