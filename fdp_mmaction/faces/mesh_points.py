"""The 68 iBUG landmarks among the vertices of the MediaPipe face mesh.

Our own reading of the mesh. Eyes, nose, mouth and brows lie where the iBUG points lie, up to a few hundredths of the
distance between the eyes; the jaw is the outline of the mesh, not that of the face, so it is good for a width at best.
"""

from __future__ import annotations

import numpy as np

MESH_POINTS = (
    127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356,   # jaw
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,                                       # brows
    168, 197, 5, 4, 98, 97, 2, 326, 327,                                                 # nose
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,                           # eyes
    61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91,                                  # outer lips
    78, 81, 13, 311, 308, 402, 14, 178,                                                  # inner lips
)
"""Vertex of each of the 68 points; the mesh has 468 vertices, or 478 with the irises."""

MESH_SIZE = 468


def ibug_points(mesh: np.ndarray, width: int, height: int) -> np.ndarray:
    """The 68 landmarks of a mesh.

    Args:
        mesh (np.ndarray): ``(V, 2)``, V 468 or more, x and y as shares of the image, 0 at its first and 1 at its last
            edge.
        width (int): Width of the image in pixels.
        height (int): Its height.

    Returns:
        np.ndarray: ``(68, 2)`` float64, in pixels, pixel centres on whole numbers.
    """
    return np.asarray(mesh, dtype=np.float64)[list(MESH_POINTS)] * (width, height) - 0.5
