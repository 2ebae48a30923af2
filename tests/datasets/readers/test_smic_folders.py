from __future__ import annotations

from pathlib import Path

import pytest
from mini_smic import SHORT_SAMPLES, touch, write_short

from fdp_mmaction.datasets.readers.smic import SMIC_HS, SMIC_VIS, read_smic
from fdp_mmaction.datasets.readers.smic_folders import camera_of
from fdp_mmaction.errors import DatasetError


@pytest.mark.parametrize('path, camera', [
    ('a/HS', 'HS'), ('a/SMIC_all_cropped/NIR', 'NIR'), ('a/SMIC-E_raw image/VIS_long/SMIC-VIS-E', 'VIS'),
    ('a/VIS/SMIC_HS_E_crop', 'HS'), ('a/hs_long/x', 'HS'), ('a/smic', None), ('a/chs/navis', None), ('a', None)])
def test_camera_of(path, camera):
    assert camera_of(Path('a'), Path(path)) == camera


def test_the_name_of_the_root_counts_but_not_what_is_above(tmp_path):
    assert camera_of(tmp_path / 'NIR', tmp_path / 'NIR/x') == 'NIR'
    assert camera_of(tmp_path / 'NIR/x', tmp_path / 'NIR/x') is None


def test_root_may_be_the_folder_of_the_camera(tmp_path, monkeypatch):
    for camera in ('HS', 'VIS'):
        write_short(tmp_path / camera, camera)
    root = tmp_path / 'VIS/SMIC_all_raw/SMIC_all_raw/VIS'
    assert len(SMIC_VIS.read(root).records) == len(SHORT_SAMPLES)
    monkeypatch.chdir(root)
    assert len(SMIC_VIS.read('.').records) == len(SHORT_SAMPLES)
    with pytest.raises(DatasetError, match=r'No clips of the camera HS in .*\(found: VIS\)'):
        SMIC_HS.read(root)
    assert {SMIC_HS.read(tmp_path).source['clips'], SMIC_VIS.read(tmp_path).source['clips']} == {
        'HS/SMIC_all_raw/SMIC_all_raw/HS', 'VIS/SMIC_all_raw/SMIC_all_raw/VIS'}


def test_folders_that_name_no_camera_serve_any(tmp_path):
    touch(tmp_path / 'clips/s1/micro/negative/s1_ne_01', 'image1.bmp')
    assert [len(reader.read(tmp_path).records) for reader in (SMIC_HS, SMIC_VIS)] == [1, 1]
    touch(tmp_path / 'HS/s2/micro/negative/s2_ne_01', 'image1.bmp')
    assert [record.subject for record in SMIC_HS.read(tmp_path).records] == ['s02']
    with pytest.raises(DatasetError, match='No clips of the camera VIS'):
        SMIC_VIS.read(tmp_path)


def test_cropped_is_known_by_its_files_or_its_name(tmp_path):
    touch(tmp_path / 'raw/HS/s1/micro/negative/s1_ne_01', 'reg_image000012.bmp')
    assert read_smic(tmp_path / 'raw').layout == 'cropped'
    touch(tmp_path / 'my_raw/SMIC_crop/HS/s1/micro/negative/s1_ne_01', 'image000012.bmp')
    assert read_smic(tmp_path / 'my_raw').layout == 'cropped'
    touch(tmp_path / 'crops/SMIC_all_raw/HS/s1/micro/negative/s1_ne_01', 'image000012.bmp')
    assert read_smic(tmp_path / 'crops').layout == 'raw'


def test_padded_and_unpadded_folder_of_one_subject(tmp_path):
    for subject in ('s1', 's01'):
        touch(tmp_path / subject / 'micro/negative' / f'{subject}_ne_01', 'image000001.bmp')
        touch(tmp_path / subject / 'micro/negative' / f'{subject}_ne_0{len(subject)}', 'image000001.bmp')
        touch(tmp_path / subject / 'non_micro/x', 'image000001.bmp')
    result = read_smic(tmp_path)
    assert [record.sample_id for record in result.records] == [
        'smic/s01/s01_ne_01', 'smic/s01/s01_ne_02', 'smic/s01/s01_ne_03']
    assert [(entry.item, entry.lost) for entry in result.left_out] == [
        ('folder micro/negative/s1_ne_01 (s01/s01_ne_01)', True)]
    assert result.left_out[0].reason == 'contradicts folder micro/negative/s01_ne_01 of the same clip'
    assert result.unlabelled == ('s01/non_micro/x', 's01/s1/non_micro/x')
    assert result.num_rows == 4
