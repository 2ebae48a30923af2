from __future__ import annotations

import os
import struct
import subprocess
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces import video_io
from fdp_mmaction.faces.image_io import read_colour, read_gray
from fdp_mmaction.faces.video_io import (
    count_video_frames,
    frame_address,
    open_video,
    read_video_frame,
    split_address,
)

COUNT = 30
OPENERS = {'decord': video_io._open_by_decord, 'opencv': video_io._open_by_opencv, 'pyav': video_io._open_by_pyav}


READ_ALL = """
import sys
from fdp_mmaction.faces import video_io
if sys.argv[1] == 'quiet':
    video_io.quiet_decoders()
for path in sys.argv[2:]:
    for number in range(30):
        try:
            video_io.read_video_frame(path, number)
        except video_io.DatasetError:
            pass
"""


def picture(number):
    """A BGR frame whose colour says its number, with one corner marked."""
    frame = np.full((48, 64, 3), (20 + 7 * number, 90, 230 - 7 * number), dtype=np.uint8)
    frame[:8, :8] = (0, 0, 255)
    return frame


def write(path, code, count=COUNT):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), 30, (64, 48))
    for number in range(count):
        writer.write(picture(number))
    writer.release()
    return path


@pytest.fixture(scope='module')
def mpeg4(tmp_path_factory):
    """Frames depend on each other, so a decoder has to search."""
    return write(tmp_path_factory.mktemp('video') / 'clip.mp4', 'mp4v')


@pytest.fixture
def mjpeg(tmp_path):
    return write(tmp_path / 'clip.avi', 'MJPG', 5)


def check(frame, number):
    assert frame.shape == (48, 64, 3) and frame.dtype == np.uint8
    red, green, blue = np.median(frame[12:, 12:], axis=(0, 1))
    assert abs(green - 90) < 6 and abs((red - blue) - (210 - 14 * number)) < 7      # half the step between frames


@pytest.mark.parametrize('name', OPENERS)
def test_frames_in_any_order(mpeg4, mjpeg, name):
    if name != 'opencv':
        pytest.importorskip({'pyav': 'av'}.get(name, name))
    frames = OPENERS[name](str(mpeg4))
    assert frames.count() == COUNT
    for number in (0, 0, 1, 2, 17, 29, 16, 17, 3, 28):
        check(frames.read(number), number)
    assert frames.read(COUNT) is None and frames.read(100) is None
    check(frames.read(29), 29)
    frames.read(5)[:] = 0
    check(frames.read(5), 5)      # what a caller does with a frame does no harm
    assert OPENERS[name](str(mjpeg)).count() == 5


@pytest.mark.parametrize('name', OPENERS)
def test_what_is_no_video(tmp_path, name):
    for content in (b'', b'no video', b'\x00\x00\x00\x20ftypisom' + bytes(200)):
        (tmp_path / 'x.mp4').write_bytes(content)
        assert OPENERS[name](str(tmp_path / 'x.mp4')) is None


def _turned(mpeg4, path):
    """The video with the mark that it is to be shown turned by a quarter, as telephones write it."""
    data = bytearray(mpeg4.read_bytes())
    upright, turned = (struct.pack('>9i', *matrix, 0x40000000) for matrix in (
        (0x10000, 0, 0, 0, 0x10000, 0, 0, 0), (0, 0x10000, 0, -0x10000, 0, 0, 0, 0)))
    place = data.index(upright, data.index(b'tkhd'))
    data[place:place + len(turned)] = turned
    path.write_bytes(data)
    return path


def test_turned_pictures_stand_upright(mpeg4, tmp_path):
    path = str(_turned(mpeg4, tmp_path / 'turned.mp4'))
    found = [opener(path) for opener in OPENERS.values()]
    frames = [video.read(3) for video in (*found, open_video(path)) if video is not None]
    assert len(frames) >= 2
    for frame in frames:
        assert frame.shape == (64, 48, 3)
        assert np.abs(frame[40, 20].astype(int) - picture(3)[20, 40, ::-1]).max() < 7
        assert frame[3, -4, 0] > 200 > 100 > frame[3, -4, 1]      # the marked corner: clockwise from the left


def test_decoders_are_tried_in_turn(mpeg4, monkeypatch):
    asked = []

    def opener(name, result):
        return lambda path: asked.append(name) or result

    for name in ('decord', 'opencv', 'pyav'):
        monkeypatch.setattr(video_io, f'_open_by_{name}', opener(name, None))
    with pytest.raises(DatasetError, match='Video clip.mp4 cannot be read: it is damaged or of an unknown format'):
        open_video(mpeg4)
    assert asked == ['decord', 'opencv', 'pyav']
    monkeypatch.setattr(video_io, '_open_by_opencv', OPENERS['opencv'])
    assert open_video(mpeg4).count() == COUNT and asked[3:] == ['decord']


