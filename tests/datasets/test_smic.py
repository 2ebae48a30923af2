from __future__ import annotations

import pytest
from conftest import write_prepared

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.readers.smic import CENSUS
from fdp_mmaction.datasets.smic import SMICDataset
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import DATASETS

EMOTIONS = ('surprise', 'negative', 'positive', 'negative')


def test_protocol_agrees_with_the_census_of_hs():
    protocol = SMICDataset.PROTOCOLS['3-class']
    assert protocol.name == '3-class' and protocol.classes == ('negative', 'positive', 'surprise')
    assert protocol.census == CENSUS['HS'].emotions and protocol.num_subjects == CENSUS['HS'].subjects
    assert set(protocol.mapping) == SMICDataset.EMOTIONS


def test_order_and_folds_of_the_released_code():
    released, standard = (SMICDataset.PROTOCOLS[name] for name in ('3-class-released', '3-class'))
    assert released.classes == ('surprise', 'positive', 'negative') and released.mapping == standard.mapping
    assert released.census == standard.census and released.subject_census == standard.subject_census
    assert released.folds == tuple(f's{k:02d}' for k in (1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, 18, 19, 20))


def test_the_three_classes_are_the_default(tmp_path):
    folder = str(write_prepared(tmp_path, clips=4, emotions=EMOTIONS))
    dataset = DATASETS.build(dict(type='SMICDataset', data_root=folder, test_subject='sub01', test_mode=True))
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    assert [info['label'] for info in infos] == [2, 0, 1, 0]
    assert dataset.metainfo['dataset_name'] == 'SMIC' and dataset.metainfo['protocol'] == '3-class'
    assert len(SMICDataset(folder, test_subject='sub01')) == 8
    own = SMICDataset(folder, dict(classes=['no', 'yes'], mapping=dict(surprise='yes', negative='no')),
                      test_subject='sub01', test_mode=True)
    assert [own.get_data_info(index)['label'] for index in range(len(own))] == [1, 0, 0]


def test_emotions_of_other_releases_and_unknown_protocols_are_errors(tmp_path):
    with pytest.raises(DatasetError, match="'happiness', which SMICDataset does not know"):
        SMICDataset(str(write_prepared(tmp_path)), test_subject='sub01')
    with pytest.raises(DatasetError, match="SMICDataset has no protocol '5-class'; it knows 3-class"):
        SMICDataset(str(tmp_path), '5-class', test_subject='sub01')
