import csv

import cv2
import numpy as np
import pytest

from fdp_mmaction.functional.dynamic_image import dynamic_image, dynamic_image_uint8, rank_pooling_weights
from fdp_mmaction.visualization import Clip, Ranking, draw_clip_ranking, rank_clip, write_clip_ranking
from fdp_mmaction.visualization.clip_figure import amplified_change
from fdp_mmaction.visualization.clip_ranking import sample_positions


def noise(frames=9, shape=(12, 10), **options):
    pixels = np.random.default_rng(0).integers(0, 256, (frames, *shape), dtype=np.uint8)
    return Clip('noise/1', pixels, np.arange(frames) + 20, **options)


@pytest.mark.parametrize('shape', [(12, 10), (12, 10, 3)])
@pytest.mark.parametrize('smooth', [False, True])
def test_scores_and_weights(shape, smooth):
    clip = noise(shape=shape)
    approximate, exact = rank_clip(clip, smooth, exact=True).rankings
    image = dynamic_image(clip.frames, smooth)
    means = [clip.frames[:t + 1].mean(axis=0) if smooth else clip.frames[t].astype(float) for t in range(9)]
    np.testing.assert_allclose(approximate.scores, [(image * (mean - means[0])).sum() for mean in means])
    np.testing.assert_array_equal(approximate.weights, rank_pooling_weights(9, smooth))
    assert approximate.image.shape == shape and exact.image.shape == shape
    assert exact.order >= approximate.order and exact.weights is None


def test_order_is_the_share_of_pairs():
    assert Ranking('x', np.arange(3), np.array([0.0, 2.0, 1.0])).order == pytest.approx(2 / 3)


@pytest.mark.parametrize(('num_frames', 'wanted', 'expected'), [
    (9, 3, [0, 4, 8]), (9, 2, [0, 8]), (3, 8, [0, 1, 2]), (4, None, [0, 1, 2, 3])])
def test_sample_positions(num_frames, wanted, expected):
    assert sample_positions(num_frames, wanted).tolist() == expected


def test_apex_or_largest_change():
    clip = noise(apex=24)
    assert rank_clip(clip, num_frames=3).peak_index == 4      # shown though it is not among the three
    frames = np.zeros((5, 4, 4), dtype=np.uint8)
    frames[3] = 250
    frames[4] = 10
    assert rank_clip(Clip('x', frames, np.arange(5))).peak_index == 3


def test_amplified_change():
    first = np.zeros((10, 10), dtype=np.uint8)
    second = np.full((10, 10), 20, dtype=np.uint8)
    change, factor = amplified_change(second, first)
    assert factor == 12 and (change == 240).all()
    assert amplified_change(first, first)[1] == 255 and not amplified_change(first, first)[0].any()
    assert amplified_change(np.stack([first] * 3, axis=2), np.stack([second] * 3, axis=2))[0].shape == (10, 10)


@pytest.mark.parametrize('exact', [False, True])
@pytest.mark.parametrize('apex', [None, 24])
def test_figure(exact, apex):
    result = rank_clip(noise(apex=apex, label='others'), exact=exact)
    figure = draw_clip_ranking(result)
    titles = [axes.get_title() for axes in figure.axes if axes.images]
    change = amplified_change(result.clip.frames[0], result.clip.frames[result.peak_index])[1]
    second = 'apex (24)' if apex else f'largest change ({20 + result.peak_index})'
    assert titles == ['first frame (20)', second, f'|difference| × {change}', 'dynamic image',
                      *(['exact rank pooling'] if exact else [])]
    assert figure._suptitle.get_text() == 'noise/1, others'
    scores, weights = (axes for axes in figure.axes if not axes.images)
    assert scores.get_title() == 'rank scores of the running means of the frames'
    legend, = figure.subfigs[1].legends
    assert legend.get_title().get_text() == 'per cent: pairs whose scores are in the order of time'
    assert legend.get_texts()[0].get_text() == f'dynamic image: {100 * result.rankings[0].order:.1f} %'
    curve = scores.lines[0].get_ydata()
    np.testing.assert_allclose(curve, result.rankings[0].scores / np.abs(result.rankings[0].scores).max())
    assert [line.get_xdata()[0] for line in scores.lines if line.get_label() == 'apex'] == ([24] if apex else [])
    np.testing.assert_allclose(weights.lines[0].get_ydata(), rank_pooling_weights(9) / -rank_pooling_weights(9)[0])


def test_a_still_clip_is_drawn():
    frames = np.full((4, 6, 6), 7, dtype=np.uint8)
    draw_clip_ranking(rank_clip(Clip('still', frames, np.arange(4)), exact=True)).canvas.draw()


def test_files(tmp_path):
    result = rank_clip(noise(shape=(12, 10, 3)), num_frames=5, exact=True)
    result.rankings.append(Ranking('trained x', np.array([20, 23]), np.array([0.5, 1.0]), np.array([-1.0, 1.0])))
    paths = write_clip_ranking(result, tmp_path / 'new', dpi=40)
    assert [path.name for path in paths] == ['figure.png', 'dynamic_image.png', 'exact_rank_pooling.png', 'scores.csv']
    assert sorted(path.name for path in (tmp_path / 'new').iterdir()) == sorted(path.name for path in paths)
    picture = cv2.imread(str(paths[1]))[..., ::-1]
    expected = dynamic_image_uint8(result.clip.frames[[0, 2, 4, 6, 8]])
    assert np.abs(picture.astype(int) - expected).max() <= 1
    rows = list(csv.DictReader(paths[-1].open()))
    assert [row['frame'] for row in rows] == ['20', '22', '23', '24', '26', '28']
    assert rows[2]['score_dynamic_image'] == '' and rows[2]['score_trained_x'] == '1'
    assert float(rows[5]['score_dynamic_image']) == pytest.approx(result.rankings[0].scores[-1])
    assert float(rows[0]['weight_dynamic_image']) == pytest.approx(rank_pooling_weights(5)[0])
