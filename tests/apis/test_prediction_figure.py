from __future__ import annotations

import cv2
import numpy as np
import pytest

from fdp_mmaction.apis import ClipPrediction, VideoPrediction
from fdp_mmaction.apis.prediction_figure import draw_prediction, file_names, picture_of, save_prediction_figures

CLASSES = ('happiness', 'disgust', 'surprise')
RNG = np.random.default_rng(0)


def clip(onset: int, label: int, **fields: object) -> ClipPrediction:
    scores = np.full(3, 0.1, dtype=np.float32)
    scores[label] = 0.8
    return ClipPrediction(onset, onset + 7, onset + np.arange(8), label, CLASSES[label], scores, **fields)


def video(*clips: ClipPrediction, times: bool = True, windows: bool = False) -> VideoPrediction:
    return VideoPrediction(
        'clips/x.mp4', CLASSES, clips, num_frames=30, windows=windows, frame_ids=np.arange(30),
        times=np.arange(30) / 50 if times else None, aligned=RNG.integers(0, 256, (30, 20, 20), dtype=np.uint8))


def texts(figure: object) -> str:
    found = [text.get_text() for axes in figure.findobj(lambda one: hasattr(one, 'get_xlabel')) for text in
             (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.get_yticklabels())]
    return ' | '.join([figure.get_suptitle(), *found])


def test_one_clip_with_everything():
    images = RNG.integers(0, 256, (8, 32, 32), dtype=np.uint8)
    whole = clip(3, 2, num_clips=4, images=images, rank_scores=np.arange(8.0), dynamic_image=RNG.random((32, 32)),
                 flow=RNG.normal(size=(7, 2, 32, 32)), landmarks=RNG.uniform(0, 31, (7, 68, 2)))
    figure = draw_prediction(video(whole))
    said = texts(figure)
    for text in ('x.mp4: surprise, 0.80', 'rank scores', 'constructed dynamic image', 'class (mean of 4 clips)',
                 'flow, to'):
        assert text in said
    bare = texts(draw_prediction(video(clip(3, 2))))
    assert 'rank scores' not in bare and 'flow' not in bare and 'disgust' in bare
    picture = picture_of(figure)
    assert picture.dtype == np.uint8 and picture.shape[2] == 3 and picture.std() > 20


@pytest.mark.parametrize('times', [True, False])
@pytest.mark.parametrize('count', [1, 6])
def test_windows_over_time(times, count):
    windows = [clip(4 * number, number % 3) for number in range(count)]
    figure = draw_prediction(video(*windows, times=times, windows=True))
    assert f'{count} windows of 8 frames' in texts(figure)
    [panel] = [axes for axes in figure.findobj(lambda one: hasattr(one, 'get_xlabel'))
               if axes.get_xlabel().startswith('middle of the window, ' + ('seconds' if times else 'frame'))]
    [line] = panel.get_lines()
    np.testing.assert_allclose(line.get_xdata(), (4 * np.arange(count) + 3.5) / (50 if times else 1))
    assert list(line.get_ydata()) == [number % 3 for number in range(count)]


def test_files(tmp_path):
    failed = VideoPrediction('clips/y.mp4', CLASSES, error='It is gone: look for it.')
    paths = save_prediction_figures([video(clip(0, 0)), failed], tmp_path)
    assert paths == [tmp_path / 'x.png', None] and cv2.imread(str(paths[0])) is not None
    with pytest.raises(ValueError, match='no prediction to draw: It is gone'):
        draw_prediction(failed)
    sources = ('a/x.mp4', 'b/X.avi', 'c/x', 'EP02_01f', 'ä ö.mp4', '...', 'v1.2 take')
    names = file_names([VideoPrediction(source, ()) for source in sources])
    assert names[:4] == ['x', 'X-2', 'x-3', 'EP02_01f'] and len(set(names)) == 7 and all(names)
