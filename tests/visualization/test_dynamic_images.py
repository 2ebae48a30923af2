import numpy as np
import pytest

from fdp_mmaction.visualization import draw_dynamic_images


@pytest.mark.parametrize('count', [1, 3])
def test_true_and_constructed_stand_above_each_other(count):
    rng = np.random.default_rng(0)
    examples = [dict(sample_id=f'd/s/{i}', target=rng.random((8, 8)), predicted=rng.random((8, 8)), psnr=20.0, ssim=0.5)
                for i in range(count)]
    figure = draw_dynamic_images(examples)
    shown = [axes.images[0].get_array().data for axes in figure.axes]
    assert len(shown) == 3 * count
    for column, example in enumerate(examples):
        np.testing.assert_array_equal(shown[column], example['target'])
        np.testing.assert_array_equal(shown[count + column], example['predicted'])
        np.testing.assert_allclose(shown[2 * count + column], np.abs(example['target'] - example['predicted']))
