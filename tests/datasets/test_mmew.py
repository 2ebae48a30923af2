from __future__ import annotations

import pytest
from conftest import write_prepared

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.mmew import MMEWDataset
from fdp_mmaction.datasets.readers.mmew import CENSUS
from fdp_mmaction.errors import DatasetError

SAMPLES = {'6-class': 234, '4-class': 263, '3-class': 234, '7-class': 300}


@pytest.mark.parametrize('name, protocol', MMEWDataset.PROTOCOLS.items())
def test_protocol_tables_are_consistent(name, protocol):
    assert protocol.name == name and len(protocol.classes) == int(name[0])
    assert set(protocol.mapping.values()) == set(protocol.classes) == set(protocol.census)
    assert set(CENSUS.emotions) == MMEWDataset.EMOTIONS and set(protocol.mapping) <= MMEWDataset.EMOTIONS
    for emotion_class, count in protocol.census.items():
        assert count == sum(CENSUS.emotions[e] for e, c in protocol.mapping.items() if c == emotion_class)
    assert sum(protocol.census.values()) == SAMPLES[name]


def test_labels(tmp_path):
    folder = write_prepared(tmp_path, emotions=('others', 'anger', 'surprise', 'fear', 'happiness'))
    labels = {}
    for protocol in MMEWDataset.PROTOCOLS:
        dataset = MMEWDataset(folder, protocol=protocol, test_subject='sub01', test_mode=True)
        infos = [dataset.get_data_info(index) for index in range(len(dataset))]
        labels[protocol] = {info['emotion']: info['label'] for info in infos}
    assert labels['6-class'] == dict(happiness=0, surprise=1, anger=2, fear=4)
    assert labels['4-class'] == dict(happiness=0, surprise=1, others=3)
    assert labels['3-class'] == dict(anger=0, fear=0, happiness=1, surprise=2)
    assert labels['7-class'] == dict(labels['6-class'], others=6)
    assert MMEWDataset(folder, test_subject='sub01').protocol.name == '6-class'
    with pytest.raises(DatasetError, match="'repression', which MMEWDataset does not know"):
        MMEWDataset(write_prepared(tmp_path / 'other'), test_subject='sub01')
