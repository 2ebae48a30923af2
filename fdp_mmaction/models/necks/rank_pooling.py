"""Rank pooling over time as a neck."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from fdp_mmaction.functional.rank_pooling import learned_rank_weights, pairwise_rank_loss, running_mean
from fdp_mmaction.registry import MODELS
from ..layers import RankScorer

MODES = ('learned', 'approximate', 'mean', 'conv3d')


@MODELS.register_module()
class RankPooling(BaseModule):
    """Pool frame features over time into one dynamic representation.

    ``'learned'``: a :class:`~fdp_mmaction.models.layers.RankScorer` scores the frames, a pairwise ranking loss
    trains later frames to score higher, and the weights are
    ``alpha_t = sum_j tanh((s_t - s_j) / temperature)``. ``'approximate'``: fixed weights ``2 t - T - 1`` in closed
    form. ``'mean'``: no order at all, for ablation. Weights are divided by ``sum_t |2 t - T - 1|``, so the scale
    does not depend on T. The formulas are in :mod:`fdp_mmaction.functional.rank_pooling`. ``'conv3d'``: no ranking;
    a learned 3x3xT convolution over the T maps, time last, as the released FDP code pools.

    Args:
        in_channels (int): Channels C of the frame features. Defaults to 1.
        out_channels (int, optional): Lift the pooled maps to this many by a 3x3 convolution. Defaults to
            None, no convolution; ``'conv3d'`` then keeps ``in_channels``.
        mode (str): ``'learned'``, ``'approximate'``, ``'mean'`` or ``'conv3d'``. Defaults to ``'learned'``.
        smooth (bool): Rank and pool running means instead of the features themselves, the form rank
            pooling is defined on. It matters when a clip returns to the neutral face, as an
            onset-to-offset clip does: the plain weights are odd around the middle. Defaults to True.
        temperature (float): Width of the soft comparison of scores, above 0; a clip's scores have unit
            spread. Defaults to 0.3.
        margin (float): Margin of the ranking loss. Defaults to 0.2.
        loss_weight (float): Weight of the ranking loss. Defaults to 0.1.
        normalise (bool): Batch normalisation of the pooled maps: what changes between frames of an ME is
            small against what stays, so without it the heads see next to nothing. Defaults to True.
        num_frames (int): ``'conv3d'`` only: frames T of a clip, the depth of the kernel. Defaults to 8.
        interleave (bool): ``'conv3d'`` only: the layout of the released code, which takes the memory of
            ``(T, H, W)`` for ``(H, W, T)`` instead of moving the axis, so that time and space are interleaved: the T
            values at one place are T neighbours of one frame, and frame t fills the rows from ``t * H / T``.
            Defaults to False.
        init_cfg (dict, optional): Initialisation. Defaults to None.

    Raises:
        ValueError: If ``mode`` is unknown, or ``interleave`` is asked of another mode than ``'conv3d'``.
    """

    def __init__(self,
                 in_channels: int = 1,
                 out_channels: int | None = None,
                 mode: str = 'learned',
                 smooth: bool = True,
                 temperature: float = 0.3,
                 margin: float = 0.2,
                 loss_weight: float = 0.1,
                 normalise: bool = True,
                 num_frames: int = 8,
                 interleave: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        if mode not in MODES:
            raise ValueError(f'RankPooling knows the modes {", ".join(MODES)}; got {mode!r}.')
        if interleave and mode != 'conv3d':
            raise ValueError(f"RankPooling interleaves time and space in mode 'conv3d' only, not in {mode!r}.")
        self.mode = mode
        self.smooth = smooth
        self.temperature = temperature
        self.margin = margin
        self.loss_weight = loss_weight
        self.num_frames = num_frames
        self.interleave = interleave
        self.scorer = RankScorer(in_channels) if mode == 'learned' else None
        self.convolution, width = None, in_channels
        if mode == 'conv3d':
            width, out_channels = out_channels or in_channels, None        # it lifts by itself
            self.convolution = nn.Conv3d(in_channels, width, (3, 3, num_frames), padding=(1, 1, 0))
        self.norm = nn.BatchNorm2d(width) if normalise else nn.Identity()
        self.lift = nn.Conv2d(width, out_channels, 3, padding=1) if out_channels else nn.Identity()

    def rank_scores(self, x: Tensor) -> Tensor:
        """Rank score of each frame, as the learned mode pools by.

        Args:
            x (Tensor): ``(N, C, T, H, W)`` features of the frames in chronological order.

        Returns:
            Tensor: ``(N, T)`` float32.
        """
        return self.scorer(self._sequence(x))

    def predict(self, x: Tensor, data_samples: list) -> list:
        """Set ``pred_rank_scores`` on each sample, where frames are scored (``mode='learned'``).

        Args:
            x (Tensor): ``(N * num_clips, C, T, H, W)`` features of the frames.
            data_samples (list[ActionDataSample]): N samples.

        Returns:
            list[ActionDataSample]: The same samples with ``pred_rank_scores`` ``(num_clips, T)``, or unchanged.
        """
        if self.scorer is not None:
            scores = self.rank_scores(x)
            for sample, clips in zip(data_samples, scores.view(len(data_samples), -1, scores.size(1))):
                sample.set_field(clips, 'pred_rank_scores')
        return data_samples

    def _sequence(self, x: Tensor) -> Tensor:
        return running_mean(x, dim=2) if self.smooth else x

    def _convolve(self, x: Tensor) -> Tensor:
        n, c, t, h, w = x.shape
        if t != self.num_frames:
            raise ValueError(f'RankPooling was built for clips of {self.num_frames} frames and got {t}: set num_frames '
                             'to the clip_len of SampleMEFrames.')
        x = x.reshape(n, c, h, w, t) if self.interleave else x.movedim(2, -1)       # (N, C, H, W, T)
        return self.convolution(x).squeeze(-1)

    def forward(self, x: Tensor | Sequence[Tensor], data_samples: list | None = None,
                ) -> tuple[Tensor, dict[str, Tensor]]:
        """Pool over time.

        Args:
            x (Tensor | Sequence[Tensor]): ``(N, C, T, H, W)`` features of the frames in chronological order, T >= 2;
                exactly ``num_frames`` for ``'conv3d'``. Of several levels, as ``Recognizer2D`` hands them to a
                neck, the last is pooled.
            data_samples (list, optional): Present in training only; the ranking loss is then computed.

        Returns:
            tuple[Tensor, dict]: The dynamic representation ``(N, C_out, H, W)`` and the auxiliary losses
            (``loss_rank`` when ``mode='learned'`` and ``data_samples`` are given, else empty).

        Raises:
            ValueError: If a clip has another number of frames than ``'conv3d'`` was built for.
        """
        losses: dict[str, Tensor] = {}
        x = x if isinstance(x, Tensor) else x[-1]
        if self.mode == 'conv3d':
            pooled = self._convolve(x)
        elif self.mode == 'mean':
            pooled = x.mean(dim=2)
        else:
            t = x.size(2)
            order = torch.arange(1 - t, t, 2, device=x.device, dtype=x.dtype).expand(x.size(0), -1)     # 2 t - T - 1
            weights, sequence = order, self._sequence(x)
            if self.mode == 'learned':
                scores = self.scorer(sequence)
                weights = learned_rank_weights(scores, self.temperature).to(x.dtype)
                if data_samples is not None:
                    losses['loss_rank'] = self.loss_weight * pairwise_rank_loss(scores, self.margin)
            pooled = torch.einsum('nt,ncthw->nchw', weights / order[0].abs().sum(), sequence)
        return self.lift(self.norm(pooled)), losses
