from __future__ import annotations

import numpy as np

from fdp_mmaction.functional.dynamic_image import dynamic_image, rescale_dynamic_image
from fdp_mmaction.visualization import Clip, Mistake, draw_mistakes
from fdp_mmaction.visualization.clip_figure import contrast


def clip(apex: int | None = 14, seed: int = 0) -> Clip:
    frames = np.random.default_rng(seed).integers(0, 256, (6, 16, 16), dtype=np.uint8)
    return Clip(f'toy/s/E{seed}', frames, np.arange(10, 16), apex)


def test_onset_apex_and_dynamic_image() -> None:
    one = clip()
    figure = draw_mistakes([Mistake(one, 'disgust', 'others', 'by 0.50')], 'title')
    onset, apex, image = (axes.images[0].get_array() for axes in figure.subfigs[0].axes)
    np.testing.assert_array_equal(onset, one.frames[0])
    np.testing.assert_array_equal(apex, one.frames[4])
    np.testing.assert_allclose(image, contrast(rescale_dynamic_image(dynamic_image(one.frames))))
    assert [axes.get_xlabel() for axes in figure.subfigs[0].axes] == ['onset (10)', 'apex (14)', 'dynamic image']
    assert figure.subfigs[0].get_suptitle() == 'toy/s/E0\ndisgust → others, by 0.50'
    assert figure.get_suptitle() == 'title'


def test_an_unknown_apex_is_not_called_one() -> None:
    figure = draw_mistakes([Mistake(clip(apex=None), 'a', 'b')])
    assert figure.subfigs[0].axes[1].get_xlabel() == 'middle (13)'
    np.testing.assert_array_equal(figure.subfigs[0].axes[1].images[0].get_array(), clip().frames[3])


def test_a_sheet_has_a_place_for_each() -> None:
    figure = draw_mistakes([Mistake(clip(seed=seed), 'a', 'b') for seed in range(5)], columns=3)
    assert len(figure.subfigs) == 6
    assert [len(cell.axes) for cell in figure.subfigs] == [3] * 5 + [0]
