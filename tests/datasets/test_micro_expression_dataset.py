import json
import re
from pathlib import Path

import pytest

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import CASME2Dataset, MicroExpressionDataset, SyntheticMEDataset
from fdp_mmaction.datasets.micro_expression_dataset import ROOT_VARIABLES
from fdp_mmaction.engine.publishing.licences import prepared_folder
from fdp_mmaction.errors import DatasetError


def ids(dataset):
    return {dataset.get_data_info(i)['sample_id'] for i in range(len(dataset))}


def edit(prepared, change):
    path = prepared / 'annotations.json'
    content = json.loads(path.read_text())
    change(content['data_list'])
    path.write_text(json.dumps(content))


def test_both_sides_of_the_split_share_no_subject(prepared):
    train = CASME2Dataset(prepared, test_subject='sub02')
    test = CASME2Dataset(prepared, test_subject='sub02', test_mode=True)
    assert len(train) == 10 and len(test) == 5
    assert {i.split('/')[1] for i in ids(test)} == {'sub02'}
    assert {i.split('/')[1] for i in ids(train)} == {'sub01', 'sub03'}


def test_every_subject_is_tested_once(prepared):
    folds = [ids(SyntheticMEDataset(prepared, test_subject=f'sub{s:02d}', test_mode=True)) for s in (1, 2, 3)]
    assert len(set.union(*folds)) == sum(map(len, folds)) == 15


def test_several_subjects_may_be_left_out(prepared):
    test = CASME2Dataset(prepared, test_subject=['sub01', 'sub03'], test_mode=True)
    assert len(test) == 10
    assert test.metainfo['test_subjects'] == ('sub01', 'sub03')


def test_one_folder_serves_several_protocols(prepared):
    five = CASME2Dataset(prepared, test_subject='sub01')
    three = CASME2Dataset(prepared, protocol='3-class', test_subject='sub01')
    assert five.metainfo['classes'] == ('happiness', 'disgust', 'repression', 'surprise', 'others')
    assert three.metainfo['classes'] == ('negative', 'positive', 'surprise')
    assert len(five) == 10 and len(three) == 8          # 'others' is left out
    info = three.get_data_info(1)
    assert info['emotion'] == 'disgust' and three.metainfo['classes'][info['label']] == 'negative'


def test_own_protocol(prepared):
    mapping = dict(surprise='yes', happiness='no')
    protocol = dict(classes=['no', 'yes'], mapping=mapping)
    dataset = MicroExpressionDataset(prepared, protocol=protocol, test_subject='sub01')
    assert [dataset.get_data_info(i)['label'] for i in range(len(dataset))] == [0, 1, 0, 1]
    with pytest.raises(DatasetError, match='maps to maybe'):
        MicroExpressionDataset(prepared, protocol=dict(classes=['no'], mapping=dict(surprise='maybe')))


@pytest.mark.parametrize('name, protocol', CASME2Dataset.PROTOCOLS.items())
def test_protocol_tables_are_consistent(name, protocol):
    assert protocol.name == name and len(protocol.classes) == int(name[0])
    assert set(protocol.mapping.values()) == set(protocol.classes) == set(protocol.census)
    released = dict(others=99, disgust=63, happiness=32, repression=27, surprise=25, sadness=7, fear=2)
    for emotion_class, count in protocol.census.items():
        assert count == sum(released[e] for e, c in protocol.mapping.items() if c == emotion_class)


def test_unknown_subject_names_those_there_are(prepared):
    with pytest.raises(DatasetError, match="'sub09' is not in .*sub01, sub02, sub03"):
        CASME2Dataset(prepared, test_subject='sub09')


def test_subject_without_an_me_of_the_protocol(prepared):
    def only_others(records):
        for record in records:
            if record['subject'] == 'sub03':
                record['emotion'] = 'others'
    edit(prepared, only_others)
    assert len(CASME2Dataset(prepared, test_subject='sub03', test_mode=True)) == 5
    with pytest.raises(DatasetError, match="'sub03' has no ME of protocol 3-class"):
        CASME2Dataset(prepared, protocol='3-class', test_subject='sub03', test_mode=True)


def test_no_subject_left_out_must_be_said(prepared):
    with pytest.raises(DatasetError, match='allow_overlap'):
        CASME2Dataset(prepared)
    assert len(CASME2Dataset(prepared, allow_overlap=True)) == 15


def test_only_one_subject_leaves_nothing_to_train_on(prepared):
    edit(prepared, lambda records: records.__delitem__(slice(5, None)))
    with pytest.raises(DatasetError, match='leaves no ME to train on'):
        CASME2Dataset(prepared, test_subject='sub01')


def test_unknown_emotion_names_the_clip(prepared):
    edit(prepared, lambda records: records[7].update(emotion='hapiness'))
    with pytest.raises(DatasetError, match="noise/sub02/EP02_01 has the emotion 'hapiness'"):
        CASME2Dataset(prepared, test_subject='sub01')


