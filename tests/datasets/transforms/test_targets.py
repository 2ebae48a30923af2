from pathlib import Path

import numpy as np

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.transforms import DynamicImageTarget
from fdp_mmaction.functional.rank_pooling import dynamic_image

DATA = Path(__file__).parents[2] / 'data'


def test_target_is_the_stretched_dynamic_image_of_each_clip():
    imgs = np.random.default_rng(0).integers(0, 256, (10, 6, 7), dtype=np.uint8)
    raw = dynamic_image(imgs[:5])
    one = DynamicImageTarget()(dict(imgs=imgs[:5], clip_len=5))['gt_dynamic_image']
    np.testing.assert_allclose(one, (raw - raw.min()) / (raw.max() - raw.min()), atol=1e-6)
    two = DynamicImageTarget()(dict(imgs=imgs, clip_len=5))['gt_dynamic_image']
    assert two.shape == (2, 6, 7) and two.dtype == np.float32
    np.testing.assert_array_equal(two[0], one)


def test_order_matters():
    imgs = np.random.default_rng(0).integers(0, 256, (5, 6, 7), dtype=np.uint8)
    target = DynamicImageTarget(smooth=False)
    forward, backward = (target(dict(imgs=i, clip_len=5))['gt_dynamic_image'] for i in (imgs, imgs[::-1]))
    np.testing.assert_allclose(forward, 1 - backward, atol=1e-6)


def test_released_targets_are_truncated_to_256_levels():
    """Against the reference's pictures; without truncation, or by rounding, they differ by up to a level."""
    golden = np.load(DATA / 'dynamic_image_golden.npz')
    for frames in (8, 13):
        clip, expected = golden[f'di_in_T{frames}'], golden[f'di_out_T{frames}'] / np.float32(255)
        targets = [DynamicImageTarget(quantise=on)(dict(imgs=clip, clip_len=frames))['gt_dynamic_image']
                   for on in (True, False)]
        assert targets[0].dtype == np.float32
        np.testing.assert_array_equal(targets[0], expected)
        assert 0.9 / 255 < np.abs(targets[1] - expected).max() < 1.01 / 255
        assert np.abs(np.rint(255 * targets[1]) / 255 - expected).max() > 0.9 / 255


def test_quantised_target_of_a_still_clip():
    clip = np.full((8, 4, 4), 77, dtype=np.uint8)
    assert not DynamicImageTarget(quantise=True)(dict(imgs=clip, clip_len=8))['gt_dynamic_image'].any()
