import numpy as np
import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization import read_prepared_clip
from fdp_mmaction.visualization.clip import Clip
from fdp_mmaction.visualization.learned_ranking import LearnedRanker

def test_scores_are_those_of_the_neck(trained, prepared):
    clip = read_prepared_clip(prepared, 'sub02/EP01_01')
    ranker = LearnedRanker(trained())
    ranking = ranker(clip)
    assert ranking.name == 'trained tiny' and ranking.frame_ids.tolist() == [10, 14, 17, 21]
    assert ranking.image.shape == (32, 32)

    # by hand: sample, shrink by area, normalise, backbone, scorer on running means
    frames = clip.frames[[0, 4, 7, 11]].astype(np.float32)
    small = torch.from_numpy(np.rint(frames.reshape(4, 16, 2, 16, 2).mean((2, 4))))
    feats = ranker.model.backbone((small[None, None] - 127.5) / 127.5)
    means = torch.stack([feats[:, :, :t].mean(dim=2) for t in range(1, 5)], dim=2)
    scores = ranker.neck.scorer(means)[0].detach()
    np.testing.assert_allclose(ranking.scores, scores.numpy(), atol=0.02)      # shrunk frames are rounded
    alphas = [sum(np.tanh((s - r) / ranker.neck.temperature) for r in ranking.scores) for s in ranking.scores]
    expected = [sum(alphas[t] / (t + 1) for t in range(n, 4)) for n in range(4)]
    np.testing.assert_allclose(ranking.weights, expected, atol=1e-5)
    pooled = np.tensordot(expected, frames, axes=1)
    np.testing.assert_allclose(ranking.image, (pooled - pooled.min()) / np.ptp(pooled), atol=1e-4)


def test_colour_is_seen_as_grey(trained, prepared):
    clip = read_prepared_clip(prepared)
    ranker = LearnedRanker(trained())
    colour = ranker(Clip('colour', np.stack([clip.frames] * 3, axis=3), clip.frame_ids))
    np.testing.assert_allclose(colour.scores, ranker(clip).scores)
    assert colour.image.shape == (32, 32, 3)


def test_sentences(trained, prepared, tmp_path):
    clip = read_prepared_clip(prepared)
    checkpoint = trained()
    with pytest.raises(DatasetError, match='has frames of 20x32 pixels, but the model saw squares'):
        LearnedRanker(checkpoint)(Clip('wide', clip.frames[..., :20], clip.frame_ids))
    with pytest.raises(CheckpointError, match='does not exist'):
        LearnedRanker(tmp_path / 'lost.pth')
    with pytest.raises(DatasetError, match='Config .* does not exist'):
        LearnedRanker(checkpoint, tmp_path / 'lost.py')
    weights = torch.load(checkpoint, weights_only=True)['state_dict']
    torch.save(dict(state_dict={k: v for k, v in weights.items() if 'scorer' not in k}), tmp_path / 'part.pth')
    with pytest.raises(DatasetError, match='holds no configs: name the one that part.pth was trained with'):
        LearnedRanker(tmp_path / 'part.pth')
    with pytest.raises(CheckpointError, match='does not belong to this model'):
        LearnedRanker(tmp_path / 'part.pth', tmp_path / 'run/tiny.py')
    with pytest.raises(DatasetError, match='ranks no frames'):
        LearnedRanker(trained(mode='mean'))
    with pytest.raises(DatasetError, match='normalises each part of the data by itself'):
        LearnedRanker(trained(more="custom_hooks = [dict(type='SplitNormalisationHook')]"))
