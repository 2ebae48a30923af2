from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic import PRESETS, SyntheticConfig, plan_clips, render_aligned_clip, render_clip
from fdp_mmaction.datasets.synthetic.identity import draw_identity

# Strong motion of the head and the skin, and neither noise nor light: the geometry alone.
BOLD = replace(PRESETS['hard'], motion_px=(2.0, 2.5), blink=0.0, drift_px=2.0, rotation_px=2.0, roll_deg=0.35)
PLANS = list(plan_clips(SyntheticConfig(2, 4, preset=BOLD)))
OPEN_SKIN = [*range(5, 12), *range(17, 36), *range(48, 68)]      # landmarks on skin, away from lids and hair


def sample(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    x, y = (np.ascontiguousarray(points[:, k], dtype=np.float32)[None] for k in (0, 1))
    return np.stack([cv2.remap(np.ascontiguousarray(f), x, y, cv2.INTER_LINEAR)[0] for f in field], axis=1)


def pull_back(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    y, x = np.indices(flow.shape[1:], dtype=np.float32)
    return cv2.remap(image, x + flow[0], y + flow[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


@pytest.fixture(scope='module', params=[1, 6], ids=['sub01', 'sub02'])
def camera(request):
    plan = PLANS[request.param]
    return render_clip(plan, frames=[0, plan.apex_index], with_flow=True, clean=True)


def test_flow_at_landmarks_is_their_displacement(camera):
    moved = camera.landmarks[1] - camera.landmarks[0]
    found = sample(camera.flow[1], camera.landmarks[0])
    skin = OPEN_SKIN if camera.scene.motion.identity.glasses == 'none' else OPEN_SKIN[26:]
    assert np.hypot(*moved[skin].T).max() > 1
    np.testing.assert_allclose(found[skin], moved[skin], atol=0.03)


def test_the_picture_moves_with_the_flow(camera):
    first, later = camera.frames.astype(np.float32)
    back = pull_back(later, camera.flow[1])
    inside = np.s_[20:-20, 20:-20]
    before, after = np.abs(later - first)[inside], np.abs(back - first)[inside]
    assert before.mean() > 1
    assert after.mean() < 0.35      # rounding to grey levels, twice, is 0.3
    assert after.mean() < 0.25 * before.mean()
    assert np.percentile(after, 99.5) < 6


def test_tracking_the_picture_finds_the_landmarks(camera):
    """Measured on the pixels by an independent tracker."""
    first, later = (cv2.cvtColor(f, cv2.COLOR_BGR2GRAY) for f in camera.frames)
    use = [31, 33, 35, 48, 51, 54, 57]      # where there is texture in both directions
    start = camera.landmarks[0, use][:, None].astype(np.float32)
    found, status, _ = cv2.calcOpticalFlowPyrLK(first, later, start, None, winSize=(15, 15), maxLevel=1)
    assert status.all()
    error = np.hypot(*(found[:, 0] - camera.landmarks[1, use]).T)
    assert np.median(error) < 0.12 and error.max() < 0.4


def test_flow_between_frames_composes(camera):
    apex = camera.plan.apex_index
    middle = apex // 2
    there, onward, whole = (camera.flow_between(a, b) for a, b in ((0, middle), (middle, apex), (0, apex)))
    points = camera.landmarks[0, OPEN_SKIN[26:]]
    step = points + sample(there, points)
    np.testing.assert_allclose(step + sample(onward, step), points + sample(whole, points), atol=0.03)


def test_flow_to_itself_is_zero():
    clip = render_aligned_clip(PLANS[0], size=48, frames=[0, 5], with_flow=True, clean=True)
    np.testing.assert_allclose(clip.flow[0], 0, atol=2e-3)
    assert clip.flow.shape == (2, 2, 48, 48) and clip.flow.dtype == np.float32


def test_aligned_flow_is_in_aligned_pixels(camera):
    plan = camera.plan
    clip = render_aligned_clip(plan, frames=[0, plan.apex_index], with_flow=True, clean=True)
    points = camera.landmarks[0, OPEN_SKIN[26:]]
    here = sample(clip.flow[1], points @ clip.matrix[:, :2].T + clip.matrix[:, 2])
    there = sample(camera.flow[1], points) @ clip.matrix[:, :2].T
    np.testing.assert_allclose(here, there, atol=0.02)


def test_spectacles_move_with_the_head_and_not_with_the_skin():
    config = SyntheticConfig(12, 1, preset=replace(BOLD, drift_px=0.0, rotation_px=0.0, roll_deg=0.0, foreign_au=0.0))
    plan = next(p for p in plan_clips(config) if draw_identity(0, p.subject_index).glasses == 'square')
    clip = render_aligned_clip(replace(plan, action_units='1+4+6'), frames=[0, plan.apex_index], with_flow=True,
                               clean=True)
    size = np.hypot(*clip.flow[1])
    me = clip.scene.motion.identity
    rim = np.array([[me.eye_x, 5 + 32.0], [-me.eye_x, 5 + 32.0]]) + me.origin
    seen = rim @ clip.scene.view[:, :2].T + clip.scene.view[:, 2]
    assert size.max() > 0.6
    assert sample(size[None], seen).max() < 0.02
