"""Frames, landmarks and flow move together: checked against the exact scene rendered through the moved view."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.synthetic import PRESETS, SyntheticConfig, plan_clips, render_aligned_clip
from fdp_mmaction.datasets.synthetic.flow import exact_flow
from fdp_mmaction.datasets.transforms import CropFrames, FlipFrames, ResizeFrames, RotateScaleFrames
from fdp_mmaction.datasets.transforms.geometry import MIRRORED_LANDMARKS
from fdp_mmaction.datasets.transforms.rotation import rotation_matrix
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.optical_flow import endpoint_error

SIZE = 96
BOLD = replace(PRESETS['hard'], motion_px=(4.0, 5.0), blink=0.0, drift_px=4.0, foreign_au=0.0)


@pytest.fixture(scope='module')
def clip():
    plan = list(plan_clips(SyntheticConfig(1, 1, preset=BOLD, fps=50)))[0]
    return render_aligned_clip(plan, size=SIZE, frames=[0, plan.apex_index // 2, plan.apex_index], clean=True)


def flow_of(scene, indices):
    return np.stack([exact_flow(scene, first, [second])[0] for first, second in zip(indices[:-1], indices[1:])])


@pytest.fixture(scope='module')
def results(clip):
    return dict(imgs=clip.frames, landmarks=clip.landmarks, gt_flow=flow_of(clip.scene, clip.indices.tolist()),
                img_shape=(SIZE, SIZE), sample_id='synthetic/sub01/x')


def seen_through(clip, change, size):
    """Frames, landmarks and flow of the clip rendered anew through a view that is followed by an affine map."""
    view = change[:, :2] @ clip.scene.view
    view[:, 2] += change[:, 2]
    scene = replace(clip.scene, view=view, size=(size, size))
    return scene.render(clip.indices, noise=False), scene.landmarks(clip.indices), flow_of(scene, clip.indices.tolist())


def check(clip, moved, change, size, inner, order=None):
    frames, landmarks, flow = seen_through(clip, change, size)
    assert moved['imgs'].shape == frames.shape and moved['img_shape'] == (size, size)
    assert moved['gt_flow'].shape == flow.shape and moved['gt_flow'].dtype == np.float32
    landmarks = landmarks if order is None else landmarks[:, order]
    np.testing.assert_allclose(moved['landmarks'], landmarks, atol=0.02)
    motion = endpoint_error(flow, np.zeros_like(flow))[inner]
    assert endpoint_error(moved['gt_flow'], flow)[inner].mean() < 0.03 * motion.mean()
    assert np.percentile(endpoint_error(moved['gt_flow'], flow)[inner], 99) < 0.05 * motion.max()
    difference = np.abs(moved['imgs'].astype(int) - frames.astype(int))[inner]
    assert difference.mean() < 0.2 * np.abs(frames.astype(int) - frames.mean()).mean()


@pytest.mark.parametrize('size', [64, 120])
def test_resize(clip, results, size):
    s = size / SIZE
    moved = ResizeFrames(size)(results)
    check(clip, moved, np.array([[s, 0, (s - 1) / 2], [0, s, (s - 1) / 2]]), size, np.s_[:, 4:-4, 4:-4])


@pytest.mark.parametrize('random, place', [(False, (8, 8)), (True, None)])
def test_crop(clip, results, random, place):
    np.random.seed(4)
    moved = CropFrames(80, random=random)(results)
    x, y = place or np.rint(results['landmarks'][0, 0] - moved['landmarks'][0, 0])
    assert place or (x, y) != (8, 8)
    check(clip, moved, np.array([[1, 0, -x], [0, 1, -y]]), 80, np.s_[:, :, :])


def test_flip(clip, results):
    moved = FlipFrames(prob=1.0)(results)
    check(clip, moved, np.array([[-1, 0, SIZE - 1], [0, 1, 0]]), SIZE, np.s_[:, :, :], MIRRORED_LANDMARKS)


def test_rotate_and_scale(clip, results):
    np.random.seed(1)
    moved = RotateScaleFrames(degrees=25, ratio=0.1)(results)
    eyes = [np.ptp(r['landmarks'][0, [36, 45]], axis=0) for r in (results, moved)]
    scale = np.hypot(*eyes[1]) / np.hypot(*eyes[0])
    before, after = (np.subtract(*r['landmarks'][0, [45, 36]]) for r in (results, moved))
    degrees = np.degrees(np.arctan2(*before[::-1]) - np.arctan2(*after[::-1]))
    assert abs(degrees) > 3 and abs(scale - 1) > 0.02
    check(clip, moved, rotation_matrix(SIZE, SIZE, degrees, scale), SIZE, np.s_[:, 20:-20, 20:-20])


def test_all_of_them_one_after_another(clip, results):
    """Flow of what is seen at a landmark remains that landmark's displacement, and pulls the frames over each other."""
    np.random.seed(0)
    moved = dict(results)
    for transform in (RotateScaleFrames(10, 0.1), CropFrames(84, random=True), FlipFrames(1.0), ResizeFrames(120)):
        moved = transform(moved)
    nose_and_mouth = [*range(28, 36), *range(48, 60)]
    for t in (0, 1):
        points, later = moved['landmarks'][t:t + 2, nose_and_mouth]
        x, y = (np.ascontiguousarray(points[None, :, k]) for k in (0, 1))
        found = np.stack([cv2.remap(field, x, y, cv2.INTER_LINEAR)[0] for field in moved['gt_flow'][t]], axis=1)
        np.testing.assert_allclose(found, later - points, atol=0.1)
        assert np.abs(later - points).max() > 0.9
        first, second = moved['imgs'][t:t + 2].astype(np.float32)
        y, x = np.indices(first.shape, dtype=np.float32)
        back = cv2.remap(second, x + moved['gt_flow'][t, 0], y + moved['gt_flow'][t, 1], cv2.INTER_CUBIC)
        inner = np.s_[30:-30, 30:-30]
        assert np.abs(back - first)[inner].mean() < 0.4 * np.abs(second - first)[inner].mean()


