"""MOL's backbone: local-global features of raw frames by an F5C block."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from fdp_mmaction.functional.onset_difference import with_onset_difference
from fdp_mmaction.registry import MODELS
from ..layers import F5CBlock, recomputed


@MODELS.register_module()
class F5CNet(BaseModule):
    """One stack of maps per frame: convolutions that lower the resolution, then an F5C block.

    The block is a fully-connected convolution (FCC, transformer-style: local features with a global receptive field)
    and a channel correspondence convolution (CCC, graph-style: correlations among feature patterns). Frames are
    independent of each other (but for ``onset_difference``): time is folded into the batch, and every frame is computed
    once.

    Follows *MOL: Joint Estimation of Micro-Expression, Optical Flow, and Landmark via Transformer-Graph-Style
    Convolution* (arXiv 2506.14511). The paper's text names the two convolutions; widths and kernels are those of the
    released code, whose departures are options here (``docs/mol.md``).

    Args:
        in_channels (int): Channels of a frame. Defaults to 1 (grey).
        map_size (int): Side of the maps that leave the stem, for the weights of the CCC. Defaults to 16, which frames
            of 128 pixels give.
        stem_channels (Sequence[int]): Widths of the stem convolutions; the last is the width C of the features, even.
            Defaults to (8, 32, 64, 128).
        stem_kernels (Sequence[int]): Their kernels. Defaults to (4, 3, 2, 1).
        stem_strides (Sequence[int]): Their strides. Defaults to (2, 2, 2, 1).
        stem_paddings (Sequence[int]): Their paddings. Defaults to (0, 0, 1, 0).
        stem_norm (bool): BN and ReLU behind each of them; if not, biases and nothing else, as the released code.
            Defaults to True.
        kernel_length (int, optional): Length of the FCC's kernels and position embeddings; what exceeds the map is
            cut off. Defaults to None: ``map_size``. Released: 32.
        feed_forward (bool): Run the FCC's feed-forward network. Defaults to True. The released code has it and does
            not run it.
        feed_forward_channels (int, optional): Its hidden width. Defaults to None: 2 C. Released: 2.
        num_neighbours (int): Neighbours of a node in the CCC, itself included. Defaults to 4.
        graph (str): ``'channels'``: neighbours are similar channels; ``'positions'``: similar positions, as the
            released code. See :class:`~fdp_mmaction.models.layers.ChannelCorrespondenceConvolution`.
            Defaults to 'channels'.
        centre_twice (bool): Subtract the centre of an edge twice, as the released code. Defaults to False.
        pair_weights (bool): As the released code, one block for a frame as the first of a pair of neighbouring frames
            and another as the second, so inner frames are computed twice. Heads then need ``paired_maps=True``.
            Defaults to False: one block, one stack of maps per frame.
        onset_difference (float): Give every frame its difference to the clip's first frame, times this gain, as
            further channels; a departure from the paper, see
            :func:`~fdp_mmaction.functional.onset_difference.with_onset_difference`. Defaults to 0.0: no such channels.
        with_fcc (bool): Have the FCC; without, the CCC gets the stem's maps. Defaults to True.
        with_ccc (bool): Have the CCC; without, the FCC's maps are the features. Defaults to True.
        with_cp (bool): Gradient checkpointing: keep the frames and the input of the block alone and compute the rest
            again in the backward pass, for less memory and more time. Results are the same. Defaults to False.
        init_cfg (dict | list, optional): Initialisation. Defaults to None: PyTorch's own for convolutions, truncated
            normal with std ``kernel_length ** -0.5`` for the FCC's kernels and 0.02 for its embeddings.

    Raises:
        ValueError: If the settings of the stem differ in length, or the frames do not give maps of ``map_size``.

    Examples:
        >>> F5CNet()(torch.rand(2, 1, 8, 128, 128)).shape
        torch.Size([2, 128, 8, 16, 16])
        >>> F5CNet(pair_weights=True)(torch.rand(2, 1, 8, 128, 128)).shape
        torch.Size([2, 128, 14, 16, 16])
    """

    def __init__(self,
                 in_channels: int = 1,
                 map_size: int = 16,
                 stem_channels: Sequence[int] = (8, 32, 64, 128),
                 stem_kernels: Sequence[int] = (4, 3, 2, 1),
                 stem_strides: Sequence[int] = (2, 2, 2, 1),
                 stem_paddings: Sequence[int] = (0, 0, 1, 0),
                 stem_norm: bool = True,
                 kernel_length: int | None = None,
                 feed_forward: bool = True,
                 feed_forward_channels: int | None = None,
                 num_neighbours: int = 4,
                 graph: str = 'channels',
                 centre_twice: bool = False,
                 pair_weights: bool = False,
                 onset_difference: float = 0.0,
                 with_fcc: bool = True,
                 with_ccc: bool = True,
                 with_cp: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        per_convolution = dict(stem_kernels=stem_kernels, stem_strides=stem_strides, stem_paddings=stem_paddings)
        for name, values in per_convolution.items():
            if len(values) != len(stem_channels):
                raise ValueError(f'F5CNet has {len(stem_channels)} stem convolutions by stem_channels, but {name} '
                                 f'lists {len(values)}.')
        self.map_size = map_size
        self.onset_difference = onset_difference
        self.with_cp = with_cp
        stem, channels = [], in_channels * (2 if onset_difference else 1)
        norm_cfg, act_cfg = (dict(type='BN'), dict(type='ReLU')) if stem_norm else (None, None)
        for width, kernel, stride, padding in zip(stem_channels, stem_kernels, stem_strides, stem_paddings):
            stem.append(ConvModule(channels, width, kernel, stride, padding, norm_cfg=norm_cfg, act_cfg=act_cfg))
            channels = width
        self.stem = nn.Sequential(*stem)
        self.out_channels = channels
        fcc = dict(length=kernel_length or map_size, feed_forward=feed_forward,
                   feed_forward_channels=feed_forward_channels)
        ccc = dict(num_neighbours=num_neighbours, graph=graph, centre_twice=centre_twice)
        self.blocks = nn.ModuleList(F5CBlock(channels, map_size, fcc, ccc, with_fcc, with_ccc)
                                    for _ in range(2 if pair_weights else 1))

    def forward_stem(self, frames: Tensor) -> Tensor:
        """Maps before the block: ``(M, C_in, H, W)``, frames of any clips -> ``(M, C, S, S)``."""
        maps = self._run(self.stem, frames)
        if maps.shape[-2:] != (self.map_size, self.map_size):
            raise ValueError(f'F5CNet was built for maps of {self.map_size}x{self.map_size} positions, but frames of '
                             f'{frames.size(-1)}x{frames.size(-2)} pixels give {maps.size(-1)}x{maps.size(-2)}: set '
                             'map_size to that, or the size of the frames in the pipeline.')
        return maps

    def forward(self, x: Tensor) -> Tensor:
        """Map clips to maps of their frames.

        Args:
            x (Tensor): ``(N, C_in, T, H, W)``; T >= 2 with ``pair_weights``.

        Returns:
            Tensor: ``(N, C, T, S, S)``; with ``pair_weights`` ``(N, C, 2 (T - 1), S, S)``: the first and the second
            frame of pair 0, of pair 1, ...
        """
        n, _, t = x.shape[:3]
        if self.onset_difference:
            x = with_onset_difference(x, self.onset_difference)
        maps = self.forward_stem(x.transpose(1, 2).flatten(0, 1))                       # (N * T, C, S, S)
        if len(self.blocks) == 1:
            maps = self._run(self.blocks[0], maps)
            return maps.unflatten(0, (n, t)).transpose(1, 2)                            # (N, C, T, S, S)
        maps = maps.unflatten(0, (n, t))
        pairs = torch.stack((self._run(self.blocks[0], maps[:, :-1].flatten(0, 1)),
                             self._run(self.blocks[1], maps[:, 1:].flatten(0, 1))),
                            dim=1)                                                      # (N * (T - 1), 2, C, S, S)
        return pairs.unflatten(0, (n, t - 1)).flatten(1, 2).transpose(1, 2)

    def _run(self, part: nn.Module, x: Tensor) -> Tensor:
        return recomputed(part, x) if self.with_cp else part(x)
