"""The dynamic-image construction head: an encoder-decoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from fdp_mmaction.registry import MODELS


def _convolutions(in_channels: int, widths: Sequence[int]) -> nn.Sequential:
    layers = []
    for width in widths:
        layers += [nn.Conv2d(in_channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        in_channels = width
    return nn.Sequential(*layers)


@MODELS.register_module()
class DynamicImageHead(BaseModule):
    """Construct the dynamic image of a clip from its dynamic representation (FDP, arXiv 2509.06015).

    A SegNet: each encoder level is 3x3 convolutions with BN and ReLU, then 2x2 max-pooling whose indices
    the mirrored decoder unpools with. The last convolution is plain, followed by a sigmoid. The target is
    the dynamic image of the same frames by approximate rank pooling, stretched to [0, 1].

    Args:
        in_channels (int): Channels of the representation. Defaults to 8.
        channels (Sequence[int]): Width of each encoder level. Defaults to (64, 128, 256, 512, 512).
        depths (Sequence[int]): Convolutions of each level. Defaults to (2, 2, 3, 3, 3).
        loss_weight (float): Weight of the mean squared error. Defaults to 100.
        init_cfg (dict, optional): Initialisation. Defaults to None, PyTorch's own.

    Raises:
        ValueError: If ``channels`` and ``depths`` differ in length.
    """

    def __init__(self,
                 in_channels: int = 8,
                 channels: Sequence[int] = (64, 128, 256, 512, 512),
                 depths: Sequence[int] = (2, 2, 3, 3, 3),
                 loss_weight: float = 100.0,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        if len(channels) != len(depths):
            raise ValueError(f'DynamicImageHead: {len(channels)} channels do not fit {len(depths)} depths.')
        self.loss_weight = loss_weight
        inputs = [in_channels, *channels[:-1]]
        outputs = [channels[0], *channels[:-1]]
        self.encoder = nn.ModuleList(
            _convolutions(before, [width] * depth) for before, width, depth in zip(inputs, channels, depths))
        self.decoder = nn.ModuleList(
            _convolutions(width, [width] * (depth - 1) + [after])
            for width, after, depth in zip(channels[:0:-1], outputs[:0:-1], depths[:0:-1]))
        self.decoder.append(_convolutions(channels[0], [channels[0]] * (depths[0] - 1)))
        self.output = nn.Conv2d(channels[0], 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Draw the dynamic image.

        Args:
            x (Tensor): ``(N, C, H, W)`` dynamic representation.

        Returns:
            Tensor: ``(N, 1, H, W)`` logits; their sigmoid is the image.
        """
        indices, sizes = [], []
        for level in self.encoder:
            x = level(x)
            sizes.append(x.shape[-2:])
            x, index = F.max_pool2d(x, 2, return_indices=True)
            indices.append(index)
        for level in self.decoder:
            x = level(F.max_unpool2d(x, indices.pop(), 2, output_size=sizes.pop()))
        return self.output(x)

    def loss(self, feats: Tensor, data_samples: list) -> dict[str, Tensor]:
        """Mean squared error to the true dynamic image.

        Args:
            feats (Tensor): ``(N * num_clips, C, H, W)``.
            data_samples (list[ActionDataSample]): N samples with ``gt_dynamic_image``, ``(H, W)`` or
                ``(num_clips, H, W)``, in [0, 1].

        Returns:
            dict[str, Tensor]: ``loss_mse``, weighted.
        """
        predicted = self(feats).float().sigmoid()                                   # (M, 1, H, W)
        target = torch.stack([sample.gt_dynamic_image for sample in data_samples])
        target = target.to(predicted).reshape(-1, 1, *target.shape[-2:])
        if target.shape != predicted.shape:
            raise ValueError(f'The true dynamic images have shape {tuple(target.shape)}, the constructed ones '
                             f'{tuple(predicted.shape)}: set the frame size of the pipeline to the map size.')
        return {'loss_mse': self.loss_weight * F.mse_loss(predicted, target)}

    def predict(self, feats: Tensor, data_samples: list) -> list:
        """Set ``pred_dynamic_image`` on each sample.

        Args:
            feats (Tensor): ``(N * num_clips, C, H, W)``.
            data_samples (list[ActionDataSample]): N samples.

        Returns:
            list[ActionDataSample]: The same samples with ``pred_dynamic_image`` in [0, 1], ``(H, W)``, or
            ``(num_clips, H, W)`` when there are several clips.
        """
        images = self(feats).float().sigmoid().squeeze(1)                           # (M, H, W)
        images = images.view(len(data_samples), -1, *images.shape[-2:])             # (N, num_clips, H, W)
        images = images.squeeze(1) if images.size(1) == 1 else images
        for sample, image in zip(data_samples, images):
            sample.set_field(image, 'pred_dynamic_image')
        return data_samples