@pytest.mark.parametrize('transform', [ResizeFrames(48), CropFrames(48), FlipFrames(1.0), RotateScaleFrames()])
def test_all_flows_move_alike(results, transform):
    double = dict(results, gt_exact_flow=2 * results['gt_flow'])
    moved = transform(double)
    np.testing.assert_allclose(moved['gt_exact_flow'], 2 * moved['gt_flow'], rtol=1e-5)
    with pytest.raises(DatasetError, match='the flow is 96x90 and the frames are 96x96'):
        transform(dict(double, gt_exact_flow=results['gt_flow'][..., :90, :]))


def test_flow_of_several_clips(results):
    several = dict(results, gt_flow=np.stack([results['gt_flow'], 2 * results['gt_flow']]))
    for transform in (ResizeFrames(40), CropFrames(40), FlipFrames(1.0), RotateScaleFrames()):
        np.random.seed(0)
        one = transform(results)['gt_flow']
        np.random.seed(0)
        np.testing.assert_allclose(transform(several)['gt_flow'], np.stack([one, 2 * one]), atol=1e-5)


@pytest.mark.parametrize('transform', [
    ResizeFrames(48), CropFrames(48), FlipFrames(prob=0.0), RotateScaleFrames()])
def test_what_cannot_move_is_refused(results, transform):
    name = type(transform).__name__
    with pytest.raises(DatasetError, match=f'synthetic/sub01/x: {name} would leave the dynamic image behind: put'):
        transform(dict(results, gt_dynamic_image=np.zeros((SIZE, SIZE), np.float32)))
    with pytest.raises(DatasetError, match='the flow is 96x90 and the frames are 96x96: put FlowTarget right'):
        transform(dict(results, gt_flow=results['gt_flow'][..., :90, :]))


def test_input_is_left_alone(results):
    before = {name: results[name].copy() for name in ('imgs', 'landmarks', 'gt_flow')}
    for transform in (ResizeFrames(20), CropFrames(20), FlipFrames(1.0), RotateScaleFrames(45)):
        transform(results)
    for name, value in before.items():
        assert np.array_equal(value, results[name])
