"""What rank pooling makes of one clip: dynamic images, rank scores, pooling weights."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from fdp_mmaction.functional.dynamic_image import (dynamic_image, projected_rank_scores, rank_pooling_weights,
                                                   rescale_dynamic_image)
from fdp_mmaction.functional.exact_rank_pooling import exact_rank_pooling
from fdp_mmaction.functional.rank_pooling import chronological_share
from .clip import Clip


@dataclass(frozen=True)
class Ranking:
    """One way of ranking the frames of a clip.

    Args:
        name (str): Such as ``'dynamic image'``.
        frame_ids (np.ndarray): ``(T,)`` numbers of the frames it saw.
        scores (np.ndarray): ``(T,)`` rank score of each; only differences mean anything.
        weights (np.ndarray, optional): ``(T,)`` pooling weights of these frames. Defaults to None.
        image (np.ndarray, optional): ``(H, W)`` or ``(H, W, 3)`` what the weights pool the frames to, in [0, 1].
            Defaults to None.
    """

    name: str
    frame_ids: np.ndarray
    scores: np.ndarray
    weights: np.ndarray | None = None
    image: np.ndarray | None = None

    @property
    def order(self) -> float:
        """Share of frame pairs in chronological order, in [0, 1]; 0.5 is chance."""
        return float(chronological_share(torch.from_numpy(self.scores)[None]))


@dataclass(frozen=True)
class ClipRanking:
    """All that is shown of one clip.

    Args:
        clip (Clip): The clip.
        smooth (bool): Whether running means are ranked.
        rankings (list[Ranking]): The dynamic image first, then what else was asked for.
    """

    clip: Clip
    smooth: bool
    rankings: list[Ranking] = field(default_factory=list)

    @property
    def peak_index(self) -> int:
        """Position of the apex; where that is unknown, of the frame that differs most from the first."""
        if self.clip.apex_index is not None:
            return self.clip.apex_index
        first = self.clip.frames[0].astype(np.int16)
        return int(np.argmax([np.abs(frame - first).mean() for frame in self.clip.frames]))


def sample_positions(num_frames: int, wanted: int | None = None) -> np.ndarray:
    """Evenly spread positions, first and last included.

    Args:
        num_frames (int): Frames to choose from, at least 2.
        wanted (int, optional): How many, at least 2; all where there are fewer. Defaults to None, all.

    Returns:
        np.ndarray: Increasing int64 positions.
    """
    count = min(wanted or num_frames, num_frames)
    return np.rint(np.linspace(0, num_frames - 1, count)).astype(np.int64)


def rank_clip(clip: Clip, smooth: bool = True, num_frames: int | None = None, exact: bool = False) -> ClipRanking:
    """Rank the frames of a clip by its dynamic image, and by exact rank pooling on wish.

    Args:
        clip (Clip): The clip.
        smooth (bool): Rank the running means; else the frames themselves. Defaults to True.
        num_frames (int, optional): Use so many, evenly spread. Defaults to None, all.
        exact (bool): Add exact rank pooling, which needs scikit-learn. Defaults to False.

    Returns:
        ClipRanking: With the scores ``<u, V_t - V_1>`` of each image u.
    """
    positions = sample_positions(len(clip.frames), num_frames)
    frames, frame_ids = clip.frames[positions], clip.frame_ids[positions]
    image = dynamic_image(frames, smooth)
    rankings = [Ranking('dynamic image', frame_ids, projected_rank_scores(frames, image, smooth),
                        rank_pooling_weights(len(frames), smooth), rescale_dynamic_image(image))]
    if exact:
        image = exact_rank_pooling(frames, smooth)
        rankings.append(Ranking('exact rank pooling', frame_ids, projected_rank_scores(frames, image, smooth),
                                image=rescale_dynamic_image(image)))
    return ClipRanking(clip, smooth, rankings)
