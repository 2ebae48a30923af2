"""The hourglass of a flow network: down to few positions, then up to full resolution with a flow at every level."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

SLOPE = 0.1
"""Of the leaky ReLU."""


def flow_convolution(in_channels: int, out_channels: int, kernel: int, stride: int = 1, padding: int = 0) -> ConvModule:
    """Convolution, BN, leaky ReLU, as all of a flow network.

    Args:
        in_channels (int): Width of the input.
        out_channels (int): Width of the output.
        kernel (int): Side of the kernel.
        stride (int): Defaults to 1.
        padding (int): Defaults to 0.

    Returns:
        ConvModule: The three of them.
    """
    return ConvModule(in_channels, out_channels, kernel, stride, padding, norm_cfg=dict(type='BN'),
                      act_cfg=dict(type='LeakyReLU', negative_slope=SLOPE))


def _doubled(in_channels: int, out_channels: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(in_channels, out_channels, 4, stride=2, padding=1, bias=False)


class FlowDecoder(nn.Module):
    """From the cost volume to the flow in full resolution, after FlowNetC (Dosovitskiy et al., ICCV 2015).

    Levels of 3x3 convolutions, each after the first at half the resolution of the one before. Then up again: a flow is
    predicted from what is there and enlarged, what is there is enlarged too, and both are joined with the features of
    that resolution. Only the finest flow is returned.

    Args:
        in_channels (int): Width of the input.
        level_channels (Sequence[Sequence[int]]): Widths of the convolutions of each level.
            Defaults to ((256,), (512, 512), (512, 512), (1024, 1024)).
        skip_channels (Sequence[int]): Widths of what is joined at resolutions above the input's, coarse to fine.
            Defaults to (128, 64, 1).
        channels (Sequence[int]): Width of each enlarging step, coarse to fine.
            Defaults to (512, 256, 128, 128, 64, 32).

    Raises:
        ValueError: If there are not as many enlarging steps as there are levels to come up again.
    """

    def __init__(self,
                 in_channels: int,
                 level_channels: Sequence[Sequence[int]] = ((256,), (512, 512), (512, 512), (1024, 1024)),
                 skip_channels: Sequence[int] = (128, 64, 1),
                 channels: Sequence[int] = (512, 256, 128, 128, 64, 32)) -> None:
        super().__init__()
        widths = [level[-1] for level in level_channels]
        skips = [*widths[-2::-1], *skip_channels]
        if len(skips) != len(channels):
            raise ValueError(f'A flow decoder of {len(level_channels)} levels that joins {len(skip_channels)} finer '
                             f'maps enlarges {len(skips)} times; channels lists {len(channels)}.')
        self.levels = nn.ModuleList()
        for index, level in enumerate(level_channels):
            convolutions = []
            for width in level:
                stride = 2 if index and not convolutions else 1
                convolutions.append(flow_convolution(in_channels, width, 3, stride, padding=1))
                in_channels = width
            self.levels.append(nn.Sequential(*convolutions))
        self.predictors, self.enlarged_flows, self.enlarged_maps = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for width, skip in zip(channels, skips):
            self.predictors.append(nn.Conv2d(in_channels, 2, 3, padding=1, bias=False))
            self.enlarged_flows.append(_doubled(2, 2))
            self.enlarged_maps.append(nn.Sequential(_doubled(in_channels, width), nn.LeakyReLU(SLOPE, inplace=True)))
            in_channels = skip + width + 2
        self.output = nn.Conv2d(in_channels, 2, 3, padding=1, bias=False)

    def forward(self, x: Tensor, finer: Sequence[Tensor]) -> Tensor:
        """Flow in the resolution of the last of ``finer``.

        Args:
            x (Tensor): ``(N, C, h, w)``, sides divisible by ``2 ** (number of levels - 1)``.
            finer (Sequence[Tensor]): Maps of twice, four times, ... that resolution.

        Returns:
            Tensor: ``(N, 2, H, W)``.
        """
        skips: list[Tensor] = []
        for level in self.levels:
            x = level(x)
            skips.insert(0, x)
        for index, skip in enumerate([*skips[1:], *finer]):
            flow = self.enlarged_flows[index](self.predictors[index](x))
            x = torch.cat((skip, self.enlarged_maps[index](x), flow), dim=1)
        return self.output(x)
