from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from mini_custom import ROWS, picture, write_mini_custom, write_table, write_video

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import MicroExpressionDataset
from fdp_mmaction.datasets.preparation import PreparationSettings
from fdp_mmaction.datasets.preparation.custom import prepare_custom
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.alignment import alignment_matrix, warp_face

SIZE = 24
CROPPED = PreparationSettings(size=SIZE, landmark_source='none')


@pytest.fixture
def table(tmp_path) -> Path:
    return write_mini_custom(tmp_path / 'own')


def with_landmarks(table) -> PreparationSettings:
    return PreparationSettings(size=SIZE, landmark_options={'folder': str(table.parent / 'landmarks')})


def test_frame_folders_and_videos(table, tmp_path):
    report = prepare_custom(table, tmp_path / 'out', with_landmarks(table), fps=30)
    assert report.left_out == () and report.expected is None and report.deviations == []
    assert report.emotions == {'Tense': 3, 'neutral': 2} and len(report.subjects) == 3
    annotations = json.loads((tmp_path / 'out/annotations.json').read_text())
    assert annotations['metainfo']['dataset'] == 'custom' and annotations['metainfo']['fps'] == 30
    record = annotations['data_list'][2]
    assert (record['sample_id'], record['frame_ids'], record['apex']) == ('custom/p02/first', list(range(3, 10)), 6)
    frames = np.load(tmp_path / 'out' / record['frames'])
    landmarks = np.load(table.parent / 'landmarks/p02/first.npz')['landmarks']
    matrix = alignment_matrix(landmarks[0], SIZE)
    for frame, number in zip(frames, record['frame_ids']):
        expected = warp_face(cv2.cvtColor(picture(number), cv2.COLOR_BGR2GRAY), matrix, SIZE)
        assert np.abs(frame.astype(int) - expected.astype(int)).max() <= 3      # lossy; frames are 8 levels apart
    account = (tmp_path / 'out/preparation.json').read_text()
    assert json.loads(account)['census']['expected'] is None and str(tmp_path) not in account
    again = prepare_custom(table, tmp_path / 'out', with_landmarks(table), fps=30)
    assert again.already_done == 5 and again.data_list == report.data_list


def test_processes_read_what_one_reads(table, tmp_path):
    alone = prepare_custom(table, tmp_path / 'one', CROPPED)
    both = prepare_custom(table, tmp_path / 'two', CROPPED, workers=2)
    assert alone.data_list == both.data_list
    for record in alone.data_list:
        name = str(record['frames'])
        assert (tmp_path / 'one' / name).read_bytes() == (tmp_path / 'two' / name).read_bytes()
    assert json.loads((tmp_path / 'one/annotations.json').read_text())['metainfo']['fps'] is None


def test_a_clip_that_cannot_be_read_is_left_out(table, tmp_path):
    image = table.parent / 'clips/a/img12.jpg'
    image.write_bytes(image.read_bytes()[:-30])
    report = prepare_custom(table, tmp_path / 'out', CROPPED)
    assert [entry.item for entry in report.lost] == ['p01/a'] and 'img12.jpg is truncated' in report.lost[0].reason
    assert len(report.data_list) == 4
    with pytest.raises(DatasetError, match='there is no clips/x beside clips.csv'):
        prepare_custom(write_table(table, [('clips/x', 'p', 'y')]), tmp_path / 'other', CROPPED)


def test_another_table_into_the_same_folder_is_refused(table, tmp_path):
    prepare_custom(table, tmp_path / 'out', CROPPED)
    write_table(table, ROWS[:3])
    with pytest.raises(DatasetError, match='sheet_checksum'):
        prepare_custom(table, tmp_path / 'out', CROPPED)
    assert len(prepare_custom(table, tmp_path / 'out', CROPPED, fresh=True).data_list) == 3


def test_training_reads_it_with_a_protocol_of_its_own(table, tmp_path):
    prepare_custom(table, tmp_path / 'out', CROPPED, dataset='mine')
    pipeline = [dict(type='SampleMEFrames', clip_len=4), dict(type='LoadPackedFrames'), dict(type='PackMEInputs')]
    train, test = (MicroExpressionDataset(
        str(tmp_path / 'out'), protocol=dict(classes=['neutral', 'Tense']), test_subject='p02', test_mode=test_mode,
        pipeline=pipeline) for test_mode in (False, True))
    assert [int(item['data_samples'].gt_label) for item in train] == [1, 0, 1]
    assert [int(item['data_samples'].gt_label) for item in test] == [1, 0]
    assert test[0]['inputs'].shape == (1, 1, 4, SIZE, SIZE) and test[0]['data_samples'].sample_id == 'mine/p02/first'
    merged = MicroExpressionDataset(str(tmp_path / 'out'), test_subject='p02', protocol=dict(
        name='any', classes=['moving'], mapping={'Tense': 'moving'}))
    assert len(merged) == 2 and merged.metainfo['protocol'] == 'any'


def test_a_video_cut_short_after_it_was_counted(table, tmp_path, monkeypatch):
    """Between reading and aligning; the others go on."""
    from fdp_mmaction.datasets.preparation import release
    read = release.prepare_release.__globals__['fill_folder']

    def shortened(*args, **options):
        write_video(table.parent / 'videos/v.mp4', 12)
        return read(*args, **options)

    monkeypatch.setattr(release, 'fill_folder', shortened)
    report = prepare_custom(table, tmp_path / 'out', CROPPED)
    assert [(entry.item, entry.reason) for entry in report.lost] == [
        ('p02/second', 'Video v.mp4 ends before frame 12, counted from 0: correct the frame number, or copy the video '
                       'again.')]


def test_the_config_of_the_documentation(table, tmp_path, monkeypatch):
    from mmengine.config import Config
    repo = Path(__file__).parents[3]
    example = (repo / 'docs/datasets/custom.md').read_text(encoding='utf-8').split('```python')[1].split('```')[0]
    config = tmp_path / 'fdp_custom.py'
    config.write_text(example.replace("'_base_/", f"'{repo}/configs/_base_/").replace('data/custom', f'{tmp_path}/out'))
    lower = [(path, subject, str(label).lower(), *rest) for path, subject, label, *rest in ROWS]
    prepare_custom(write_table(table, lower), tmp_path / 'out', CROPPED)
    monkeypatch.setenv('ME_TEST_SUBJECT', 'p02')
    loaders = Config.fromfile(config)
    assert loaders.model.cls_head.num_classes == 2
    for loader, labels in ((loaders.train_dataloader, [1, 0, 1]), (loaders.test_dataloader, [1, 0])):
        dataset = MicroExpressionDataset(**{name: value for name, value in loader.dataset.items() if name != 'type'})
        assert [dataset.get_data_info(index)['label'] for index in range(len(dataset))] == labels
