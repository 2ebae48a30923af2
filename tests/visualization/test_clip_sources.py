import json

import cv2
import numpy as np
import pytest

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization import clip_sources, read_image_folder, read_prepared_clip, read_video


def blocks(count=5, height=32, width=48):
    """BGR frames of one colour each, which survive compression."""
    return [np.full((height, width, 3), (20 + 30 * i, 90, 200 - 30 * i), dtype=np.uint8) for i in range(count)]


@pytest.fixture
def video(tmp_path):
    path = tmp_path / 'clip.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 30, (48, 32))
    for frame in blocks():
        writer.write(frame)
    writer.release()
    return path


def test_prepared_folder(prepared):
    record = json.loads((prepared / 'annotations.json').read_text())['data_list'][7]
    for name in (record['sample_id'], 'sub02/EP02_01'):
        clip = read_prepared_clip(prepared, name)
        assert clip.name == 'noise/sub02/EP02_01' and clip.label == record['emotion']
        np.testing.assert_array_equal(clip.frames, np.load(prepared / record['frames']))
        assert clip.frame_ids.tolist() == record['frame_ids'] and clip.apex == 15 and clip.apex_index == 5
    assert read_prepared_clip(prepared).name == 'noise/sub01/EP00_01'


def test_record_of_a_prepared_folder(prepared):
    record = clip_sources.read_prepared_record(prepared, 'sub02/EP02_01')
    assert record['sample_id'] == 'noise/sub02/EP02_01' and record['frames_path'].endswith('sub02/EP02_01.npy')
    assert np.load(record['landmarks_path']).shape == (12, 68, 2)
    path = prepared / 'annotations.json'
    path.write_text(path.read_text().replace('"landmarks": "', '"landmarks": null, "x": "'))
    assert clip_sources.read_prepared_record(prepared)['landmarks_path'] is None


def test_prepared_folder_sentences(prepared, tmp_path):
    with pytest.raises(DatasetError, match='has no sample sub02/EP09_01; among its 15 are, for example, noise/sub02'):
        read_prepared_clip(prepared, 'sub02/EP09_01')
    with pytest.raises(DatasetError, match='3 samples of .* end in EP02_01: name one of them, for example noise/sub01'):
        read_prepared_clip(prepared, 'EP02_01')
    with pytest.raises(DatasetError, match='does not exist: prepare a dataset first'):
        read_prepared_clip(tmp_path)
    (prepared / 'clips/sub01/EP00_01.npy').unlink()
    with pytest.raises(DatasetError, match='noise/sub01/EP00_01: .*EP00_01.npy is missing or damaged'):
        read_prepared_clip(prepared)
    (prepared / 'annotations.json').write_text('[]')
    with pytest.raises(DatasetError, match='damaged or not a prepared folder'):
        read_prepared_clip(prepared)


def test_image_folder_goes_by_number(tmp_path):
    for index, frame in enumerate(blocks()):
        cv2.imwrite(str(tmp_path / f'img{8 + index}.png'), frame)      # img10 sorts before img8 by name
    (tmp_path / 'notes.txt').write_text('not an image')
    clip = read_image_folder(tmp_path)
    assert clip.frame_ids.tolist() == [8, 9, 10, 11, 12] and clip.frames.shape == (5, 32, 48)
    expected = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)[0, 0] for frame in blocks()]
    assert np.abs(clip.frames[:, 0, 0].astype(int) - np.array(expected, dtype=int)).max() <= 1
    colour = read_image_folder(tmp_path, colour=True, start=9, end=11)
    assert colour.frame_ids.tolist() == [9, 10, 11]
    np.testing.assert_array_equal(colour.frames, np.stack(blocks()[1:4])[..., ::-1])
    cv2.imwrite(str(tmp_path / 'other10.png'), blocks()[0])      # a number twice: by name then
    assert read_image_folder(tmp_path).frame_ids.tolist() == list(range(6))


def test_image_folder_sentences(tmp_path):
    with pytest.raises(DatasetError, match='is not a folder'):
        read_image_folder(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match='holds no .jpg'):
        read_image_folder(tmp_path)
    cv2.imwrite(str(tmp_path / '1.png'), blocks()[0])
    with pytest.raises(DatasetError, match='has 1 frame here'):
        read_image_folder(tmp_path)
    cv2.imwrite(str(tmp_path / '2.png'), blocks(height=20)[0])
    with pytest.raises(DatasetError, match='frame 2 is 48x20 pixels, the first 48x32'):
        read_image_folder(tmp_path)
    with pytest.raises(DatasetError, match='has frames 1 to 2: nothing lies between'):
        read_image_folder(tmp_path, start=3)
    with pytest.raises(DatasetError, match='The start 2 lies after the end 1: exchange them'):
        read_image_folder(tmp_path, start=2, end=1)
    (tmp_path / '2.png').write_bytes(b'\x89PNG')
    with pytest.raises(DatasetError, match='2.png is damaged'):
        read_image_folder(tmp_path)


def test_video(video):
    clip = read_video(video, colour=True)
    assert clip.frame_ids.tolist() == [0, 1, 2, 3, 4]
    assert np.abs(clip.frames.astype(int) - np.stack(blocks())[..., ::-1]).max() < 12      # lossy
    grey = read_video(video, start=1, end=3)
    assert grey.frame_ids.tolist() == [1, 2, 3] and grey.frames.shape == (3, 32, 48)
    np.testing.assert_array_equal(grey.frames[0], cv2.cvtColor(clip.frames[1], cv2.COLOR_RGB2GRAY))


def test_video_sentences(video, tmp_path, monkeypatch):
    with pytest.raises(DatasetError, match='does not exist'):
        read_video(tmp_path / 'nowhere.mp4')
    (tmp_path / 'broken.mp4').write_bytes(b'no video')
    with pytest.raises(DatasetError, match=r'broken.mp4 cannot be read'):
        read_video(tmp_path / 'broken.mp4')
    with pytest.raises(DatasetError, match='clip.avi has frames 0 to 4: nothing lies between'):
        read_video(video, start=9)
    with pytest.raises(DatasetError, match='The start 3 lies after the end 1: exchange them'):
        read_video(video, start=3, end=1)
    monkeypatch.setattr(clip_sources, 'MAX_BYTES', 3 * 32 * 48)
    with pytest.raises(DatasetError, match='does not fit into memory beyond frame 3'):
        read_video(video)
