from __future__ import annotations

import pytest
from conftest import write_prepared
from mini_casme_squared import write_mini_casme_squared

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.casme_squared import CASMESquaredDataset
from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers.casme_squared import CASME_SQUARED, CENSUS
from fdp_mmaction.errors import DatasetError


@pytest.mark.parametrize('name, classes, samples', [
    ('4-class', ('negative', 'positive', 'surprise', 'others'), 57),
    ('3-class', ('negative', 'positive', 'surprise'), 38)])
def test_protocol_tables_are_consistent(name, classes, samples):
    protocol = CASMESquaredDataset.PROTOCOLS[name]
    assert protocol.name == name and protocol.classes == classes
    assert protocol.mapping == {emotion: emotion for emotion in classes}
    assert protocol.census == {emotion: CENSUS.emotions[emotion] for emotion in classes}
    assert sum(protocol.census.values()) == samples
    assert set(CENSUS.emotions) == CASMESquaredDataset.EMOTIONS


def test_number_of_subjects():
    protocols = CASMESquaredDataset.PROTOCOLS
    assert (protocols['4-class'].num_subjects, protocols['3-class'].num_subjects) == (CENSUS.subjects, None)


def test_labels(tmp_path):
    folder = write_prepared(tmp_path, clips=4, emotions=('others', 'surprise', 'negative', 'positive'))
    labels = {}
    for protocol in ('4-class', '3-class'):
        dataset = CASMESquaredDataset(folder, protocol=protocol, test_subject='sub01', test_mode=True)
        infos = [dataset.get_data_info(index) for index in range(len(dataset))]
        labels[protocol] = {info['emotion']: info['label'] for info in infos}
    assert labels['4-class'] == dict(negative=0, positive=1, surprise=2, others=3)
    assert labels['3-class'] == dict(negative=0, positive=1, surprise=2)
    assert CASMESquaredDataset(folder, test_subject='sub01').protocol.name == '4-class'
    with pytest.raises(DatasetError, match="'happiness', which CASMESquaredDataset does not know"):
        CASMESquaredDataset(write_prepared(tmp_path / 'other'), test_subject='sub01')


def test_from_the_release_to_the_dataset(tmp_path):
    write_mini_casme_squared(tmp_path / 'release', 'cropped')
    prepare_release(CASME_SQUARED, tmp_path / 'release', tmp_path / 'prepared',
                    PreparationSettings(size=32, landmark_source='none'))
    for test_mode, length in ((True, 3), (False, 5)):
        dataset = CASMESquaredDataset(tmp_path / 'prepared', test_subject='s16', test_mode=test_mode)
        assert len(dataset) == length
    assert dataset.metainfo['dataset_name'] == 'CAS(ME)^2' and dataset.metainfo['source']['fps'] == 30
