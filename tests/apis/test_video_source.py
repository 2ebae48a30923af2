from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny_inference
import torch

from fdp_mmaction.apis.frame_times import is_uneven
from fdp_mmaction.apis.video_source import WHOLE, Part, open_source
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.image_io import read_colour, read_gray

FRAMES = np.stack([np.full((48, 64, 3), 20 + 9 * number, dtype=np.uint8) for number in range(20)])


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp('sources')
    tiny_inference.write_video(root / 'v.mp4', FRAMES, 'mp4v', 25)
    tiny_inference.write_video(root / 'v.avi', FRAMES, 'MJPG', 25)
    tiny_inference.write_images(root / 'images', FRAMES, 8)
    return root


def level(path: str) -> float:
    return float(read_gray(path).mean())


@pytest.mark.parametrize(('name', 'first', 'timed'), [('v.mp4', 0, True), ('v.avi', 0, True), ('images', 8, False)])
def test_frames_by_number(folder, tmp_path, name, first, timed):
    whole = open_source(folder / name, 0, WHOLE, tmp_path)
    assert whole.frame_ids == tuple(range(first, first + 20)) and whole.clip == name.split('.')[0]
    assert whole.timed == timed and not whole.remarks and whole.source == str(folder / name)
    part = open_source(str(folder / name), 0, Part(first + 5, first + 7), tmp_path)
    assert part.frame_ids == (first + 5, first + 6, first + 7)
    for frames in (whole, part):
        for number, path in zip(frames.frame_ids, frames.frame_paths):
            assert abs(level(path) - (20 + 9 * (number - first))) < 4
    if timed:
        np.testing.assert_allclose(whole.times, np.arange(20) / 25, atol=1e-3)
        np.testing.assert_allclose(part.times, np.arange(5, 8) / 25, atol=1e-3)
    told = open_source(folder / name, 0, Part(first + 5, fps=10), tmp_path)
    np.testing.assert_allclose(told.times, np.arange(5, 20) / 10)
    assert not told.timed


@pytest.mark.parametrize('kind', [np.asarray, torch.from_numpy])
def test_arrays(tmp_path, kind):
    rng = np.random.default_rng(0)
    colour = rng.integers(0, 256, (5, 40, 30, 3), dtype=np.uint8)
    frames = open_source(kind(colour), 3, Part(1, 3), tmp_path)
    assert frames.source == 'array3' and frames.frame_ids == (1, 2, 3) and frames.times is None
    for number, path in zip(frames.frame_ids, frames.frame_paths):
        np.testing.assert_array_equal(read_colour(path), colour[number])
    assert len(list(tmp_path.iterdir())) == 3           # no more than is wanted
    grey = open_source(kind(np.ascontiguousarray(colour[..., 0])), 0, WHOLE, tmp_path)
    np.testing.assert_array_equal(read_gray(grey.frame_paths[4]), colour[4, ..., 0])
    for wrong in (colour[0, 0], colour[..., :2], colour.astype(np.float32), colour[:0]):
        with pytest.raises(DatasetError, match=r'array0: frames are an array \(F, H, W\) or \(F, H, W, 3\) of uint8'):
            open_source(wrong, 0, WHOLE, tmp_path)


def test_a_rate_that_varies(folder, tmp_path):
    path = tiny_inference.write_video(tmp_path / 'v.mp4', FRAMES, 'mp4v', 25)
    durations = [1, 1, 3, 1, 2] * 4
    tiny_inference.retime(path, durations)
    frames = open_source(path, 0, WHOLE, tmp_path)
    expected = np.concatenate(([0], np.cumsum(durations)[:-1])) / 25
    np.testing.assert_allclose(frames.times, expected, atol=1e-3)
    assert is_uneven(frames.times) and abs(level(frames.frame_paths[19]) - 191) < 3


def test_a_truncated_file(folder, tmp_path):
    grain = np.random.default_rng(0).integers(0, 256, (20, 48, 64, 3), dtype=np.uint8)
    whole = tiny_inference.write_video(tmp_path / 'v.avi', grain).read_bytes()
    (tmp_path / 'cut.avi').write_bytes(whole[:len(whole) * 6 // 10])
    frames = open_source(tmp_path / 'cut.avi', 0, WHOLE, tmp_path)
    assert 5 <= len(frames.frame_ids) <= 13
    [remark] = frames.remarks
    assert remark == (f'cut.avi announces 20 frames and ends after {len(frames.frame_ids)}: it seems truncated; copy '
                      'it again if the end matters.')
    with pytest.raises(DatasetError, match='announces 20 frames'):
        open_source(tmp_path / 'cut.avi', 0, Part(offset=19), tmp_path)
    whole = (folder / 'v.mp4').read_bytes()
    (tmp_path / 'cut.mp4').write_bytes(whole[:len(whole) * 6 // 10])            # its index was at the end
    with pytest.raises(DatasetError, match=r'Video cut\.mp4 cannot be read: it is damaged'):
        open_source(tmp_path / 'cut.mp4', 0, WHOLE, tmp_path)


def test_what_is_no_source(folder, tmp_path):
    (tmp_path / 'text.mp4').write_text('no video')
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'notes').mkdir()
    (tmp_path / 'notes/readme.txt').write_text('no image')
    cv2.imwrite(str(tmp_path / 'one.png'), FRAMES[0])
    for name, sentence in (('text.mp4', 'Video text.mp4 cannot be read: it is damaged or of an unknown format'),
                           ('empty', 'holds no .jpg, .jpeg, .png, .bmp image'), ('notes', 'holds no .jpg'),
                           ('one.png', 'is a single image'), ('lost.mp4', 'lost.mp4 does not exist')):
        with pytest.raises(DatasetError, match=sentence.replace('.', r'\.')):
            open_source(tmp_path / name, 0, WHOLE, tmp_path)
    for part, sentence in ((Part(20), 'the onset 20 does not lie there: correct it'),
                           (Part(offset=20), 'the offset 20 does not lie there: correct it'),
                           (Part(-1, 5), 'the onset -1 does not lie there: correct it'),
                           (Part(-1, 20), 'the onset -1 and the offset 20 do not lie there: correct them')):
        with pytest.raises(DatasetError, match=rf'v\.mp4 has 20 frames, 0 to 19, and {sentence}\.$'):
            open_source(folder / 'v.mp4', 0, part, tmp_path)
    with pytest.raises(DatasetError, match='has 20 frames, 8 to 27, and the onset 7 does not'):
        open_source(folder / 'images', 0, Part(7), tmp_path)
    tiny_inference.write_images(tmp_path / 'gap', FRAMES[:2], 1)
    (tmp_path / 'gap/img2.png').rename(tmp_path / 'gap/img9.png')
    with pytest.raises(DatasetError, match='has 2 frames, 1 to 9, and none of them from 3 to 5: correct onset'):
        open_source(tmp_path / 'gap', 0, Part(3, 5), tmp_path)


@pytest.mark.parametrize(('part', 'sentence'), [
    (dict(onset=5, offset=4), 'onset 5 comes after the offset 4'), (dict(fps=0), 'number above 0; got 0'),
    (dict(onset=5, apex=4), 'The apex 4 does not lie'), (dict(offset=5, apex=6), 'The apex 6 does not lie')])
def test_parts_that_contradict_themselves(part, sentence):
    with pytest.raises(DatasetError, match=sentence):
        Part(**part)
