from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.functional.flow_geometry import mirror_flow, resize_flow, warp_flow


@pytest.fixture
def affine():
    """Flow of an affine motion p -> A p + b, which every change of geometry turns into another affine motion."""
    matrix, offset = np.array([[0.02, -0.01], [0.03, 0.015]]), np.array([0.4, -0.7])
    return matrix, offset, _field(matrix, offset, 40, 60)


def _field(matrix, offset, height, width):
    y, x = np.indices((height, width))
    return (np.einsum('ij,jhw->ihw', matrix, np.stack([x, y])) + offset[:, None, None]).astype(np.float32)


def _changed(affine, change, height, width):
    """The affine motion seen in new coordinates q = C p + d, pixel by pixel."""
    matrix, offset, _ = affine
    linear, shift = change[:, :2], change[:, 2]
    inner = linear @ matrix @ np.linalg.inv(linear)
    return _field(inner, linear @ offset - inner @ shift, height, width)


@pytest.mark.parametrize('height, width', [(20, 30), (80, 120), (40, 30), (10, 90)])
def test_resize(affine, height, width):
    sx, sy = width / 60, height / 40
    change = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]])      # pixel centres at integer + 0.5
    flow = np.stack([affine[2], 2 * affine[2]])
    found = resize_flow(flow, height, width)
    assert found.shape == (2, 2, height, width) and found.dtype == np.float32
    inner = np.s_[..., 3:-3, 3:-3]
    np.testing.assert_allclose(found[0][inner], _changed(affine, change, height, width)[inner], atol=1e-4)
    np.testing.assert_allclose(found[1], 2 * found[0], atol=1e-5)


def test_mirror(affine):
    expected = _changed(affine, np.array([[-1.0, 0, 59], [0, 1, 0]]), 40, 60)
    np.testing.assert_allclose(mirror_flow(affine[2]), expected, atol=1e-5)
    np.testing.assert_array_equal(mirror_flow(mirror_flow(affine[2])), affine[2])
    assert mirror_flow(np.stack([affine[2]] * 3)[None]).shape == (1, 3, 2, 40, 60)


@pytest.mark.parametrize('degrees, scale', [(0, 1.2), (30, 1), (-20, 0.8)])
def test_warp(affine, degrees, scale):
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    linear = np.array([[c, s], [-s, c]])
    centre = np.array([29.5, 19.5])
    change = np.column_stack([linear, centre - linear @ centre])
    found = warp_flow(np.stack([affine[2]] * 2), change)
    inner = np.s_[..., 15:25, 22:38]      # what the old frame fills for sure
    np.testing.assert_allclose(found[1][inner], _changed(affine, change, 40, 60)[inner], atol=0.01)
    np.testing.assert_array_equal(found[0], found[1])
    if degrees:
        assert not found[..., 0, 0].any()      # a corner from outside