def test_decord_is_not_asked_for_what_it_would_complain_about(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(video_io, '_open_by_decord', lambda path: asked.append(path))
    (tmp_path / 'text.mp4').write_text('no video')
    for has_ffmpeg in (True, False):
        monkeypatch.setattr(cv2.videoio_registry, 'hasBackend', lambda backend, known=has_ffmpeg: known)
        with pytest.raises(DatasetError, match='text.mp4 cannot be read'):
            open_video(tmp_path / 'text.mp4')
        assert len(asked) == (not has_ffmpeg)


def test_quiet_decoders(monkeypatch):
    levels = []
    monkeypatch.setitem(sys.modules, 'decord', SimpleNamespace(logging=SimpleNamespace(
        QUIET=-8, set_level=levels.append)))
    monkeypatch.setenv('OPENCV_FFMPEG_LOGLEVEL', '16')
    monkeypatch.setenv('OPENCV_LOG_LEVEL', 'E')
    before = cv2.utils.logging.getLogLevel()
    try:
        video_io.quiet_decoders()
        assert levels == [-8] and os.environ['OPENCV_FFMPEG_LOGLEVEL'] == '16'      # what the user has set stays
        assert cv2.utils.logging.getLogLevel() == before
        monkeypatch.delenv('OPENCV_FFMPEG_LOGLEVEL')
        monkeypatch.delenv('OPENCV_LOG_LEVEL')
        video_io.quiet_decoders()
        assert os.environ['OPENCV_FFMPEG_LOGLEVEL'] == '-8' and cv2.utils.logging.getLogLevel() == 0
        monkeypatch.setitem(sys.modules, 'decord', None)
        video_io.quiet_decoders()
    finally:
        cv2.utils.logging.setLogLevel(before)


def test_what_quiet_decoders_say_of_damaged_files(mpeg4, tmp_path):
    """Nothing, in a process of its own: OpenCV asks for the level but once."""
    data, rng = bytearray(mpeg4.read_bytes()), np.random.default_rng(0)
    start, end = data.index(b'mdat'), data.index(b'moov')
    (tmp_path / 'cut.mp4').write_bytes(data[:end - 4])
    for place in rng.integers(start + 500, end - 10, 60):
        data[place] = rng.integers(256)
    (tmp_path / 'noise.mp4').write_bytes(data)
    environment = {key: value for key, value in os.environ.items() if not key.startswith('OPENCV_')}
    quiet, loud = (subprocess.run([sys.executable, '-c', READ_ALL, how, tmp_path / 'cut.mp4', tmp_path / 'noise.mp4'],
                                  capture_output=True, text=True, check=True, env=environment)
                   for how in ('quiet', 'loud'))
    assert quiet.stderr == quiet.stdout == '' and 'moov atom not found' in loud.stderr


def test_without_decord_and_pyav(mpeg4, monkeypatch):
    monkeypatch.setitem(sys.modules, 'decord', None)
    monkeypatch.setitem(sys.modules, 'av', None)
    assert video_io._open_by_decord(str(mpeg4)) is None and video_io._open_by_pyav(str(mpeg4)) is None
    check(open_video(mpeg4).read(7), 7)


def _reader(frames):
    class VideoReader:
        def __init__(self, path, num_threads):
            pass

        def __len__(self):
            return len(frames)

        def __getitem__(self, number):
            if frames[number] is None:
                raise RuntimeError('broken')
            return SimpleNamespace(asnumpy=lambda: frames[number])

    return SimpleNamespace(VideoReader=VideoReader, DECORDError=OSError)


def test_decord_must_give_whole_colour_pictures(mpeg4, monkeypatch):
    sound, four_channels = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 4), np.uint8)
    for frames in ([four_channels] * 3, [sound, sound, None], [None, sound], [sound, four_channels]):
        monkeypatch.setitem(sys.modules, 'decord', _reader(frames))
        assert video_io._open_by_decord('x.mp4') is None
    monkeypatch.setitem(sys.modules, 'decord', _reader([sound, None, sound]))
    video = video_io._open_by_decord('folder/x.mp4')
    assert video.count() == 3 and video.read(2) is sound and video.read(3) is None
    with pytest.raises(DatasetError, match='Video x.mp4: frame 1 cannot be decoded'):
        video.read(1)


@pytest.mark.parametrize('path, parts', [
    ('a/b.mp4#17', ('a/b.mp4', 17)), ('a#1/b.mp4#0', ('a#1/b.mp4', 0)), ('a#1/img12.jpg', None), ('b.mp4', None),
    ('b.mp4#', None), ('b.mp4#-1', None), ('#3', None)])
def test_addresses(path, parts):
    assert split_address(path) == parts
    if parts:
        assert frame_address(*parts) == path


def test_frames_are_read_like_images(mpeg4):
    for number in (4, 5, 2):
        address = frame_address(mpeg4, number)
        check(read_colour(address), number)
        np.testing.assert_array_equal(read_gray(address), cv2.cvtColor(read_colour(address), cv2.COLOR_RGB2GRAY))
    with pytest.raises(DatasetError, match='Video clip.mp4 ends before frame 30, counted from 0'):
        read_gray(frame_address(mpeg4, 30))
    with pytest.raises(DatasetError, match=r'^Video nowhere.mp4 does not exist'):
        read_colour(mpeg4.parent / 'nowhere.mp4#1')
    with pytest.raises(DatasetError, match='does not exist'):
        read_colour(f'{mpeg4.parent}#1')


def test_one_video_stays_open_until_it_changes(mpeg4, mjpeg, monkeypatch):
    opened = []
    monkeypatch.setattr(video_io, 'open_video', lambda path: opened.append(path) or OPENERS['opencv'](path))
    video_io._kept_open.cache_clear()
    for number in range(3):
        check(read_video_frame(mpeg4, number), number)
    assert count_video_frames(mpeg4) == COUNT and len(opened) == 1
    assert count_video_frames(mjpeg) == 5
    write(mjpeg, 'MJPG', 3)
    os.utime(mjpeg, ns=(1, 1))
    assert count_video_frames(mjpeg) == 3 and len(opened) == 3
    video_io._kept_open.cache_clear()
