"""What FDP does with one clip, step by step, as one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.rank_pooling import learned_rank_weights
from .clip import Clip
from .learned_ranking import LearnedRanker


@dataclass(frozen=True)
class Walkthrough:
    """The intermediate results of FDP on one clip.

    Attributes:
        name (str): Of the clip.
        frames (np.ndarray): ``(T, H, W)`` uint8, as they enter the network.
        frame_ids (np.ndarray): ``(T,)`` their numbers.
        maps (np.ndarray): ``(T, S, S)`` the backbone's map of every frame.
        scores (np.ndarray): ``(T,)`` rank scores.
        weights (np.ndarray): ``(T,)`` pooling weights of the running means.
        representation (np.ndarray): ``(C, S, S)`` the dynamic representation.
        target (np.ndarray): ``(S, S)`` the dynamic image in [0, 1].
        constructed (np.ndarray): ``(S, S)`` the constructed dynamic image in [0, 1].
        probabilities (np.ndarray): ``(K,)``.
    """

    name: str
    frames: np.ndarray
    frame_ids: np.ndarray
    maps: np.ndarray
    scores: np.ndarray
    weights: np.ndarray
    representation: np.ndarray
    target: np.ndarray
    constructed: np.ndarray
    probabilities: np.ndarray


@torch.no_grad()
def walk_through(ranker: LearnedRanker, clip: Clip) -> Walkthrough:
    """Run FDP on a clip and keep every step.

    Args:
        ranker (LearnedRanker): The trained model.
        clip (Clip): A clip of aligned faces.

    Returns:
        Walkthrough: The steps.

    Raises:
        DatasetError: If the model constructs no dynamic image.
    """
    model, neck = ranker.model, ranker.neck
    if 'dynamic_image' not in getattr(model, 'aux_heads', {}):
        raise DatasetError("The model constructs no dynamic image: use one with aux_heads['dynamic_image'], such as "
                           'configs/fdp_synthetic.py.')
    packed, positions = ranker.prepare(clip)
    frames = packed['inputs'][:1]                                                       # (1, 1, T, H, W)
    data = model.data_preprocessor(dict(inputs=[frames], data_samples=[packed['data_samples']]), training=False)
    maps, _ = model.extract_feat(data['inputs'], stage='backbone')                      # (1, 1, T, S, S)
    scores = neck.rank_scores(maps)
    representation, _ = neck(maps)
    constructed = model.aux_heads['dynamic_image'](representation).sigmoid()[0, 0]
    return Walkthrough(
        clip.name, frames[0, 0].numpy(), clip.frame_ids[positions], maps[0, 0].numpy(), scores[0].numpy(),
        learned_rank_weights(scores, neck.temperature)[0].numpy(), representation[0].numpy(),
        packed['data_samples'].gt_dynamic_image.numpy(), constructed.numpy(),
        model.cls_head(representation).softmax(dim=1)[0].numpy())


def draw_walkthrough(steps: Walkthrough, classes: Sequence[str], truth: str = '') -> Figure:
    """Draw the steps: frames, what each map adds to the onset's, scores and weights, and the two answers.

    Args:
        steps (Walkthrough): From :func:`walk_through`.
        classes (Sequence[str]): K class names.
        truth (str): The true class, drawn in another colour. Defaults to none.

    Returns:
        Figure: Four rows.
    """
    count = len(steps.frames)
    figure = Figure(figsize=(1.12 * count + 0.6, 6.7), layout='constrained')
    rows = figure.subfigures(4, 1, height_ratios=(1.35, 1.25, 1.35, 2.0))
    frames = rows[0].subplots(1, count)
    changes = rows[1].subplots(1, count)
    change = steps.maps - steps.maps[0]
    limit = max(float(np.quantile(np.abs(change), 0.995)), 1e-9)
    for t in range(count):
        frames[t].imshow(steps.frames[t], cmap='gray', vmin=0, vmax=255)
        frames[t].set_title(f'{steps.frame_ids[t]}', fontsize=8)
        changes[t].imshow(change[t], cmap='RdBu_r', vmin=-limit, vmax=limit)
    rows[0].suptitle(f'{steps.name}: frames (number) that enter the network', fontsize=9)
    rows[1].suptitle('frame maps, minus the onset\'s', fontsize=9)
    axes = rows[2].subplots(1, 2)
    for panel, values, title in ((axes[0], steps.scores, 'rank scores of the running means'),
                                 (axes[1], steps.weights, 'pooling weights of the running means')):
        panel.plot(steps.frame_ids, values, 'o-', color='#2f6f9f', ms=4)
        panel.axhline(0, color='black', lw=0.6)
        panel.set_title(title, fontsize=9)
        panel.set_xlabel('frame', fontsize=8)
        panel.tick_params(labelsize=8)
        panel.spines[['top', 'right']].set_visible(False)
    last = rows[3].subplots(1, 4, width_ratios=(1, 1, 1, 1.1))
    _draw_representation(last[0], steps.representation)
    for panel, image, title in ((last[1], steps.target, 'true dynamic image'),
                                (last[2], steps.constructed, 'constructed dynamic image')):
        panel.imshow(image, cmap='gray', vmin=0, vmax=1)
        panel.set_title(title, fontsize=9)
    for panel in (*frames, *changes, *last[:3]):
        panel.set_axis_off()
    colours = ['#d1495b' if name == truth else '#a9bccb' for name in classes]
    last[3].barh(range(len(classes)), steps.probabilities, color=colours)
    last[3].set_yticks(range(len(classes)), classes, fontsize=8)
    last[3].invert_yaxis()
    last[3].set_xlim(0, 1)
    last[3].tick_params(axis='x', labelsize=8)
    last[3].set_title('class' + (f' (true: {truth})' if truth else ''), fontsize=9)
    last[3].spines[['top', 'right']].set_visible(False)
    return figure


def _draw_representation(panel: object, maps: np.ndarray) -> None:
    """All channels as tiles of one picture, each in its own range."""
    limits = np.abs(maps).reshape(len(maps), -1).max(axis=1).clip(min=1e-9)
    tiles = [np.pad(channel / limit, 1, constant_values=np.nan) for channel, limit in zip(maps, limits)]
    columns = int(np.ceil(np.sqrt(len(tiles))))
    tiles += [np.full_like(tiles[0], np.nan)] * (-len(tiles) % columns)
    picture = np.vstack([np.hstack(tiles[row:row + columns]) for row in range(0, len(tiles), columns)])
    panel.imshow(picture, cmap='RdBu_r', vmin=-1, vmax=1)
    panel.set_title(f'dynamic representation, {len(maps)} maps', fontsize=9)
