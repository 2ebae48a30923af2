from __future__ import annotations

import cv2
import numpy as np
import pytest

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.image_io import jpeg_is_complete, read_colour, read_gray


def _jpeg(shape=(24, 32, 3), *options) -> bytes:
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return cv2.imencode('.jpg', image, list(options))[1].tobytes()


def _with_thumbnail(data: bytes) -> bytes:
    thumbnail = _jpeg((8, 8, 3))
    return data[:2] + b'\xff\xe1' + (len(thumbnail) + 2).to_bytes(2, 'big') + thumbnail + data[2:]


@pytest.mark.parametrize('data', [
    _jpeg(), _jpeg((24, 32)), _jpeg((24, 32, 3), cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    _jpeg((64, 64, 3), cv2.IMWRITE_JPEG_RST_INTERVAL, 1), _with_thumbnail(_jpeg())],
    ids=['colour', 'grey', 'progressive', 'restart markers', 'thumbnail'])
def test_every_truncation_of_a_jpeg_is_seen(tmp_path, data):
    assert jpeg_is_complete(data) and jpeg_is_complete(data + b'\0\0trailing bytes')
    for length in range(len(data)):
        # A progressive file ends in its last scan; each cut loses the end marker of the image itself.
        assert not jpeg_is_complete(data[:length])
    path = tmp_path / 'img46.jpg'
    path.write_bytes(data[:len(data) * 3 // 4])
    with pytest.raises(DatasetError, match='img46.jpg is truncated'):
        read_gray(path)
    path.write_bytes(data[:len(data) * 3 // 4] + bytes(1000))   # space reserved, never filled
    with pytest.raises(DatasetError, match='truncated'):
        read_gray(path)


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.bmp'])
def test_reads_what_opencv_reads(tmp_path, suffix):
    path = tmp_path / f'a{suffix}'
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8))
    image = read_gray(path)
    assert image.shape == (24, 32) and image.dtype == np.uint8
    assert np.array_equal(image, cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))


@pytest.mark.parametrize('content', [b'', b'text', b'\xff\xd8', b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n'])
def test_not_an_image(tmp_path, content):
    path = tmp_path / 'a.jpg'
    path.write_bytes(content)
    with pytest.raises(DatasetError, match='sub01/a.jpg'):
        read_gray(path, 'sub01/a.jpg')


def test_missing_file(tmp_path):
    with pytest.raises(DatasetError, match='gone.jpg cannot be read'):
        read_gray(tmp_path / 'gone.jpg')


def test_colour_is_rgb(tmp_path):
    image = np.random.default_rng(1).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / 'a.png'), image[..., ::-1])
    np.testing.assert_array_equal(read_colour(tmp_path / 'a.png'), image)
    (tmp_path / 'a.png').write_bytes(b'')
    with pytest.raises(DatasetError, match='a.png is damaged'):
        read_colour(tmp_path / 'a.png')
