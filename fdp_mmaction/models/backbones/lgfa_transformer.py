"""FDP's backbone: the local-global feature-aware (LGFA) transformer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from fdp_mmaction.functional.onset_difference import with_onset_difference
from fdp_mmaction.registry import MODELS
from ..layers import (GlobalRelationalAggregator, LocalRelationalAggregator, PooledFrameMap, SpatialFrameMap,
                      recomputed)


@MODELS.register_module()
class LGFATransformer(BaseModule):
    """One map per frame, by a stack of local-global relational aggregators.

    Stem convolutions (resolution / 4 by default), then stages of local (CNN) and global (ViT) aggregators; every
    stage after the first halves the resolution. The head block turns the last features into one map per
    frame. Frames are independent of each other (but for ``onset_difference``): time is folded into the batch.

    Follows *Micro-Expression Recognition via Fine-Grained Dynamic Perception* (arXiv 2509.06015). The paper
    fixes the kind of blocks; depths and widths are those of the released code, and its global blocks,
    which that code leaves out, are built here.

    Args:
        in_channels (int): Channels of a frame. Defaults to 1 (grey).
        stem_channels (Sequence[int]): Widths of the 3x3 stem convolutions. Defaults to (64, 32, 64, 64).
        stem_strides (Sequence[int], optional): Their strides. Defaults to None: 2 for the first and the last, 1
            between.
        stage_channels (Sequence[int]): Width of the local aggregators of each stage.
            Defaults to (96, 192, 384, 768).
        num_local (Sequence[int]): Number N_L of local aggregators of each stage. Defaults to (3, 4, 10, 3).
        num_global (Sequence[int]): Number N_G of global aggregators that close each stage; 0 leaves them
            out. Defaults to (1, 1, 1, 1).
        global_channels (Sequence[int]): Width of the global aggregators, and so of the stage's output
            where it has some. Defaults to (128, 256, 512, 1024).
        head_channels (int): Channels of one convolution or attention head. Defaults to 32.
        attention_pool (Sequence[int]): Pooling window of keys and values of each stage.
            Defaults to (8, 4, 2, 1).
        drop_path_rate (float): Largest drop-path probability; grows linearly over the blocks. Defaults to 0.1.
        frame_map (str): ``'pooled'``: global average pooling and a linear layer draw the map;
            ``'spatial'``: each position draws its own tile. Defaults to ``'pooled'``.
        map_size (int): Side S of the map for ``'pooled'``. Defaults to 64.
        onset_difference (float): Give every frame its difference to the clip's first frame, times this gain, as
            further channels. With both at hand a place can tell the direction of its motion, which the
            difference alone leaves open; a departure from the paper, whose input is the frames alone.
            Defaults to 0.0: no such channels.
        dense_convolution (bool): Dense instead of multi-head convolutions, as the released code.
            Defaults to False.
        with_cp (bool): Gradient checkpointing: keep the inputs of stem and aggregators alone and compute the rest
            again in the backward pass, for less memory and more time. Results are the same. Defaults to False.
        init_cfg (dict | list, optional): Initialisation. Defaults to truncated normal with std 0.02,
            zero biases.

    Raises:
        ValueError: If the per-stage settings differ in length or ``frame_map`` is unknown.

    Examples:
        >>> backbone = LGFATransformer(stage_channels=(32, 64), num_local=(1, 1), num_global=(0, 1),
        ...                            global_channels=(32, 128), attention_pool=(2, 1))
        >>> backbone(torch.rand(2, 1, 8, 64, 64)).shape
        torch.Size([2, 1, 8, 64, 64])
    """

    def __init__(self,
                 in_channels: int = 1,
                 stem_channels: Sequence[int] = (64, 32, 64, 64),
                 stem_strides: Sequence[int] | None = None,
                 stage_channels: Sequence[int] = (96, 192, 384, 768),
                 num_local: Sequence[int] = (3, 4, 10, 3),
                 num_global: Sequence[int] = (1, 1, 1, 1),
                 global_channels: Sequence[int] = (128, 256, 512, 1024),
                 head_channels: int = 32,
                 attention_pool: Sequence[int] = (8, 4, 2, 1),
                 drop_path_rate: float = 0.1,
                 frame_map: str = 'pooled',
                 map_size: int = 64,
                 onset_difference: float = 0.0,
                 dense_convolution: bool = False,
                 with_cp: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        if init_cfg is None:
            init_cfg = [
                # Cut at five deviations: at PyTorch's default of 2.0 a rare rounding gives a weight of exactly 2.
                dict(type='TruncNormal', layer=['Conv2d', 'Linear'], std=0.02, a=-0.1, b=0.1, bias=0.0),
                dict(type='Constant', layer='BatchNorm2d', val=1.0, bias=0.0),
            ]
        super().__init__(init_cfg=init_cfg)
        per_stage = dict(num_local=num_local, num_global=num_global, global_channels=global_channels,
                         attention_pool=attention_pool)
        for name, values in per_stage.items():
            if len(values) != len(stage_channels):
                raise ValueError(f'LGFATransformer has {len(stage_channels)} stages by stage_channels, but '
                                 f'{name} lists {len(values)}.')

        stem_strides = stem_strides or [2] + [1] * (len(stem_channels) - 2) + [2]
        if len(stem_strides) != len(stem_channels):
            raise ValueError(f'LGFATransformer has {len(stem_channels)} stem convolutions by stem_channels, but '
                             f'stem_strides lists {len(stem_strides)}.')
        self.onset_difference = onset_difference
        self.with_cp = with_cp
        stem, channels = [], in_channels * (2 if onset_difference else 1)
        for width, stride in zip(stem_channels, stem_strides):
            stem.append(ConvModule(channels, width, 3, stride, padding=1, norm_cfg=dict(type='BN')))
            channels = width
        self.stem = nn.Sequential(*stem)

        drop_paths = iter(torch.linspace(0, drop_path_rate, sum(num_local) + sum(num_global)).tolist())
        self.stages = nn.ModuleList()
        for index, width in enumerate(stage_channels):
            blocks = []
            for _ in range(num_local[index]):
                blocks.append(LocalRelationalAggregator(
                    channels, width, stride=2 if index and not blocks else 1, head_channels=head_channels,
                    drop_path=next(drop_paths), dense_convolution=dense_convolution))
                channels = width
            for _ in range(num_global[index]):
                blocks.append(GlobalRelationalAggregator(
                    channels, global_channels[index], stride=2 if index and not blocks else 1,
                    head_channels=head_channels, pool=attention_pool[index], drop_path=next(drop_paths)))
                channels = global_channels[index]
            self.stages.append(nn.Sequential(*blocks))

        self.out_channels = channels
        if frame_map == 'pooled':
            self.frame_map = PooledFrameMap(channels, map_size)
        elif frame_map == 'spatial':
            self.frame_map = SpatialFrameMap(channels, stride=math.prod(stem_strides) * 2 ** (len(stage_channels) - 1))
        else:
            raise ValueError(f"frame_map is 'pooled' or 'spatial', got {frame_map!r}.")

    def forward_intermediates(self, frames: Tensor) -> list[Tensor]:
        """Features of every stage.

        Args:
            frames (Tensor): ``(M, C, H, W)``, frames of any clips; with ``onset_difference`` of 2 C
                channels, as :func:`~fdp_mmaction.functional.onset_difference.with_onset_difference` makes them.

        Returns:
            list[Tensor]: One ``(M, C_stage, H_stage, W_stage)`` per stage, finest first.
        """
        features, x = [], recomputed(self.stem, frames) if self.with_cp else self.stem(frames)
        for stage in self.stages:
            if self.with_cp:
                for block in stage:
                    x = recomputed(block, x)
            else:
                x = stage(x)
            features.append(x)
        return features

    def forward_features(self, frames: Tensor) -> Tensor:
        """Features of the last stage: ``(M, C, H, W)`` -> ``(M, C_out, H_out, W_out)``."""
        return self.forward_intermediates(frames)[-1]

    def forward(self, x: Tensor) -> Tensor:
        """Map clips to one map per frame.

        Args:
            x (Tensor): ``(N, C, T, H, W)``.

        Returns:
            Tensor: ``(N, 1, T, S, S)``.
        """
        n, _, t = x.shape[:3]
        if self.onset_difference:
            x = with_onset_difference(x, self.onset_difference)
        frames = x.transpose(1, 2).flatten(0, 1)                    # (N * T, C, H, W)
        maps = self.frame_map(self.forward_features(frames))        # (N * T, 1, S, S)
        return maps.unflatten(0, (n, t)).transpose(1, 2)            # (N, 1, T, S, S)
