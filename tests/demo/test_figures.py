from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tiny_demo import CLASSES, prediction

from fdp_mmaction.demo.figures import as_grey, draw_motion, draw_timeline, nearest, png, positions, strongest


def decode(content: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def test_pngs_hold_the_picture() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (5, 7), dtype=np.uint8)
    np.testing.assert_array_equal(decode(png(grey)), grey)
    colour = np.stack([grey, grey // 2, grey // 3], axis=-1)
    np.testing.assert_array_equal(decode(png(colour))[..., ::-1], colour)
    assert as_grey(np.array([[-1.0, 0.5, 2.0]])).tolist()[0] in ([0, 127, 255], [0, 128, 255])


def test_the_strongest_window_is_the_one_with_the_highest_score() -> None:
    assert strongest(prediction()) == 3
    assert strongest(prediction(windows=2)) == 0


def test_the_nearest_window_is_the_one_whose_middle_is() -> None:
    timed, counted = prediction(), prediction(timed=False)      # of 8 frames, 2 apart, 10 frames a second
    assert [nearest(timed, moment) for moment in (0, 0.35, 0.56, 99)] == [0, 0, 1, 4]
    assert nearest(counted, 5.6) == 1


def test_positions_are_seconds_where_they_are_known() -> None:
    numbers = np.array([2, 5])
    assert positions(prediction(), numbers).tolist() == [0.2, 0.5]
    assert positions(prediction(timed=False), numbers).tolist() == [2, 5]


def test_the_timeline_shows_scores_in_time() -> None:
    figure = draw_timeline(prediction(), 3, truth=(4, 9))
    scores, ranks = figure.axes[:2]
    mesh = scores.collections[0]
    np.testing.assert_allclose(mesh.get_array().reshape(5, 5)[:, 3], [0.05, 0.05, 0.05, 0.8, 0.05])
    np.testing.assert_allclose(mesh.get_coordinates()[0, :, 0], 0.25 + 0.2 * np.arange(6))      # around 0.35, 0.55 ...
    assert [label.get_text() for label in scores.get_yticklabels()] == list(CLASSES)
    box = scores.patches[0]
    assert (box.get_x(), box.get_width()) == pytest.approx((0.6, 0.7))
    assert sorted(line.get_xdata()[0] for line in scores.lines) == pytest.approx([0.4, 0.9])
    bold = [line for line in ranks.lines if line.get_marker() == 'o']
    assert len(bold) == 1 and bold[0].get_xdata().tolist() == pytest.approx([0.6, 0.8, 1.1, 1.3])
    assert ranks.get_xlabel() == 'seconds'


@pytest.mark.parametrize('windows, ranked, panels', [(1, True, 2), (1, False, 1), (6, False, 1)])
def test_timelines_of_other_models_and_short_videos(windows: int, ranked: bool, panels: int) -> None:
    figure = draw_timeline(prediction(windows, timed=False, ranked=ranked), 0, narrow=True)
    assert len(figure.axes) == panels + 1      # and the key to the colours
    assert figure.axes[panels - 1].get_xlabel() == 'frame'
    assert decode(png(figure, dpi=50)).ndim == 3


def test_flow_and_landmarks_are_drawn_where_a_model_has_them() -> None:
    rng = np.random.default_rng(2)
    clip = replace(prediction().clips[0], images=rng.integers(0, 256, (4, 20, 20), dtype=np.uint8),
                   flow=rng.normal(size=(3, 2, 20, 20)).astype(np.float32))
    assert len(draw_motion(clip, 'frames').axes) == 3 * 4
    alone = replace(clip, flow=None, landmarks=rng.uniform(0, 20, (4, 68, 2)).astype(np.float32))
    assert len(draw_motion(alone, 'frames').axes) == 4
