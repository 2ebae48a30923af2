import builtins

import numpy as np
import pytest
from scipy.optimize import minimize

from fdp_mmaction.functional.dynamic_image import dynamic_image, projected_rank_scores
from fdp_mmaction.functional.exact_rank_pooling import exact_rank_pooling


def cosine(a, b):
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


def smooth_clip(num_frames=16, size=12, seed=0, noise=0.02):
    """A soft blob that moves one way, with a little noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    path = np.linspace(3, 8, num_frames)
    blobs = [np.exp(-((x - centre) ** 2 + (y - size / 2) ** 2) / 8) for centre in path]
    return 255 * (np.stack(blobs) + noise * rng.normal(size=(num_frames, size, size)))


@pytest.mark.parametrize('num_frames', [2, 3, 9, 30])
def test_orders_the_sequence(num_frames):
    frames = smooth_clip(num_frames)
    scores = projected_rank_scores(frames, exact_rank_pooling(frames, C=1e5))
    assert (np.diff(scores) > 0).all()


def test_orders_what_the_dynamic_image_does_not():
    """A motion there and back, so the last running means turn round on the line that the first ones went along."""
    frames = smooth_clip(20)[[*range(0, 20, 2), *range(19, -1, -2)]]
    assert (np.diff(projected_rank_scores(frames, exact_rank_pooling(frames, C=1e6))) > 0).all()
    assert (np.diff(projected_rank_scores(frames, dynamic_image(frames))) > 0).mean() < 0.8


@pytest.mark.parametrize('smooth', [False, True])
def test_the_dynamic_image_is_its_limit_for_small_C(smooth):
    """Every pair violates the margin, so the solution is C times the mean of the differences."""
    frames = np.random.default_rng(2).random((7, 6, 5))
    assert cosine(exact_rank_pooling(frames, smooth, C=1e-4), dynamic_image(frames, smooth)) > 1 - 1e-9


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('smooth', [False, True])
def test_the_dynamic_image_comes_close_on_smooth_sequences(seed, smooth):
    frames = smooth_clip(seed=seed)
    assert cosine(exact_rank_pooling(frames, smooth), dynamic_image(frames, smooth)) > 0.7


def test_minimises_the_objective_it_names():
    """Against a general minimiser on all pixels, with the hinge as constraints: min |u|^2 / 2 + C mean xi."""
    frames, C = np.random.default_rng(3).random((5, 3)), 20.0
    pairs = np.array([frames[j] - frames[i] for j in range(5) for i in range(j)])
    spread = np.sqrt((pairs ** 2).sum(axis=1).mean())
    pairs /= spread
    found = minimize(lambda z: z[:3] @ z[:3] / 2 + C * z[3:].mean(), np.concatenate([np.zeros(3), np.ones(10)]),
                     constraints=[dict(type='ineq', fun=lambda z: pairs @ z[:3] - 1 + z[3:]),
                                  dict(type='ineq', fun=lambda z: z[3:])],
                     method='SLSQP', options=dict(ftol=1e-12, maxiter=500))
    assert found.success
    np.testing.assert_allclose(exact_rank_pooling(frames, smooth=False, C=C), found.x[:3], atol=1e-3)


def test_neither_range_nor_offset_of_pixels_matters():
    frames = smooth_clip()
    direction = exact_rank_pooling(frames)
    assert cosine(exact_rank_pooling(frames / 255 + 3), direction) > 1 - 1e-6


def test_shapes_and_edges(monkeypatch):
    colour = np.random.default_rng(4).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
    assert exact_rank_pooling(colour).shape == (4, 6, 3)
    assert not exact_rank_pooling(np.full((5, 4, 4), 9, dtype=np.uint8)).any()
    with pytest.raises(ValueError, match='at least two frames, got 1'):
        exact_rank_pooling(colour[:1])

    real = builtins.__import__
    monkeypatch.setattr(builtins, '__import__', lambda name, *args, **kwargs: (
        (_ for _ in ()).throw(ImportError(name)) if name.startswith('sklearn') else real(name, *args, **kwargs)))
    with pytest.raises(ImportError, match='pip install scikit-learn'):
        exact_rank_pooling(colour)
