from __future__ import annotations

import pytest
from conftest import write_prepared

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import SAMMDataset
from fdp_mmaction.errors import DatasetError

RELEASE = dict(anger=57, happiness=26, others=26, surprise=15, contempt=12, disgust=9, fear=8, sadness=6)


@pytest.mark.parametrize('name, protocol', SAMMDataset.PROTOCOLS.items())
def test_protocol_tables_are_consistent(name, protocol):
    assert protocol.name == name and len(protocol.classes) == int(name[0])
    assert set(protocol.mapping.values()) == set(protocol.classes) == set(protocol.census)
    assert set(protocol.mapping) <= SAMMDataset.EMOTIONS == set(RELEASE)
    for emotion_class, count in protocol.census.items():
        assert count == sum(RELEASE[e] for e, c in protocol.mapping.items() if c == emotion_class)
    assert sum(protocol.census.values()) == (136 if name[0] == '5' else 133)


def test_released_folds():
    folds = SAMMDataset.PROTOCOLS['5-class-released'].folds
    assert len(folds) == len(set(folds)) == 28
    assert folds[:4] == ('006', '007', '009', '010') and folds[-9:] == (
        '028', *(f'03{last}' for last in range(8)))
    assert not {'008', '024', '027', '029'} & set(folds)


def test_labels(tmp_path):
    folder = write_prepared(tmp_path, emotions=('surprise', 'anger', 'fear', 'others', 'contempt'))
    labels = {}
    for protocol in ('5-class', '5-class-released'):
        dataset = SAMMDataset(folder, protocol=protocol, test_subject='sub01', test_mode=True)
        infos = [dataset.get_data_info(index) for index in range(len(dataset))]
        labels[protocol] = {info['emotion']: info['label'] for info in infos}
    assert labels['5-class'] == dict(surprise=3, anger=1, others=4, contempt=2)
    assert labels['5-class-released'] == dict(surprise=0, anger=2, others=4, contempt=3)
    with pytest.raises(DatasetError, match="'repression', which SAMMDataset does not know"):
        SAMMDataset(write_prepared(tmp_path / 'other'), test_subject='sub01')
