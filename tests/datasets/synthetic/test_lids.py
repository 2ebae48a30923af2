from __future__ import annotations

import numpy as np

from fdp_mmaction.datasets.synthetic.identity import draw_identity, rest_landmarks
from fdp_mmaction.datasets.synthetic.lids import (
    lid_landmarks,
    lid_state,
    skin_source,
    skin_target,
    slide_skin,
    slide_vector,
    to_eye,
)

ME = draw_identity(0, 0)


def state(u, upper=0.0, lower=0.0, closure=0.0):
    return lid_state(ME, np.asarray(u), np.array([upper, lower]), np.asarray(closure))


def test_rest_is_rest():
    v = np.linspace(-50, 40, 181)
    np.testing.assert_allclose(skin_source(v, state(0.2)), v)
    np.testing.assert_allclose(skin_target(v, state(0.2)), v)
    me = rest_landmarks(ME)[36:48]
    np.testing.assert_allclose(lid_landmarks(ME, np.zeros((1, 2, 2)), np.zeros((1, 2)))[0], me, atol=1e-9)


def test_target_inverts_source():
    for upper, lower, closure in ((-3, 0, 0), (2, -2, 0), (0, 0, 0.5), (1, -1, 1.0)):
        for u in (-0.8, 0.0, 0.6):
            now = state(u, upper, lower, closure)
            seen = np.concatenate([np.linspace(now.upper - 60, now.upper - 1e-6, 200),
                                   np.linspace(now.lower + 1e-6, now.lower + 40, 150)])
            rest = skin_source(seen, now)
            np.testing.assert_allclose(skin_target(rest, now), seen, atol=1e-9)
            assert (np.diff(rest) > 0).all()      # no fold


def test_a_blink_closes_the_eye():
    u = np.linspace(-1, 1, 41)
    opening = [float((s.lower - s.upper).max()) for s in (state(u, closure=c) for c in (0.0, 0.5, 1.0))]
    assert opening[0] > 12 and opening[0] > 1.7 * opening[1] and opening[2] < 0.1 * opening[0]


def test_lids_follow_the_action_units():
    raised = lid_landmarks(ME, np.array([[[-2.0, 0], [0, 0]]]), np.zeros((1, 2)))[0]
    rest = rest_landmarks(ME)[36:48]
    moved = raised - rest
    assert (moved[[1, 2], 1] < -1).all()                      # 37, 38: the image's left eye, upper lid
    np.testing.assert_allclose(moved[[0, 3, 4, 5, 6, 7, 8, 9, 10, 11]], 0, atol=1e-9)


def test_slide_carries_the_margin_with_the_landmarks():
    lids, closure = np.array([[[1.0, -1.0], [0.5, 0.3]]]), np.array([[0.4, 0.3]])
    rest = rest_landmarks(ME)[36:48]
    outward = np.zeros_like(rest)
    for side, rows in ((0, [1, 2]), (1, [7, 8])):
        outward[rows] = -1e-7 * np.array(slide_vector(ME, side))
    for side, rows in ((0, [4, 5]), (1, [10, 11])):
        outward[rows] = 1e-7 * np.array(slide_vector(ME, side))
    slid = slide_skin(ME, lids[0], closure[0], (rest + outward).T).T
    np.testing.assert_allclose(slid, lid_landmarks(ME, lids, closure)[0], atol=1e-5)


def test_eye_coordinates_are_mirrored():
    points = np.array([[ME.origin[0] - 60.0, ME.origin[0] + 60.0], [ME.origin[1] + 3.0] * 2])
    left, right = to_eye(ME, 0, points[:, :1]), to_eye(ME, 1, points[:, 1:])
    np.testing.assert_allclose(left, right)
