from __future__ import annotations

import sys

import numpy as np
import pytest

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization.embedding import embed
from fdp_mmaction.visualization.embedding_figure import draw_embedding
from fdp_mmaction.visualization.representations import Representations

pytest.importorskip('sklearn', reason='representations are laid out by scikit-learn')


def clusters(count: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three of them, far apart, in 60 dimensions."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), count)
    return (20 * rng.normal(size=(3, 60))[labels] + rng.normal(size=(3 * count, 60))).astype(np.float32), labels


def kept_apart(points: np.ndarray, labels: np.ndarray) -> bool:
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return bool((labels[distance.argmin(axis=1)] == labels).all())


def test_pca_for_few() -> None:
    features, labels = clusters()
    found = embed(features)
    assert found.method == 'PCA' and found.points.shape == (24, 2) and kept_apart(found.points, labels)
    centred = features - features.mean(axis=0)
    variance = np.linalg.svd(centred, compute_uv=False)[:2] ** 2
    np.testing.assert_allclose((found.points ** 2).sum(axis=0), variance, rtol=1e-3)
    assert found.axes[0] == f'component 1 ({100 * variance[0] / (centred ** 2).sum():.0f} % of the variance)'


def test_t_sne_for_many_is_the_same_every_time() -> None:
    features, labels = clusters(34)
    found = embed(features)
    assert found.method == 't-SNE (perplexity 30)' and found.axes == ('', '') and kept_apart(found.points, labels)
    np.testing.assert_array_equal(found.points, embed(features).points)


def test_few_neighbours_of_few() -> None:
    assert embed(clusters(4)[0], 't-sne').method == 't-SNE (perplexity 4)'


def test_sentences(monkeypatch) -> None:
    features, _ = clusters(2)
    with pytest.raises(DatasetError, match='2 MEs cannot be laid out in a plane'):
        embed(features[:2])
    with pytest.raises(DatasetError, match='perplexity of 9 asks for more neighbours than 6 MEs have'):
        embed(features, 't-sne', 9)
    with pytest.raises(ValueError, match="pca or t-sne; got 'umap'"):
        embed(features, 'umap')
    monkeypatch.setitem(sys.modules, 'sklearn.decomposition', None)
    with pytest.raises(ImportError, match=r'pip install fdp-mmaction\[explain\]'):
        embed(features)


def drawn(left_out=(), by='class'):
    features, labels = clusters(4)
    found = Representations(features, labels, labels, tuple(f's{index % 2}' for index in range(12)),
                            tuple(map(str, range(12))), ('a', 'b', 'c'))
    return draw_embedding(found, embed(features), left_out, by, 'title')


def test_points_stand_for_mes() -> None:
    figure = drawn()
    points = np.concatenate([part.get_offsets() for part in figure.axes[0].collections])
    expected = embed(clusters(4)[0]).points
    np.testing.assert_allclose(points[np.lexsort(points.T)], expected[np.lexsort(expected.T)])
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ['a (4)', 'b (4)', 'c (4)'] and figure.axes[0].get_title() == 'title\n12 MEs by PCA'


def test_what_was_trained_on_is_an_outline() -> None:
    figure = drawn(left_out=('s1',))
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[3:] == ['left out of training', 'trained on']
    hollow = [len(part.get_offsets()) for part in figure.axes[0].collections if not len(part.get_facecolors())]
    assert sum(hollow) == 6
    assert len(drawn(left_out=('s0', 's1')).legends[0].get_texts()) == 3


def test_the_legend_fits() -> None:
    features, labels = clusters(10)
    names = tuple(f'subject {index % 15:02d}' for index in range(30))
    figure = draw_embedding(Representations(features, labels, labels, names, names, ('a', 'b', 'c')), embed(features),
                            ('subject 00',), 'subject')
    legend, = figure.legends
    figure.draw_without_rendering()
    box, page = legend.get_window_extent(), figure.bbox
    assert min(box.x0, box.y0) >= 0 and box.x1 <= page.width and len(legend.get_texts()) == 17
    assert box.y1 <= figure.axes[0].get_tightbbox().y0


def test_by_subject() -> None:
    assert [text.get_text() for text in drawn(by='subject').legends[0].get_texts()] == ['s0 (6)', 's1 (6)']
    with pytest.raises(ValueError, match="class or subject; got 'age'"):
        drawn(by='age')
