from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic import Difficulty, SyntheticConfig, plan_clips, render_aligned_clip, render_clip
from fdp_mmaction.datasets.synthetic import overlays, sheet
from fdp_mmaction.datasets.synthetic.identity import draw_identity
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.alignment import alignment_matrix, transform_points, warp_face

PLANS = plan_clips(SyntheticConfig(2, 5))
PLAN = PLANS[0]


def forget() -> None:
    for cache in (sheet._full_sheet, sheet.sheet_level, overlays._eyeball, overlays._glasses, draw_identity):
        cache.cache_clear()


# A difficulty of its own, so that presets may change. Means of 24 x 24 blocks of two aligned apex frames without noise.
# Raise GENERATOR_VERSION when these change.
GOLDEN = {
    0: [[104.4, 170.5, 229.0, 206.1, 132.5, 89.6], [114.9, 125.5, 142.8, 146.3, 100.5, 86.0],
        [152.1, 176.9, 185.9, 170.3, 142.3, 100.6], [141.5, 185.2, 183.7, 150.1, 132.0, 116.3],
        [135.2, 160.0, 171.3, 146.0, 111.1, 128.4], [131.1, 126.7, 124.3, 107.8, 116.9, 125.4]],
    6: [[83.8, 132.9, 174.2, 179.9, 142.2, 83.0], [90.8, 106.9, 134.8, 139.2, 109.3, 96.8],
        [102.6, 142.1, 155.6, 160.2, 150.2, 114.0], [111.9, 122.8, 121.6, 129.3, 131.6, 119.4],
        [118.1, 105.2, 118.9, 125.6, 119.5, 122.1], [116.8, 105.5, 92.0, 99.3, 107.6, 120.4]],
}


@pytest.fixture(scope='module')
def aligned():
    return render_aligned_clip(PLAN, size=96)


def test_shapes_and_types(aligned):
    t = PLAN.num_frames
    assert aligned.frames.shape == (t, 96, 96) and aligned.frames.dtype == np.uint8
    assert aligned.landmarks.shape == (t, 68, 2) and aligned.landmarks.dtype == np.float32
    assert tuple(aligned.frame_ids) == PLAN.frame_ids and aligned.flow is None
    clip = render_clip(PLAN, 120, 160, frames=[0, 3])
    assert clip.frames.shape == (2, 120, 160, 3) and clip.matrix is None
    assert clip.frames.std() > 20


def test_determinism(aligned):
    forget()
    again = render_aligned_clip(PLAN, size=96)
    np.testing.assert_array_equal(again.frames, aligned.frames)
    np.testing.assert_array_equal(again.landmarks, aligned.landmarks)


def test_frames_do_not_depend_on_which_are_rendered_or_on_other_clips(aligned):
    same = plan_clips(SyntheticConfig(7, 11))[0]
    some = render_aligned_clip(same, size=96, frames=[30, 4])
    np.testing.assert_array_equal(some.frames, aligned.frames[[30, 4]])
    np.testing.assert_allclose(some.landmarks, aligned.landmarks[[30, 4]], atol=1e-4)
    assert list(some.frame_ids) == [PLAN.onset + 30, PLAN.onset + 4]


def test_other_seed_and_other_clip_differ(aligned):
    for plan in (plan_clips(SyntheticConfig(1, 1, seed=5))[0], PLANS[1]):
        frame = render_aligned_clip(plan, size=96, frames=[0]).frames[0]
        assert np.abs(frame.astype(int) - aligned.frames[0]).mean() > 2


@pytest.mark.parametrize('index', list(GOLDEN))
def test_frames_are_the_same_on_every_machine(index):
    plan = plan_clips(SyntheticConfig(2, 5, preset=Difficulty(motion_px=(0.5, 1.5))))[index]
    frame = render_aligned_clip(plan, frames=[plan.apex_index], clean=True).frames[0].astype(float)
    blocks = frame.reshape(6, 24, 6, 24).mean(axis=(1, 3))
    np.testing.assert_allclose(blocks, GOLDEN[index], atol=0.6)


