"""MOL's landmark head."""

from __future__ import annotations

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from fdp_mmaction.functional.frame_pairs import frame_pairs
from fdp_mmaction.functional.landmark_error import landmark_error
from fdp_mmaction.registry import MODELS
from .clip_targets import set_predictions, stack_targets

POINTS = 68


@MODELS.register_module()
class LandmarkHead(BaseModule):
    """68 landmarks of every frame from its maps: convolution, ReLU, linear, ReLU, linear (MOL, arXiv 2506.14511).

    Sizes are those of the released code.

    Args:
        in_channels (int): Channels of the maps. Defaults to 128.
        map_size (int): Their side S, at least 3. Defaults to 16.
        conv_channels (int): Width of the 3x3 convolution. Defaults to 32.
        hidden_channels (int): Width of the hidden layer. Defaults to 512.
        image_size (int): Side of the frames in pixels. Defaults to 128.
        pixel_output (bool): The last layer gives pixels, as in the released code; else offsets from the middle of the
            frame in units of its side, so an untrained head starts in the middle, not in a corner.
            Defaults to False.
        paired_maps (bool): The backbone has ``pair_weights``: the landmarks are those of frames 2 to T, from their maps
            as the second of a pair. Defaults to False: of all T frames.
        loss_weight (float): Weight of the error, which is averaged over frames. Defaults to 3.5: the 0.5 of the
            released code, which adds up 7 frames.
        init_cfg (dict, optional): Initialisation. Defaults to None, PyTorch's own.
    """

    def __init__(self,
                 in_channels: int = 128,
                 map_size: int = 16,
                 conv_channels: int = 32,
                 hidden_channels: int = 512,
                 image_size: int = 128,
                 pixel_output: bool = False,
                 paired_maps: bool = False,
                 loss_weight: float = 3.5,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.image_size = image_size
        self.pixel_output = pixel_output
        self.paired_maps = paired_maps
        self.loss_weight = loss_weight
        self.convolution = nn.Conv2d(in_channels, conv_channels, 3)
        self.hidden = nn.Linear(conv_channels * (map_size - 2) ** 2, hidden_channels)
        self.output = nn.Linear(hidden_channels, 2 * POINTS)

    def forward(self, x: Tensor) -> Tensor:
        """Find landmarks.

        Args:
            x (Tensor): ``(M, C, T, S, S)`` maps of the frames; with ``paired_maps`` ``(M, C, 2 (T - 1), S, S)``.

        Returns:
            Tensor: ``(M, T, 68, 2)`` float32 (x, y) in pixels; with ``paired_maps`` T - 1 instead of T.
        """
        if self.paired_maps:
            x = frame_pairs(x, paired=True)[1]
        frames = x.transpose(1, 2)                                                      # (M, T, C, S, S)
        hidden = F.relu(self.convolution(frames.flatten(0, 1))).flatten(1)
        points = self.output(F.relu(self.hidden(hidden))).float()
        if not self.pixel_output:
            points = (points + 0.5) * self.image_size
        return points.view(*frames.shape[:2], POINTS, 2)

    def loss(self, feats: Tensor, data_samples: list) -> dict[str, Tensor]:
        """Error of the landmarks in distances between the pupils.

        Args:
            feats (Tensor): ``(N * num_clips, C, T or 2 (T - 1), S, S)``.
            data_samples (list[ActionDataSample]): N samples with ``gt_landmarks`` in pixels, ``(T, 68, 2)``, or of
                several clips ``(num_clips, T, 68, 2)`` or ``(num_clips * T, 68, 2)``.

        Returns:
            dict[str, Tensor]: ``loss_nme``, weighted: the mean over clips and frames of
            :func:`~fdp_mmaction.functional.landmark_error.landmark_error`.

        Raises:
            DatasetError: If a sample has no landmarks, or of other frames.
        """
        predicted = self(feats)
        skipped = int(self.paired_maps)
        target = stack_targets(data_samples, 'gt_landmarks', (predicted.size(1) + skipped, POINTS, 2), predicted)
        return {'loss_nme': self.loss_weight * landmark_error(predicted, target[:, skipped:]).mean()}

    def predict(self, feats: Tensor, data_samples: list) -> list:
        """Set ``pred_landmarks`` on each sample.

        Args:
            feats (Tensor): ``(N * num_clips, C, T or 2 (T - 1), S, S)``.
            data_samples (list[ActionDataSample]): N samples.

        Returns:
            list[ActionDataSample]: The same samples with ``pred_landmarks`` ``(T, 68, 2)`` in pixels, of frames 2 to T
            with ``paired_maps``; ``(num_clips, ...)`` when there are several clips.
        """
        return set_predictions(data_samples, 'pred_landmarks', self(feats))
