from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.datasets.transforms import FramesToDynamicImage
from fdp_mmaction.functional.rank_pooling import dynamic_image_uint8


@pytest.mark.parametrize('smooth', [True, False])
def test_each_clip_becomes_its_dynamic_image(smooth: bool) -> None:
    imgs = np.random.default_rng(0).integers(0, 256, (10, 6, 6), dtype=np.uint8)
    results = FramesToDynamicImage(smooth).transform(dict(imgs=imgs, clip_len=5, num_clips=2))
    assert results['clip_len'] == 1 and results['imgs'].dtype == np.uint8
    for image, clip in zip(results['imgs'], (imgs[:5], imgs[5:])):
        assert np.array_equal(image, dynamic_image_uint8(clip, smooth))
