from __future__ import annotations

import cv2
import numpy as np
import pytest
from fake_faces import write_clip

from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips, render_clip
from fdp_mmaction.faces.alignment import five_points
from fdp_mmaction.faces.box_source import find_face_box
from fdp_mmaction.faces.clip_landmarks import Fallback
from fdp_mmaction.faces.landmark_sources import build_landmark_source


@pytest.fixture(scope='module')
def rendered():
    return [render_clip(plan, frames=[0]) for plan in plan_clips(SyntheticConfig(3, 1, seed=7))]


def _record(folder, image):
    record = write_clip(folder, (9, 10))
    for path in record.frame_paths:
        cv2.imwrite(path, image)
    return record


def test_coarse_but_in_place(rendered, tmp_path):
    source = build_landmark_source('box')
    for number, clip in enumerate(rendered):
        found = source.find(_record(tmp_path / str(number), clip.frames[0]))
        truth = five_points(clip.landmarks[0])
        error = np.linalg.norm(five_points(found.points[1]) - truth, axis=1) / np.linalg.norm(truth[1] - truth[0])
        assert error.max() < 0.35 and found.fallbacks == ()
        np.testing.assert_array_equal(found.points[0], found.points[1])


def test_boxes_are_in_pixels_of_the_image(rendered):
    image = rendered[0].frames[0]
    box = np.array(find_face_box(image, 0.2))
    larger = find_face_box(cv2.resize(image, None, fx=2, fy=2), 0.2)
    np.testing.assert_allclose(larger, 2 * box, atol=0.15 * box[2])      # boxes come in steps
    moved = cv2.copyMakeBorder(image, 0, 0, 40, 0, cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(find_face_box(moved, 0.2), box + (40, 0, 0, 0), atol=0.05 * box[2])


def test_a_small_face_by_the_second_finder(rendered, tmp_path):
    image = np.full((480, 640, 3), 110, np.uint8)
    image[200:296, 300:428] = cv2.resize(rendered[0].frames[0], (128, 96), interpolation=cv2.INTER_AREA)
    found = build_landmark_source('box').find(_record(tmp_path, image))
    truth = five_points((rendered[0].landmarks[0].astype(float) + 0.5) / 5 - 0.5 + (300, 200))
    assert np.abs(five_points(found.points[0]) - truth).max() < 10
    assert found.fallbacks == (Fallback('cascade_small', 1, 9),)


def test_no_face(tmp_path):
    image = np.random.default_rng(0).integers(100, 120, (60, 80, 3), dtype=np.uint8)
    assert build_landmark_source('box', 'center_crop').find(_record(tmp_path, image)).fallbacks == (
        Fallback('center_crop', 2, 9),)
    assert find_face_box(image[:20, :20]) is None      # smaller than the cascade's window


def test_backend_names_the_package_of_the_cascade():
    backend = build_landmark_source('box').backend
    assert backend['name'] == 'scikit-image' and backend['version'] and backend['per'] == 'onset'
