"""Optical flow of pairs of frames, computed once and kept beside the prepared clip."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from fdp_mmaction.atomic import replacing
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.optical_flow import FLOW_METHODS

_warned = False


def flow_folder(frames_path: str | Path) -> Path:
    """Where the flow of a prepared clip is kept, beside its frames: ``clips/sub01/EP02_01f.flow``.

    Args:
        frames_path (str | Path): The clip's frames, ``clips/sub01/EP02_01f.npy``.

    Returns:
        Path: The folder.
    """
    return Path(frames_path).with_suffix('.flow')


@dataclass(frozen=True)
class FlowCache:
    """Flow from one frame to another, read from a folder or computed.

    A file is named after the content of its two frames, so it can never belong to other frames: sampling, size,
    alignment and crops may change, and only pairs not met before are computed. Files appear whole or not at all, and
    whoever writes one writes the same bytes, so processes need no lock. Flow is rounded to float16 (0.002 px at a
    motion of 4 px) whether it comes from a file or not.

    Args:
        folder (Path, optional): Folder of the clip, made when needed; see :func:`flow_folder`. None keeps nothing.
        method (str): Key of :data:`fdp_mmaction.functional.optical_flow.FLOW_METHODS`, or the name of another method,
            which :meth:`between` is then given. Defaults to 'tvl1'.
        must_keep (bool): Whether a file that cannot be written is an error; else the log says so once, and flow is
            computed every time. Defaults to False.
    """

    folder: Path | None
    method: str = 'tvl1'
    must_keep: bool = False

    def path(self, first: np.ndarray, second: np.ndarray) -> Path | None:
        """Where the flow of a pair is kept: ``<folder>/<method>/<digest>.npy``, float16 ``(2, H, W)``."""
        if self.folder is None:
            return None
        digest = hashlib.blake2b(repr(first.shape).encode(), digest_size=16)
        for frame in (first, second):
            digest.update(np.ascontiguousarray(frame))
        return self.folder / self.method / f'{digest.hexdigest()}.npy'

    def read(self, first: np.ndarray, second: np.ndarray) -> np.ndarray | None:
        """The kept flow of a pair.

        Args:
            first (np.ndarray): ``(H, W)`` uint8.
            second (np.ndarray): ``(H, W)`` uint8.

        Returns:
            np.ndarray | None: ``(2, H, W)`` float16; None if there is none, or its file is damaged.
        """
        path = self.path(first, second)
        try:
            flow = None if path is None else np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        sound = flow is not None and flow.dtype == np.float16 and flow.shape == (2, *first.shape)
        return flow if sound else None

    def between(self, first: np.ndarray, second: np.ndarray, name: str, compute: bool = True,
                calculate: Callable[[], np.ndarray] | None = None) -> np.ndarray:
        """The flow of a pair, computed and kept if it is not there yet.

        Args:
            first (np.ndarray): ``(H, W)`` uint8.
            second (np.ndarray): ``(H, W)`` uint8.
            name (str): Sample, for messages.
            compute (bool): Whether to compute what is not there. Defaults to True.
            calculate (Callable, optional): Gives the flow ``(2, H, W)`` of a method that needs more than the two
                frames. Defaults to None: by ``method``.

        Returns:
            np.ndarray: ``(2, H, W)`` float16, in pixels.

        Raises:
            DatasetError: If it is not there and must not or cannot be computed.
            OSError: If it cannot be written and must be.
        """
        if np.array_equal(first, second):
            return np.zeros((2, *first.shape), dtype=np.float16)
        flow = self.read(first, second)
        if flow is not None:
            return flow
        if not compute:
            raise DatasetError(f'{name}: {self.method} flow of a sampled pair of frames is not in {self.folder}: '
                               'compute it beforehand for this very sampling (tools/prepare_data.py --help), or set '
                               'compute=True in FlowTarget.')
        try:
            flow = FLOW_METHODS[self.method](np.stack([first, second]))[0] if calculate is None else calculate()
            flow = flow.astype(np.float16)
        except (ImportError, ValueError) as error:
            raise DatasetError(f'{name}: {error}') from None
        self._keep(self.path(first, second), flow)
        return flow

    def _keep(self, path: Path | None, flow: np.ndarray) -> None:
        global _warned
        if path is None:
            return
        try:
            with replacing(path) as partial, open(partial, 'wb') as file:
                np.save(file, flow)
        except OSError as error:
            if self.must_keep:
                raise
            if not _warned:
                print_log(f'Optical flow cannot be kept in {path.parent} ({error.strerror or error}), so it is '
                          'computed every time: make room, or name a folder to write to in FlowTarget(cache=...).',
                          logger='current', level=logging.WARNING)
            _warned = True
