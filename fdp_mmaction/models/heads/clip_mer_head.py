"""MOL's head for the class: convolution over space and time of the frames' maps."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from fdp_mmaction.registry import MODELS
from .classification_head import MEClassificationHead


@MODELS.register_module()
class ClipMERHead(MEClassificationHead):
    """Classify the maps of a clip's frames: 3-D convolution, max-pool, linear, ReLU, linear (MOL, arXiv 2506.14511).

    Kernel and strides are those of the released code; no activation follows the convolution there, nor here.

    Args:
        num_classes (int): Number K of classes of the protocol.
        in_channels (int): Channels of the maps. Defaults to 128.
        map_size (int): Their side S. Defaults to 16.
        num_maps (int): Maps of a clip: its T frames, or 2 (T - 1) of a backbone with ``pair_weights``.
            Defaults to 8.
        conv_channels (int): Width of the convolution. Defaults to 32.
        kernel_size (Sequence[int]): Its kernel along height, width, time. Defaults to (2, 2, 5).
        stride (Sequence[int]): Its stride along height, width, time. Defaults to (2, 2, 1).
        pool (int): Window of the max-pooling along all three. Defaults to 2.
        hidden_channels (int): Width of the hidden layer. Defaults to 256.
        dropout (float): Probability in [0, 1) before each linear layer. Defaults to 0.5.
        loss_cls (dict, optional): Classification loss. Defaults to cross entropy.
        average_clips (str): How scores of several clips of one ME are joined, ``'prob'`` or ``'score'``.
            Defaults to ``'prob'``.
        label_smooth_eps (float): Label smoothing in [0, 1). Defaults to 0.
        init_cfg (dict, optional): Initialisation. Defaults to None, PyTorch's own.

    Raises:
        ValueError: If the maps are too small or too few for kernel and pooling, or a clip has another number of them.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int = 128,
                 map_size: int = 16,
                 num_maps: int = 8,
                 conv_channels: int = 32,
                 kernel_size: Sequence[int] = (2, 2, 5),
                 stride: Sequence[int] = (2, 2, 1),
                 pool: int = 2,
                 hidden_channels: int = 256,
                 dropout: float = 0.5,
                 loss_cls: dict | None = None,
                 average_clips: str = 'prob',
                 label_smooth_eps: float = 0.0,
                 init_cfg: dict | None = None) -> None:
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, average_clips=average_clips,
                         label_smooth_eps=label_smooth_eps, init_cfg=init_cfg)
        self.num_maps = num_maps
        self.convolution = nn.Conv3d(in_channels, conv_channels, tuple(kernel_size), tuple(stride))
        sides = [((size - kernel) // step + 1) // pool
                 for size, kernel, step in zip((map_size, map_size, num_maps), kernel_size, stride)]
        if min(sides) < 1:
            raise ValueError(f'ClipMERHead: nothing is left of {num_maps} maps of {map_size}x{map_size} behind a '
                             f'kernel of {tuple(kernel_size)} and pooling by {pool}: take smaller ones.')
        self.classifier = nn.Sequential(
            nn.MaxPool3d(pool),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(conv_channels * sides[0] * sides[1] * sides[2], hidden_channels),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden_channels, num_classes),
        )

    def forward(self, x: Tensor, **kwargs) -> Tensor:
        """Class scores.

        Args:
            x (Tensor): ``(N, C, num_maps, S, S)`` maps of the frames in chronological order.

        Returns:
            Tensor: ``(N, K)`` logits.
        """
        if x.size(2) != self.num_maps:
            raise ValueError(f'ClipMERHead was built for {self.num_maps} maps of a clip and got {x.size(2)}: set '
                             'num_maps to the clip_len T of SampleMEFrames, or to 2 (T - 1) with pair_weights in the '
                             'backbone.')
        return self.classifier(self.convolution(x.movedim(2, -1)))                  # time last, as the kernel has it
