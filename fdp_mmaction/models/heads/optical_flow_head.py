"""MOL's optical-flow head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from fdp_mmaction.functional.correlation import correlation
from fdp_mmaction.functional.frame_pairs import frame_pairs
from fdp_mmaction.registry import MODELS
from ..layers.flow_decoder import SLOPE, FlowDecoder, flow_convolution
from .clip_targets import set_predictions, stack_targets


@MODELS.register_module()
class OpticalFlowHead(BaseModule):
    """Optical flow from each frame to the next, from the frames and their maps (MOL, arXiv 2506.14511).

    A FlowNetC (Dosovitskiy et al., ICCV 2015), with the sizes of the released code: an encoder that every frame passes
    once, the correlation of neighbouring frames, joined with the backbone's maps of both, and a decoder to full
    resolution. All pairs of all clips are one batch.

    Args:
        feature_channels (int): Channels of the backbone's maps. Defaults to 128.
        in_channels (int): Channels of a frame. Defaults to 1.
        encoder_channels (Sequence[int]): Widths of the encoder's convolutions of stride 2; they lead to the resolution
            of the backbone's maps. Defaults to (64, 128, 256).
        encoder_kernels (Sequence[int]): Their kernels. Defaults to (6, 4, 2).
        encoder_paddings (Sequence[int]): Their paddings. Defaults to (2, 1, 0).
        max_displacement (int): Largest displacement of the correlation, in positions of the maps. Defaults to 20.
        displacement_step (int): Distance between neighbouring displacements. Defaults to 2.
        redirect_channels (int): Width that the first frame's encoding is joined with. Defaults to 32.
        level_channels (Sequence[Sequence[int]]): Widths of the decoder's levels down. See
            :class:`~fdp_mmaction.models.layers.FlowDecoder`.
        decoder_channels (Sequence[int]): Widths of its steps up. Defaults to (512, 256, 128, 128, 64, 32).
        paired_maps (bool): The backbone has ``pair_weights``. Defaults to False.
        flow_unit (float): Pixels that one unit of the network's output stands for; the loss is in these units. MEs move
            by hundredths of a pixel between frames, which a loss in pixels hardly sees. Defaults to 1.0, as released.
        loss_weight (float): Weight of the mean squared error. Defaults to 10 / 7: the released code weighs with 10 and
            divides the mean over 7 pairs by 7 once more.
        init_cfg (dict, optional): Initialisation. Defaults to None, PyTorch's own.

    Raises:
        ValueError: If the settings of the encoder differ in length, or maps and frames do not fit each other.
    """

    needs_frames = True
    """The recognizer hands it the frames beside the features."""

    def __init__(self,
                 feature_channels: int = 128,
                 in_channels: int = 1,
                 encoder_channels: Sequence[int] = (64, 128, 256),
                 encoder_kernels: Sequence[int] = (6, 4, 2),
                 encoder_paddings: Sequence[int] = (2, 1, 0),
                 max_displacement: int = 20,
                 displacement_step: int = 2,
                 redirect_channels: int = 32,
                 level_channels: Sequence[Sequence[int]] = ((256,), (512, 512), (512, 512), (1024, 1024)),
                 decoder_channels: Sequence[int] = (512, 256, 128, 128, 64, 32),
                 paired_maps: bool = False,
                 flow_unit: float = 1.0,
                 loss_weight: float = 10 / 7,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        if not len(encoder_channels) == len(encoder_kernels) == len(encoder_paddings):
            raise ValueError('OpticalFlowHead: encoder_channels, encoder_kernels and encoder_paddings list '
                             f'{len(encoder_channels)}, {len(encoder_kernels)} and {len(encoder_paddings)} values.')
        self.max_displacement = max_displacement
        self.displacement_step = displacement_step
        self.paired_maps = paired_maps
        self.flow_unit = flow_unit
        self.loss_weight = loss_weight
        widths = [in_channels, *encoder_channels]
        self.encoder = nn.ModuleList(
            flow_convolution(before, width, kernel, 2, padding)
            for before, width, kernel, padding in zip(widths, encoder_channels, encoder_kernels, encoder_paddings))
        self.redirect = flow_convolution(widths[-1], redirect_channels, 1)
        displacements = (2 * max_displacement // displacement_step + 1) ** 2
        self.decoder = FlowDecoder(redirect_channels + displacements + 2 * feature_channels, level_channels,
                                   widths[-2::-1], decoder_channels)

    def forward(self, x: Tensor, frames: Tensor) -> Tensor:
        """Flow of all pairs of neighbouring frames.

        Args:
            x (Tensor): ``(M, C, T, S, S)`` maps of the frames; with ``paired_maps`` ``(M, C, 2 (T - 1), S, S)``.
            frames (Tensor): ``(M, C_in, T, H, W)`` the frames themselves, T >= 2, as the backbone saw them.

        Returns:
            Tensor: ``(M, T - 1, 2, H, W)`` displacement (x, y) in pixels.
        """
        clips = frames.shape[0], frames.shape[2]
        level = frames.transpose(1, 2).flatten(0, 1)                                    # (M * T, C_in, H, W)
        levels = [level]
        for convolution in self.encoder:
            level = convolution(level)
            levels.append(level)
        firsts = [level.unflatten(0, clips)[:, :-1].flatten(0, 1) for level in levels]      # (M * (T - 1), ...)
        second = level.unflatten(0, clips)[:, 1:].flatten(0, 1)
        maps = [part.transpose(1, 2).flatten(0, 1) for part in frame_pairs(x, self.paired_maps)]
        self._check(firsts, maps)
        cost = F.leaky_relu(correlation(firsts[-1], second, self.max_displacement, self.displacement_step), SLOPE)
        joined = torch.cat((self.redirect(firsts[-1]), cost, *maps), dim=1)
        flow = self.decoder(joined, firsts[-2::-1]).unflatten(0, (clips[0], clips[1] - 1))
        return flow if self.flow_unit == 1 else flow * self.flow_unit

    def _check(self, levels: list[Tensor], maps: list[Tensor]) -> None:
        coarsest = 2 ** (len(self.decoder.levels) - 1)
        size, coarse = levels[0].shape[-2:], levels[-1].shape[-2:]
        if any(side % coarsest for side in coarse) or any(
                full != side * 2 ** len(self.encoder) for full, side in zip(size, coarse)):
            raise ValueError(f'OpticalFlowHead needs frames whose sides {coarsest * 2 ** len(self.encoder)} divides; '
                             f'got {size[1]}x{size[0]}: change the size in the pipeline, or use fewer level_channels.')
        if maps[0].shape[-2:] != coarse or maps[0].size(0) != levels[0].size(0):
            raise ValueError(f'OpticalFlowHead: {len(levels[0])} pairs of frames, {coarse[1]}x{coarse[0]} when encoded'
                             f', do not fit {len(maps[0])} pairs of maps of {maps[0].size(-1)}x{maps[0].size(-2)}: '
                             'give encoder and backbone the same strides, and paired_maps the value of pair_weights.')

    def loss(self, feats: Tensor, data_samples: list, frames: Tensor) -> dict[str, Tensor]:
        """Mean squared error of the flow.

        Args:
            feats (Tensor): ``(N * num_clips, C, T or 2 (T - 1), S, S)``.
            data_samples (list[ActionDataSample]): N samples with ``gt_flow`` in pixels, ``(T - 1, 2, H, W)``, or
                ``(num_clips, T - 1, 2, H, W)``.
            frames (Tensor): ``(N * num_clips, C_in, T, H, W)``.

        Returns:
            dict[str, Tensor]: ``loss_mse``, weighted.

        Raises:
            DatasetError: If a sample has no flow, or of another size.
        """
        predicted = self(feats, frames).float()
        target = stack_targets(data_samples, 'gt_flow', predicted.shape[1:], predicted)
        return {'loss_mse': self.loss_weight / self.flow_unit ** 2 * F.mse_loss(predicted, target)}

    def predict(self, feats: Tensor, data_samples: list, frames: Tensor) -> list:
        """Set ``pred_flow`` on each sample.

        Args:
            feats (Tensor): ``(N * num_clips, C, T or 2 (T - 1), S, S)``.
            data_samples (list[ActionDataSample]): N samples.
            frames (Tensor): ``(N * num_clips, C_in, T, H, W)``.

        Returns:
            list[ActionDataSample]: The same samples with ``pred_flow`` ``(T - 1, 2, H, W)`` in pixels, or
            ``(num_clips, T - 1, 2, H, W)`` when there are several clips.
        """
        return set_predictions(data_samples, 'pred_flow', self(feats, frames).float())