def test_noise_is_new_in_every_frame():
    clean = render_aligned_clip(PLAN, size=96, frames=[0, 1], clean=True).frames.astype(int)
    noisy = render_aligned_clip(PLAN, size=96, frames=[0, 1]).frames.astype(int)
    grains = noisy - clean
    grains = grains - grains.mean(axis=(1, 2), keepdims=True)
    assert 0.5 < grains.std() < 3
    assert abs(np.corrcoef(grains[0].ravel(), grains[1].ravel())[0, 1]) < 0.35


@pytest.mark.parametrize('plan', PLANS[::5], ids=lambda p: p.subject)
def test_aligned_clip_agrees_with_rendering_and_warping(plan):
    frames = [0, plan.apex_index]
    camera = render_clip(plan, frames=frames, clean=True)
    direct = render_aligned_clip(plan, frames=frames, clean=True)
    matrix = alignment_matrix(camera.landmarks[0])
    np.testing.assert_allclose(direct.matrix, matrix, atol=1e-3)
    np.testing.assert_allclose(direct.landmarks, transform_points(camera.landmarks, matrix), atol=1e-3)
    for frame, mine in zip(camera.frames, direct.frames):
        warped = warp_face(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), matrix)
        warped, mine = (cv2.GaussianBlur(f.astype(np.float32), (0, 0), 1.5)[4:-4, 4:-4] for f in (warped, mine))
        assert np.abs(warped - mine).mean() < 0.8
        assert np.percentile(np.abs(warped - mine), 99) < 5


def test_scene_scales_with_width():
    large, small = (render_clip(PLAN, w * 3 // 4, w, frames=[0], clean=True) for w in (640, 320))
    np.testing.assert_allclose((large.landmarks + 0.5) / 2 - 0.5, small.landmarks, atol=1e-3)
    half = cv2.resize(large.frames[0], (320, 240), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(half - small.frames[0]).mean() < 1.5
    jaw = large.landmarks[0, :17, 0]
    assert 255 < np.ptp(jaw) < 305


def test_other_height_keeps_the_face_in_the_middle():
    low, high = (render_clip(PLAN, h, 160, frames=[0], clean=True) for h in (100, 120))
    np.testing.assert_allclose(high.landmarks[0] - low.landmarks[0], np.tile([0, 10], (68, 1)), atol=1e-4)
    np.testing.assert_array_equal(high.frames[0, 10:-10], low.frames[0])


def test_action_units_of_a_clip():
    plan = next(p for p in plan_clips(SyntheticConfig(3, 20)) if p.action_units == '6+12')
    units = render_aligned_clip(plan, size=16).action_units
    for name in ('L6', 'R6', 'L12', 'R12'):
        assert units[name].shape == (plan.num_frames,) and units[name][0] == 0
        assert units[name].argmax() == plan.apex_index


def test_frames_outside_the_clip_are_refused(aligned):
    for wrong in ([PLAN.num_frames], [-1]):
        with pytest.raises(DatasetError, match=f'{PLAN.subject}/{PLAN.clip} has frames 0 to'):
            render_aligned_clip(PLAN, size=32, frames=wrong)
    with pytest.raises(DatasetError, match='has frames 0 to'):
        aligned.flow_between(0, PLAN.num_frames)


def test_generator_alone_needs_numpy_and_opencv_only():
    """Its modules import nothing of the plugin beyond errors and alignment."""
    code = ('import importlib, pkgutil, sys, types\n'
            'package = types.ModuleType("fdp_mmaction"); package.__path__ = [sys.argv[1]]\n'
            'sys.modules["fdp_mmaction"] = package\n'
            'datasets = types.ModuleType("fdp_mmaction.datasets"); datasets.__path__ = [sys.argv[1] + "/datasets"]\n'
            'sys.modules["fdp_mmaction.datasets"] = datasets\n'
            'import fdp_mmaction.datasets.synthetic\n'
            'bad = {"torch", "mmengine", "mmaction", "scipy", "sklearn", "matplotlib", "rich"} & set(sys.modules)\n'
            'assert not bad, bad\n')
    root = sheet.__file__.rsplit('/datasets/', 1)[0]
    subprocess.run([sys.executable, '-c', code, root], check=True, timeout=60)
