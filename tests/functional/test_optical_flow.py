from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic import PRESETS, SyntheticConfig, plan_clips, render_aligned_clip
from fdp_mmaction.functional.optical_flow import FLOW_METHODS, dis_flow, endpoint_error, tvl1_flow

# Motion of the face and the head that shows in 64 pixels, with neither noise nor changes of light.
BOLD = replace(PRESETS['hard'], motion_px=(4.0, 5.0), blink=0.0, drift_px=3.0)


@pytest.fixture(scope='module')
def shift():
    """A picture that moves by (1.25, -0.5) pixels a frame, ``(3, 48, 48)``."""
    noise = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 255, (64, 64)).astype(np.float32), (0, 0), 2)
    noise = 255 * (noise - noise.min()) / np.ptp(noise)
    y, x = np.indices((48, 48), dtype=np.float32) + 8
    return np.stack([cv2.remap(noise, x - 1.25 * t, y + 0.5 * t, cv2.INTER_CUBIC) for t in range(3)]).clip(
        0, 255).astype(np.uint8)


@pytest.mark.parametrize('method', FLOW_METHODS)
def test_sign_order_and_units_on_a_moving_picture(shift, method):
    flow = FLOW_METHODS[method](shift)
    assert flow.shape == (2, 2, 48, 48) and flow.dtype == np.float32
    inner = flow[..., 8:-8, 8:-8]
    np.testing.assert_allclose(inner.mean(axis=(0, 2, 3)), (1.25, -0.5), atol=0.06)
    assert endpoint_error(inner, np.array([1.25, -0.5])[:, None, None]).mean() < 0.1


def test_against_the_exact_motion_of_rendered_faces():
    """Over all pixels of 64 x 64 the EPE is 0.070 px (TV-L1) and 0.051 px (DIS), at a mean motion of 0.264 px."""
    errors = {name: [] for name in FLOW_METHODS}
    motion = []
    for plan in list(plan_clips(SyntheticConfig(2, 2, preset=BOLD, fps=50)))[::2]:
        indices = [0, plan.apex_index // 2, plan.apex_index]
        clip = render_aligned_clip(plan, size=64, frames=indices, clean=True)
        exact = np.stack([clip.flow_between(*pair) for pair in zip(indices[:-1], indices[1:])])
        motion.append(endpoint_error(exact, np.zeros_like(exact)).mean())
        for name, method in FLOW_METHODS.items():
            errors[name].append(endpoint_error(method(clip.frames), exact).mean())
    assert np.mean(motion) > 0.2
    assert np.mean(errors['tvl1']) < 0.35 * np.mean(motion)
    assert np.mean(errors['dis']) < 0.3 * np.mean(motion)


def test_a_pair_is_independent_of_the_others(shift):
    for method in FLOW_METHODS.values():
        np.testing.assert_array_equal(method(shift)[1], method(shift[1:])[0])


def test_still_frames_do_not_move(shift):
    for method in FLOW_METHODS.values():
        assert not method(np.repeat(shift[:1], 3, axis=0)).any()


@pytest.mark.parametrize('frames', [
    np.zeros((1, 32, 32), np.uint8), np.zeros((2, 32, 32)), np.zeros((32, 32), np.uint8),
    np.zeros((2, 32, 15), np.uint8)])
def test_other_arrays_are_refused(frames):
    for method in FLOW_METHODS.values():
        with pytest.raises(ValueError, match=r'two or more grey frames, \(T, H, W\) uint8 with sides of 16 pixels'):
            method(frames)


def test_opencv_without_contributed_modules(shift, monkeypatch):
    monkeypatch.delattr(cv2.optflow, 'DualTVL1OpticalFlow_create')
    with pytest.raises(ImportError, match='opencv-contrib-python, or choose'):
        tvl1_flow(shift)
    monkeypatch.delattr(cv2, 'optflow')
    with pytest.raises(ImportError, match='opencv-contrib-python, or choose'):
        tvl1_flow(shift)
    assert dis_flow(shift).shape == (2, 2, 48, 48)


def test_endpoint_error_is_a_length():
    flow = np.zeros((3, 2, 4, 5))
    flow[1, 0], flow[1, 1] = 3, -4
    assert endpoint_error(flow, np.zeros((2, 4, 5))).mean(axis=(1, 2)).tolist() == [0, 5, 0]
