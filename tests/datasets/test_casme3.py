from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import write_prepared
from mini_casme2 import write_landmarks
from mini_casme3 import GOOD, write_mini_casme3

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.casme3 import CASME3Dataset, CASME3PartCDataset
from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers.casme3 import CASME3, CENSUS, CENSUS_V1
from fdp_mmaction.datasets.readers.casme3_part_c import EMOTIONS as PART_C_EMOTIONS
from fdp_mmaction.errors import DatasetError

TOTALS = {'7-class': 860, '4-class': 860, '3-class': 699, '7-class-v1': 943, '4-class-v1': 943, '3-class-v1': 773}


@pytest.mark.parametrize('name, protocol', CASME3Dataset.PROTOCOLS.items())
def test_protocol_tables_are_consistent(name, protocol):
    census = CENSUS_V1 if name.endswith('v1') else CENSUS
    assert protocol.name == name and len(protocol.classes) == int(name[0])
    assert set(protocol.mapping.values()) == set(protocol.classes) == set(protocol.census)
    assert set(protocol.mapping) <= CASME3Dataset.EMOTIONS == set(census.emotions)
    for emotion_class, count in protocol.census.items():
        assert count == sum(census.emotions[e] for e, c in protocol.mapping.items() if c == emotion_class)
    assert sum(protocol.census.values()) == TOTALS[name]


def test_published_counts():
    assert CASME3Dataset.PROTOCOLS['4-class'].census == dict(negative=457, positive=55, surprise=187, others=161)
    assert CASME3Dataset.PROTOCOLS['4-class-v1'].census == dict(negative=508, positive=64, surprise=201, others=170)
    assert CASME3Dataset.PROTOCOLS['7-class'].num_subjects == 94
    assert set(CASME3Dataset.PROTOCOLS) == set(TOTALS)


def test_part_c_protocols():
    assert set(CASME3PartCDataset.PROTOCOLS) == {'4-class', '3-class'}
    assert set(PART_C_EMOTIONS) == CASME3PartCDataset.EMOTIONS
    four, three = (CASME3PartCDataset.PROTOCOLS[name] for name in ('4-class', '3-class'))
    assert [four.label(emotion) for emotion in ('negative', 'positive', 'surprise', 'others')] == [0, 1, 2, 3]
    assert [four.label(emotion) for emotion in ('disgust', 'fear', 'anger', 'sadness', 'happiness')] == [0, 0, 0, 0, 1]
    assert three.label('negative') == 0 and three.label('others') is None and len(three.classes) == 3


def test_labels(tmp_path):
    folder = write_prepared(tmp_path, emotions=('surprise', 'anger', 'sadness', 'others', 'happiness'))
    expected = {'7-class': dict(surprise=1, anger=4, sadness=5, others=2, happiness=6),
                '4-class': dict(surprise=2, anger=0, sadness=0, others=3, happiness=1),
                '3-class': dict(surprise=2, anger=0, sadness=0, happiness=1)}
    for protocol, labels in expected.items():
        for name in (protocol, f'{protocol}-v1'):
            dataset = CASME3Dataset(folder, protocol=name, test_subject='sub01', test_mode=True)
            infos = [dataset.get_data_info(index) for index in range(len(dataset))]
            assert {info['emotion']: info['label'] for info in infos} == labels
    with pytest.raises(DatasetError, match="'repression', which CASME3Dataset does not know"):
        CASME3Dataset(write_prepared(tmp_path / 'other'), protocol='7-class', test_subject='sub01')


def test_from_the_release_to_a_fold(tmp_path):
    root, out = write_mini_casme3(tmp_path / 'CASME3'), tmp_path / 'casme3'
    rng = np.random.default_rng(0)
    for record in CASME3.read(root).records:
        write_landmarks(root / 'landmarks', record.subject, record.clip, record.frame_ids, rng)
    image = root / 'part_A/data/part_A_split/part_A/spNO.1/J/color/10.jpg'
    image.write_bytes(image.read_bytes()[:40])       # like the unreadable images of spNO.3/J and spNO.4/j
    settings = PreparationSettings(size=16, landmark_options={'folder': str(root / 'landmarks')})
    report = prepare_release(CASME3, root, out, settings)
    (damaged,) = [entry for entry in report.lost if entry.item == 'spNO.1/j_8']
    assert '10.jpg' in damaged.reason
    assert [f'{record["subject"]}/{record["clip"]}' for record in report.data_list] == [
        name for name in GOOD if name != 'spNO.1/j_8']
    assert '11 samples found, expected 860.' in report.deviations
    train, test = (CASME3Dataset(str(out), protocol='4-class', test_subject='spNO.1', test_mode=mode)
                   for mode in (False, True))
    train_set, test_set = ({side.get_data_info(i)['sample_id'] for i in range(len(side))} for side in (train, test))
    assert test_set == {'casme3/spNO.1/b_16', 'casme3/spNO.1/b_30'}
    assert train_set == {f'casme3/{name}' for name in GOOD if not name.startswith('spNO.1/')}
    frames = np.load(Path(test.get_data_info(0)['frames_path']))
    assert frames.shape == (8, 16, 16)
