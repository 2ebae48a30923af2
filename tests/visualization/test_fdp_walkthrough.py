from __future__ import annotations

import numpy as np
import pytest
import torch

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization import read_prepared_clip
from fdp_mmaction.visualization.fdp_walkthrough import draw_walkthrough, walk_through
from fdp_mmaction.visualization.learned_ranking import LearnedRanker


def test_steps_lead_to_what_the_model_predicts(trained, prepared) -> None:
    ranker = LearnedRanker(trained())
    clip = read_prepared_clip(prepared, 'sub02/EP01_01')
    steps = walk_through(ranker, clip)
    packed, _ = ranker.prepare(clip)
    with torch.no_grad():
        [sample] = ranker.model.test_step(dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']]))
    np.testing.assert_allclose(steps.probabilities, sample.pred_score.numpy(), atol=1e-5)
    np.testing.assert_allclose(steps.constructed, sample.pred_dynamic_image.numpy(), atol=1e-5)
    np.testing.assert_allclose(steps.scores, sample.pred_rank_scores[0].numpy(), atol=1e-5)
    assert steps.frames.shape == steps.maps.shape == (4, 16, 16) and steps.representation.shape == (1, 16, 16)
    assert steps.weights.sum() == pytest.approx(0, abs=1e-4)


def test_the_figure_shows_every_step(trained, prepared) -> None:
    ranker = LearnedRanker(trained())
    steps = walk_through(ranker, read_prepared_clip(prepared))
    figure = draw_walkthrough(steps, ranker.protocol.classes, 'disgust')
    panels = [axes for part in figure.subfigs for axes in part.axes]
    assert len(panels) == 4 + 4 + 2 + 4
    titles = [panel.get_title() for panel in panels]
    assert titles[:4] == ['10', '14', '17', '21'] and titles[-1] == 'class (true: disgust)'
    assert [bar.get_width() for bar in panels[-1].patches] == pytest.approx(steps.probabilities.tolist())


def test_a_model_without_dynamic_images_is_refused(trained, prepared) -> None:
    with pytest.raises(DatasetError, match='constructs no dynamic image'):
        walk_through(LearnedRanker(trained(more="del model['aux_heads']")), read_prepared_clip(prepared))
