import numpy as np
import pytest

from fdp_mmaction.evaluation.mean_image import mean_image_quality


def test_the_mean_is_compared_with_each_test_image():
    rng = np.random.default_rng(0)
    mean = rng.random((16, 16), dtype=np.float32) * 0.5 + 0.25
    train = [mean - 0.1, mean + 0.1]
    quality = mean_image_quality(train, [mean + 0.1, mean + 0.01])
    assert quality['PSNR'] == pytest.approx((20 + 40) / 2, abs=0.01)
    assert quality['SSIM'] < 1
