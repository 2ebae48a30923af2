from __future__ import annotations

from pathlib import Path

import pytest
from tiny_demo import write_video

from fdp_mmaction.demo.limits import Limits, check_extent, check_file, check_numbers, container_of
from fdp_mmaction.errors import DatasetError


@pytest.mark.parametrize('head, kind', [
    (b'\0\0\0\x20ftypisom', 'mp4'), (b'\0\0\0\x08wideabcd', 'mp4'), (b'RIFF\0\0\0\0AVI LIST', 'avi'),
    (b'\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0', 'matroska'), (b'RIFF\0\0\0\0WAVEfmt ', None), (b'#EXTM3U\nhttp://', None),
    (b'ffconcat version 1.0', None), (b'', None)])
def test_a_container_is_known_by_its_first_bytes(tmp_path: Path, head: bytes, kind: str | None) -> None:
    path = tmp_path / 'clip.mp4'
    path.write_bytes(head)
    assert container_of(path) == kind


def test_a_file_has_to_be_a_small_video(tmp_path: Path) -> None:
    path = write_video(tmp_path / 'clip.avi', frames=3)
    check_file(path, Limits())
    with pytest.raises(DatasetError, match=r'clip.avi has 0 MB, and the limit is 0.001 MB: cut'):
        check_file(path, Limits(megabytes=0.001))
    path.write_text('#EXTM3U\n/etc/hostname\n')
    with pytest.raises(DatasetError, match='clip.avi is no video that can be read here: give an MP4'):
        check_file(path, Limits())
    with pytest.raises(DatasetError, match='gone.mp4 is not there any more'):
        check_file(tmp_path / 'gone.mp4', Limits())


def test_extent_is_checked_before_decoding(tmp_path: Path) -> None:
    path = write_video(tmp_path / 'clip.avi', frames=30, fps=15)
    assert check_extent(path, Limits()) == pytest.approx(2.0)
    with pytest.raises(DatasetError, match=r'clip.avi lasts 2 s, and the limit is 1.5 s: cut the video'):
        check_extent(path, Limits(seconds=1.5))
    with pytest.raises(DatasetError, match=r'has 30 frames, and the limit is 29'):
        check_extent(path, Limits(frames=29))
    with pytest.raises(DatasetError, match=r'frames of 64x48 pixels, which is too large'):
        check_extent(path, Limits(pixels=64 * 48 - 1))


def test_a_damaged_video_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / 'clip.mp4'
    path.write_bytes(b'\0\0\0\x20ftypisom' + bytes(500))
    check_file(path, Limits())
    with pytest.raises(DatasetError, match='clip.mp4 cannot be read: it is damaged or has no picture'):
        check_extent(path, Limits())


def test_unknown_length_and_rate_pass() -> None:
    check_numbers('clip', -1, 0, 640, 480, Limits(seconds=1, frames=1))
