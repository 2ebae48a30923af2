from __future__ import annotations

import pytest
from conftest import write_prepared

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.casme import CASMEDataset
from fdp_mmaction.datasets.readers.casme import CENSUS
from fdp_mmaction.errors import DatasetError

SAMPLES = {'4-class': 189, '4-class-frequent': 171, '8-class': 189}


@pytest.mark.parametrize('name, protocol', CASMEDataset.PROTOCOLS.items())
def test_protocol_tables_are_consistent(name, protocol):
    assert protocol.name == name and len(protocol.classes) == int(name[0])
    assert set(protocol.mapping.values()) == set(protocol.classes) == set(protocol.census)
    assert set(CENSUS.emotions) == CASMEDataset.EMOTIONS and set(protocol.mapping) <= CASMEDataset.EMOTIONS
    for emotion_class, count in protocol.census.items():
        assert count == sum(CENSUS.emotions[e] for e, c in protocol.mapping.items() if c == emotion_class)
    assert sum(protocol.census.values()) == SAMPLES[name]


def test_labels(tmp_path):
    folder = write_prepared(tmp_path, emotions=('tense', 'fear', 'surprise', 'repression', 'happiness'))
    labels = {}
    for protocol in CASMEDataset.PROTOCOLS:
        dataset = CASMEDataset(folder, protocol=protocol, test_subject='sub01', test_mode=True)
        infos = [dataset.get_data_info(index) for index in range(len(dataset))]
        labels[protocol] = {info['emotion']: info['label'] for info in infos}
    assert labels['4-class'] == dict(happiness=0, fear=1, surprise=2, tense=3, repression=3)
    assert labels['4-class-frequent'] == dict(surprise=1, repression=2, tense=3)
    assert labels['8-class'] == dict(tense=0, repression=2, surprise=3, happiness=4, fear=6)
    assert CASMEDataset(folder, test_subject='sub01').protocol.name == '4-class-frequent'
    with pytest.raises(DatasetError, match="'others', which CASMEDataset does not know"):
        CASMEDataset(write_prepared(tmp_path / 'other', emotions=('others', 'fear')), test_subject='sub01')
