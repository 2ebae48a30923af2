from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.faces.mesh_points import MESH_POINTS, MESH_SIZE, ibug_points

# Where each of the 68 points lies in the mirrored face.
MIRRORED = (*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1),
            45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
            *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65)
# Vertices of the mesh that lie opposite each other, and those on its middle line.
OPPOSITE = {
    127: 356, 234: 454, 93: 323, 132: 361, 58: 288, 136: 365, 150: 379, 176: 400, 70: 300, 63: 293, 105: 334, 66: 296,
    107: 336, 98: 327, 97: 326, 33: 263, 160: 387, 158: 385, 133: 362, 153: 380, 144: 373, 61: 291, 40: 270, 37: 267,
    84: 314, 91: 321, 78: 308, 81: 311, 178: 402}
MIDDLE = {152, 168, 197, 5, 4, 2, 0, 17, 13, 14}


def test_68_different_vertices_of_the_mesh():
    assert len(MESH_POINTS) == len(set(MESH_POINTS)) == 68
    assert min(MESH_POINTS) >= 0 and max(MESH_POINTS) < MESH_SIZE


def test_sides_are_those_of_the_mesh():
    opposite = {**OPPOSITE, **{right: left for left, right in OPPOSITE.items()}, **dict(zip(MIDDLE, MIDDLE))}
    assert set(opposite) == set(MESH_POINTS)
    for point, mirrored in enumerate(MIRRORED):
        assert MESH_POINTS[mirrored] == opposite[MESH_POINTS[point]], point


def test_shares_of_the_image_become_pixels():
    mesh = np.zeros((478, 2))
    mesh[127], mesh[178] = (0.5, 0.25), (1, 1)
    points = ibug_points(mesh, 80, 60)
    assert points.shape == (68, 2)
    assert points[0].tolist() == [39.5, 14.5] and points[67].tolist() == [79.5, 59.5] and (points[1:67] == -0.5).all()


def test_vertices_are_on_the_parts_of_the_face_they_stand_for():
    connections = pytest.importorskip('mediapipe', reason='mediapipe is not installed').solutions.face_mesh_connections
    parts = {'FACEMESH_FACE_OVAL': range(17), 'FACEMESH_RIGHT_EYEBROW': range(17, 22),
             'FACEMESH_LEFT_EYEBROW': range(22, 27), 'FACEMESH_RIGHT_EYE': range(36, 42),
             'FACEMESH_LEFT_EYE': range(42, 48), 'FACEMESH_LIPS': range(48, 68)}
    for name, points in parts.items():
        vertices = {vertex for pair in getattr(connections, name) for vertex in pair}
        assert {MESH_POINTS[point] for point in points} <= vertices, name
