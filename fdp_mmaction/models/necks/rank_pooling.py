"""Rank pooling over time as a neck."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from fdp_mmaction.functional.rank_pooling import learned_rank_weights, pairwise_rank_loss, running_mean
from fdp_mmaction.registry import MODELS

MODES = ('learned', 'approximate', 'mean')


class RankScorer(nn.Sequential):
    """Score frames so that they sort in time: pooled grid of the frame's features -> one number.

    Args:
        in_channels (int): Channels of the frame features.
        grid (int): Side of the grid that features are averaged to. Defaults to 8.
        hidden_channels (int): Width of the hidden layer. Defaults to 64.
    """

    def __init__(self, in_channels: int, grid: int = 8, hidden_channels: int = 64) -> None:
        super().__init__(
            nn.AdaptiveAvgPool2d(grid),
            nn.Flatten(),
            nn.Linear(in_channels * grid ** 2, hidden_channels),
            nn.ReLU(inplace=True),
            nn.Linear(hidden_channels, 1),
        )


@MODELS.register_module()
class RankPooling(BaseModule):
    """Pool frame features over time into one dynamic representation.

    ``'learned'``: a scorer ranks the frames, trained by a pairwise ranking loss to give later frames
    higher scores; the weights are ``alpha_t = sum_j tanh((s_t - s_j) / temperature)``.
    ``'approximate'``: fixed weights in closed form. ``'mean'``: no order at all, for ablation.
    Weights are divided by the sum of absolute values that a perfectly ordered clip would have, so the scale
    does not depend on T. See :mod:`fdp_mmaction.functional.rank_pooling` for the formulas.

    Args:
        in_channels (int): Channels C of the frame features. Defaults to 1.
        out_channels (int, optional): Lift the pooled maps to this many by a 3x3 convolution. Defaults to
            None, no convolution.
        mode (str): ``'learned'``, ``'approximate'`` or ``'mean'``. Defaults to ``'learned'``.
        smooth (bool): Rank and pool running means instead of the features themselves, the form rank
            pooling is defined on. It matters when a clip returns to the neutral face, as an
            onset-to-offset clip does: the plain weights are odd around the middle. Defaults to True.
        temperature (float): Width of the soft comparison of scores. Defaults to 1.0.
        margin (float): Margin of the ranking loss. Defaults to 1.0.
        loss_weight (float): Weight of the ranking loss. Defaults to 0.1.
        init_cfg (dict, optional): Initialisation. Defaults to None.

    Raises:
        ValueError: If ``mode`` is unknown.
    """

    def __init__(self,
                 in_channels: int = 1,
                 out_channels: int | None = None,
                 mode: str = 'learned',
                 smooth: bool = True,
                 temperature: float = 1.0,
                 margin: float = 1.0,
                 loss_weight: float = 0.1,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        if mode not in MODES:
            raise ValueError(f'RankPooling knows the modes {", ".join(MODES)}; got {mode!r}.')
        self.mode = mode
        self.smooth = smooth
        self.temperature = temperature
        self.margin = margin
        self.loss_weight = loss_weight
        self.scorer = RankScorer(in_channels) if mode == 'learned' else None
        self.lift = nn.Conv2d(in_channels, out_channels, 3, padding=1) if out_channels else nn.Identity()

    def scores(self, x: Tensor) -> Tensor:
        """Rank score of each frame.

        Args:
            x (Tensor): ``(N, C, T, H, W)`` sequence, running means already taken when ``smooth``.

        Returns:
            Tensor: ``(N, T)``, float32.
        """
        n, _, t = x.shape[:3]
        return self.scorer(x.transpose(1, 2).flatten(0, 1)).float().view(n, t)

    def forward(self, x: Tensor, data_samples: list | None = None) -> tuple[Tensor, dict[str, Tensor]]:
        """Pool over time.

        Args:
            x (Tensor): ``(N, C, T, H, W)`` features of the frames in chronological order.
            data_samples (list, optional): Present in training only; the ranking loss is then computed.

        Returns:
            tuple[Tensor, dict]: The dynamic representation ``(N, C_out, H, W)`` and the auxiliary losses
            (``loss_rank`` when ``mode='learned'`` and ``data_samples`` are given, else empty).
        """
        num_frames = x.size(2)
        losses: dict[str, Tensor] = {}
        if self.mode == 'mean':
            return self.lift(x.mean(dim=2)), losses
        order = torch.arange(1 - num_frames, num_frames, 2, device=x.device, dtype=x.dtype)     # 2 t - T - 1
        sequence = running_mean(x, dim=2) if self.smooth else x
        if self.mode == 'learned':
            scores = self.scores(sequence)
            weights = learned_rank_weights(scores, self.temperature).to(x.dtype)
            if data_samples is not None:
                losses['loss_rank'] = self.loss_weight * pairwise_rank_loss(scores, self.margin)
        else:
            weights = order.expand(len(x), -1)
        pooled = torch.einsum('nt,ncthw->nchw', weights / order.abs().sum(), sequence)
        return self.lift(pooled), losses
