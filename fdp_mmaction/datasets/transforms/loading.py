"""Frames and landmarks of a prepared clip."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import TRANSFORMS


def read_packed(path: str, indices: np.ndarray, sample_id: str) -> np.ndarray:
    """Read some rows of a packed ``.npy`` array without reading the rest.

    Args:
        path (str): The array, ``(F, ...)``.
        indices (np.ndarray): Rows wanted.
        sample_id (str): Named in errors.

    Returns:
        np.ndarray: ``(len(indices), ...)``, a copy in memory.

    Raises:
        DatasetError: If the file is missing, damaged or shorter than the indices ask for.
    """
    try:
        return np.load(path, mmap_mode='r')[indices]
    except (OSError, ValueError, EOFError, IndexError) as error:
        raise DatasetError(f'{sample_id}: cannot read {path} ({error}): prepare the dataset again, '
                           'only what is missing is redone.') from error


@TRANSFORMS.register_module()
class LoadPackedFrames(BaseTransform):
    """Load the sampled frames, and the landmarks on wish.

    Required keys: ``frames_path``, ``landmarks_path``, ``frame_inds``, ``sample_id``. Added keys: ``imgs``
    ``(F, H, W)`` uint8, ``img_shape`` ``(H, W)``, and ``landmarks`` ``(F, 68, 2)`` float32 pixels, with
    F = num_clips * clip_len.

    Args:
        with_landmarks (bool): Load landmarks too. Defaults to False.

    Raises:
        DatasetError: If a file cannot be read, or landmarks are wanted and the folder has none.
    """

    def __init__(self, with_landmarks: bool = False) -> None:
        self.with_landmarks = with_landmarks

    def transform(self, results: dict) -> dict:
        """Add ``imgs`` and ``landmarks``."""
        indices, sample_id = results['frame_inds'], results['sample_id']
        imgs = read_packed(results['frames_path'], indices, sample_id)
        results = dict(results, imgs=imgs, img_shape=imgs.shape[1:3])
        if self.with_landmarks:
            if not results.get('landmarks_path'):
                raise DatasetError(f'{sample_id} was prepared without landmarks: prepare the dataset with '
                                   'landmarks, or set with_landmarks=False.')
            results['landmarks'] = read_packed(results['landmarks_path'], indices, sample_id).astype(np.float32)
        return results
