"""Maps of frames, computed once for all the windows that share a frame."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from fdp_mmaction.functional.onset_difference import with_onset_difference
from fdp_mmaction.models.backbones import F5CNet, LGFATransformer


class FrameMapCache:
    """What a backbone makes of windows of a video, every frame's map being computed once.

    The backbones of FDP and MOL encode each frame by itself, so a frame has the same map in every window. Maps of
    frames before the windows that were asked for last are dropped: ask in ascending order.

    With ``onset_difference`` a frame's map depends on the first frame of its window too. Then maps are shared by
    windows with the *same first frame* (such as windows of several lengths) and by no others: windows of one length
    that slide along the video cost as much as by themselves.

    Args:
        backbone (LGFATransformer | F5CNet): In evaluation mode.
        read (Callable): Frame numbers ``(M,)`` int64 -> normalised frames ``(M, C_in, H, W)`` on the device.
        num_frames (int): Frames of the video.
        batch_size (int): Most frames that go through the backbone together. Defaults to 256.

    Raises:
        ValueError: If the backbone is another one, which may join frames before the neck does.
    """

    def __init__(self, backbone: nn.Module, read: Callable[[np.ndarray], Tensor], num_frames: int,
                 batch_size: int = 256) -> None:
        if not isinstance(backbone, (LGFATransformer, F5CNet)):
            raise ValueError('Windows can share frames where a backbone encodes every frame by itself, as '
                             f'LGFATransformer and F5CNet do; {type(backbone).__name__} may not.')
        self.read = read
        self.num_frames = num_frames
        self.batch_size = batch_size
        self.gain = backbone.onset_difference
        self.paired = isinstance(backbone, F5CNet) and len(backbone.blocks) == 2
        self._plain = copy.copy(backbone)           # the same weights; differences are joined to the frames here
        self._plain.onset_difference = 0.0
        self._keys = np.empty(0, dtype=np.int64)    # sorted; first frame of the window * num_frames + frame
        self._maps: Tensor | None = None

    def gather(self, windows: np.ndarray) -> Tensor:
        """Maps of windows.

        Args:
            windows (np.ndarray): ``(B, T)`` int64 frame numbers in ``range(num_frames)``.

        Returns:
            Tensor: What the backbone gives for these clips: ``(B, C, T, S, S)``, or ``(B, C, 2 (T - 1), S, S)`` with
            ``pair_weights``.
        """
        keys = windows + (windows[:, :1] * self.num_frames if self.gain else 0)
        self._compute(np.unique(keys))
        place = torch.from_numpy(np.searchsorted(self._keys, keys)).to(self._maps.device)
        maps = self._maps[place]                                                        # (B, T, C, 1 or 2, S, S)
        if self.paired:
            maps = torch.stack((maps[:, :-1, :, 0], maps[:, 1:, :, 1]), dim=2).flatten(1, 2)
        else:
            maps = maps[:, :, :, 0]
        return maps.transpose(1, 2)

    def _compute(self, wanted: np.ndarray) -> None:
        """Have the maps of these keys, sorted, and drop those before them."""
        kept, missing = self._keys >= wanted[0], np.setdiff1d(wanted, self._keys)
        maps = [] if self._maps is None else [self._maps[torch.from_numpy(np.flatnonzero(kept)).to(self._maps.device)]]
        maps += [self._encode(missing[begin:begin + self.batch_size])
                 for begin in range(0, len(missing), self.batch_size)]
        keys = np.concatenate((self._keys[kept], missing))
        order, joined = keys.argsort(), torch.cat(maps)
        self._keys, self._maps = keys[order], joined[torch.from_numpy(order).to(joined.device)]

    def _encode(self, keys: np.ndarray) -> Tensor:
        """``(M, C, P, S, S)``: P = 1 map of a frame, or 2, as the first and as the second of a pair."""
        onsets, numbers = np.divmod(keys, self.num_frames)
        clips = self.read(numbers).unsqueeze(2)                                         # (M, C_in, 1, H, W)
        if self.gain:
            pairs = torch.cat((self.read(onsets).unsqueeze(2), clips), dim=2)
            clips = with_onset_difference(pairs, self.gain)[:, :, 1:]
        return self._plain(clips.expand(-1, -1, 2, -1, -1) if self.paired else clips)
