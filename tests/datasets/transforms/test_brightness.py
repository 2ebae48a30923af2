from __future__ import annotations

import numpy as np

from fdp_mmaction.datasets.transforms import BrightnessFrames


def test_all_frames_change_alike_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    imgs = rng.integers(60, 190, (4, 8, 8), dtype=np.uint8)
    results = dict(imgs=imgs, label=3)
    np.random.seed(1)
    changed = BrightnessFrames(gain=0.2, offset=20).transform(results)
    assert changed['label'] == 3 and changed['imgs'].dtype == np.uint8
    slope, shift = np.polyfit(imgs.ravel().astype(float), changed['imgs'].ravel().astype(float), 1)
    residual = changed['imgs'] - (slope * imgs + shift)
    assert np.abs(residual).max() < 1.1      # one line for every frame, up to rounding
    assert abs(slope - 1) > 0.01 and 0.8 <= slope <= 1.2 and np.array_equal(results['imgs'], imgs)


def test_stays_within_its_limits_and_the_range_of_grey() -> None:
    flat = dict(imgs=np.full((1, 2, 2), 127, np.uint8))
    extreme = dict(imgs=np.array([[[0, 255]]], np.uint8))
    for seed in range(50):
        np.random.seed(seed)
        assert abs(int(BrightnessFrames(0.1, 10).transform(flat)['imgs'][0, 0, 0]) - 127) <= 11
        dark, light = BrightnessFrames(0.5, 90).transform(extreme)['imgs'].ravel().tolist()
        assert 0 <= dark < light <= 255      # saturates, never wraps around


def test_off_is_identity() -> None:
    imgs = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(BrightnessFrames(0.0, 0.0).transform(dict(imgs=imgs))['imgs'], imgs)
