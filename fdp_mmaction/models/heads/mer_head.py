"""The micro-expression recognition (MER) head."""

from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from torch import Tensor, nn

from fdp_mmaction.registry import MODELS
from .classification_head import MEClassificationHead


@MODELS.register_module()
class MERHead(MEClassificationHead):
    """Classify a dynamic representation: (convolutions,) max-pool, linear, ReLU, linear (FDP, arXiv 2509.06015).

    The released head has no convolutions: all of them come before the pooling over time, where a frame is seen and
    no motion. Behind it, on the dynamic representation, they are cheap, since there is one per clip.

    Args:
        num_classes (int): Number K of classes of the protocol.
        in_channels (int): Channels of the representation. Defaults to 8.
        map_size (int): Its side S. Defaults to 64.
        conv_channels (Sequence[int]): Widths of 3x3 convolutions with stride 2, BN and ReLU in front. Defaults to
            none, as released.
        pool (int): Window of the max-pooling. Defaults to 3.
        hidden_channels (int): Width of the hidden layer. Defaults to 256.
        dropout (float): Probability in [0, 1) before the last layer. Defaults to 0.
        loss_cls (dict, optional): Classification loss. Defaults to cross entropy.
        average_clips (str): How scores of several clips of one ME are joined, ``'prob'`` or ``'score'``.
            Defaults to ``'prob'``.
        label_smooth_eps (float): Label smoothing in [0, 1). Defaults to 0.
        init_cfg (dict, optional): Initialisation. Defaults to None, PyTorch's own.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int = 8,
                 map_size: int = 64,
                 conv_channels: Sequence[int] = (),
                 pool: int = 3,
                 hidden_channels: int = 256,
                 dropout: float = 0.0,
                 loss_cls: dict | None = None,
                 average_clips: str = 'prob',
                 label_smooth_eps: float = 0.0,
                 init_cfg: dict | None = None) -> None:
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, average_clips=average_clips,
                         label_smooth_eps=label_smooth_eps, init_cfg=init_cfg)
        convolutions: list[nn.Module] = []
        width, side = in_channels, map_size
        for channels in conv_channels:
            convolutions.append(ConvModule(width, channels, 3, stride=2, padding=1, norm_cfg=dict(type='BN')))
            width, side = channels, (side + 1) // 2
        self.convolutions = nn.Sequential(*convolutions)
        self.classifier = nn.Sequential(
            nn.MaxPool2d(pool),
            nn.Flatten(),
            nn.Linear(width * (side // pool) ** 2, hidden_channels),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden_channels, num_classes),
        )

    def forward(self, x: Tensor, **kwargs) -> Tensor:
        """Class scores.

        Args:
            x (Tensor): ``(N, C, S, S)`` dynamic representation.

        Returns:
            Tensor: ``(N, K)`` logits.
        """
        return self.classifier(self.convolutions(x))
