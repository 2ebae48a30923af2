from __future__ import annotations

import numpy as np
import pytest
from matplotlib.quiver import Quiver

from fdp_mmaction.visualization.flow_colours import flow_to_rgb
from fdp_mmaction.visualization.flow_figure import ARROWS, draw_flow, flow_limit
from fdp_mmaction.visualization.flow_view import FlowView

SIDE = 33


@pytest.fixture
def view():
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 0.1, (3, 2, SIDE, SIDE)).astype(np.float32)
    face = rng.uniform(0, SIDE, (4, 68, 2)).astype(np.float32)
    face[:, 36:42], face[:, 42:48] = (8, 10), (28, 10)      # pupils are 20 apart
    shift = np.array([2, 0], np.float32)
    frames = rng.integers(0, 256, (4, SIDE, SIDE), dtype=np.uint8)
    return FlowView('synthetic/sub01/x', frames, np.array([3, 5, 7, 9]), {'exact': truth, 'predicted': truth * 0.5},
                    {'true': face, 'predicted': face[1:] + shift}, 'disgust')


def grid(figure):
    rows = {}
    for axes in figure.axes:
        rows.setdefault(axes.get_subplotspec().rowspan.start, []).append(axes)
    return [rows[row] for row in sorted(rows)]


def test_limit():
    flow = np.zeros((1, 2, 20, 20))
    assert flow_limit(flow) == 0.01
    flow[0, :, :10] = np.array([0.3, 0.4])[:, None, None]
    flow[0, :, 0, 0] = 50
    assert flow_limit(flow) == pytest.approx(0.5)


def test_rows_show_what_they_say(view):
    figure = draw_flow(view, limit=0.2)
    rows = grid(figure)
    assert [row[0].get_ylabel() for row in rows] == [
        'frames, landmarks', 'exact', 'exact, arrows × 20', 'predicted', 'predicted, arrows × 20']
    assert figure._suptitle.get_text() == 'synthetic/sub01/x, disgust'
    assert [axes.get_title() for axes in rows[0]] == ['3', *(f'{number} (NME 10.0 %)' for number in (5, 7, 9))]
    for source, colours, arrows in (('exact', rows[1], rows[2]), ('predicted', rows[3], rows[4])):
        for t, flow in enumerate(view.flows[source]):
            np.testing.assert_allclose(colours[t].images[0].get_array(), flow_to_rgb(flow, 0.2))
            [quiver] = [item for item in arrows[t].collections if isinstance(item, Quiver)]
            assert quiver.N == ARROWS ** 2
            x, y = quiver.XY[5].astype(int)
            assert (quiver.U[5], quiver.V[5]) == pytest.approx(20 * flow[:, y, x], rel=1e-5)
    assert rows[1][-1].texts[0].get_text() == '0.2 px'
    size = np.hypot(*view.flows['exact'].astype(float).transpose(1, 0, 2, 3)).mean()
    assert rows[2][-1].texts[0].get_text() == f'mean motion\n{size:.3f} px'
    assert f'to exact:\nEPE {size / 2:.3f} px\n(zero flow {size:.3f})' in rows[4][-1].texts[0].get_text()
    figure.canvas.draw()


def test_landmarks_stand_on_their_frames(view):
    first, second, *_ = grid(draw_flow(view))[0]
    dots = {line.get_label(): line.get_xydata() for line in second.lines if line.get_marker() == '.'}
    np.testing.assert_allclose(dots['true'], view.landmarks['true'][1])
    np.testing.assert_allclose(dots['predicted'], view.landmarks['predicted'][0])
    assert [line.get_label() for line in first.lines] == ['true']      # nothing is predicted for the first frame


@pytest.mark.parametrize('flows, landmarks, labels', [
    (('predicted',), (), ['frames', 'predicted', 'predicted, arrows × ']), ((), ('true',), ['frames, landmarks'])])
def test_only_what_is_known_is_drawn(view, flows, landmarks, labels):
    part = FlowView('x', view.frames, view.frame_ids, {name: view.flows[name] for name in flows},
                    {name: view.landmarks[name] for name in landmarks})
    figure = draw_flow(part)
    found = [row[0].get_ylabel() for row in grid(figure)]
    assert all(label.startswith(start) for label, start in zip(found, labels)) and len(found) == len(labels)
    assert figure._suptitle.get_text() == 'x'


def test_a_still_clip_is_drawn(view):
    still = FlowView('still', view.frames[:2], view.frame_ids[:2], {'exact': np.zeros((1, 2, SIDE, SIDE), np.float32)})
    draw_flow(still).canvas.draw()
