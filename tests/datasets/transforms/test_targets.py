import numpy as np

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.transforms import DynamicImageTarget
from fdp_mmaction.functional.rank_pooling import dynamic_image


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