def test_emotions_outside_the_protocol_are_left_out(prepared):
    edit(prepared, lambda records: records[7].update(emotion='sadness'))
    assert len(CASME2Dataset(prepared, test_subject='sub01')) == 9
    assert len(CASME2Dataset(prepared, protocol='7-class', test_subject='sub01')) == 10


@pytest.mark.parametrize('content', ['', '[]', '{"data_list": 3}', '{"metainfo": {}}'])
def test_foreign_annotations(prepared, content):
    (prepared / 'annotations.json').write_text(content)
    with pytest.raises(DatasetError, match='not the annotations of a prepared folder'):
        CASME2Dataset(prepared, test_subject='sub01')


def test_incomplete_record_and_missing_folder(prepared):
    edit(prepared, lambda records: records[3].pop('frames'))
    with pytest.raises(DatasetError, match='record 3 lacks frames'):
        CASME2Dataset(prepared, test_subject='sub01')
    with pytest.raises(DatasetError, match='prepare the dataset first'):
        CASME2Dataset(prepared / 'nowhere', test_subject='sub01')


def test_unknown_protocol(prepared):
    with pytest.raises(DatasetError, match='5-class, 3-class, 4-class, 7-class'):
        CASME2Dataset(prepared, protocol='6-class', test_subject='sub01')


def test_released_class_order_and_folds(prepared):
    dataset = CASME2Dataset(prepared, protocol='5-class-released', test_subject='sub01')
    assert dataset.metainfo['classes'] == ('surprise', 'happiness', 'disgust', 'repression', 'others')
    assert [dataset.get_data_info(i)['label'] for i in range(5)] == [1, 2, 3, 0, 4]
    folds = dataset.protocol.folds
    assert len(folds) == 25 and folds[:4] == ('sub17', 'sub26', 'sub16', 'sub09') and folds[-1] == 'sub07'
    assert set(folds) == {f'sub{s:02d}' for s in range(1, 27)} - {'sub18'}


def test_short_mes_are_left_out_on_wish(prepared, monkeypatch):
    said = []
    monkeypatch.setattr('fdp_mmaction.datasets.micro_expression_dataset.print_log', lambda text, **_: said.append(text))
    edit(prepared, lambda records: [records[index].update(num_frames=index) for index in (7, 8, 2)])
    assert len(CASME2Dataset(prepared, test_subject='sub01')) == 10 and said == []
    train = CASME2Dataset(prepared, test_subject='sub01', min_frames=8)
    test = CASME2Dataset(prepared, test_subject='sub01', test_mode=True, min_frames=8)
    assert len(train) == 9 and len(test) == 4
    assert 'noise/sub02/EP02_01' not in ids(train) and 'noise/sub02/EP03_01' in ids(train)      # 7 and 8 frames
    assert len(said) == 2 and 'min_frames=8 leaves out 2 of 15 MEs' in said[0]
    assert 'noise/sub01/EP02_01 (2), noise/sub02/EP02_01 (7)' in said[0]
    edit(prepared, lambda records: [record.update(num_frames=7) for record in records[:5]])
    with pytest.raises(DatasetError, match="'sub01' has no ME of protocol 5-class with 8 frames or more"):
        CASME2Dataset(prepared, test_subject='sub01', test_mode=True, min_frames=8)


def test_rare_classes_can_be_repeated_by_the_hosts_wrapper(prepared):
    """``ClassBalancedDataset`` asks for labels; nothing of the left-out subject comes in."""
    from collections import Counter

    from mmengine.dataset import ClassBalancedDataset

    def rare(data_list):
        for index, record in enumerate(data_list):
            record['emotion'] = 'surprise' if index in (0, 5) else 'others'
    edit(prepared, rare)
    train = CASME2Dataset(prepared, test_subject='sub03')
    balanced = ClassBalancedDataset(train, oversample_thr=0.5)
    labels = Counter(balanced.get_data_info(i)['label'] for i in range(len(balanced)))
    assert len(train) == 10 and len(balanced) > 10
    assert min(labels.values()) / max(labels.values()) > 0.25 + 0.1      # 2 of 8 before
    assert {balanced.get_data_info(i)['subject'] for i in range(len(balanced))} == {'sub01', 'sub02'}


def test_a_missing_folder_names_the_variable_that_the_configs_read(tmp_path):
    with pytest.raises(DatasetError, match='does not exist: prepare .* elsewhere, set ME_CASME2_ROOT=FOLDER in'):
        CASME2Dataset(tmp_path, test_subject='sub01')
    with pytest.raises(DatasetError, match='elsewhere, set data_root in the config'):
        MicroExpressionDataset(tmp_path, protocol=dict(classes=['a', 'b']), test_subject='sub01')
    configs = Path(__file__).resolve().parents[2] / 'configs/_base_/datasets'
    texts = {path.name: path.read_text() for path in configs.glob('*.py')}
    read = {name for text in texts.values() for name in re.findall(r'\$(ME_\w+_ROOT):', text)}
    assert read == set(ROOT_VARIABLES.values())
    assert all(prepared_folder(name)[0] == variable for name, variable in ROOT_VARIABLES.items())
