"""Predictions in less time: batch normalisation folded into weights, and windows over long videos that share frames."""

from .fold_batch_norm import fold_batch_norm
from .frame_map_cache import FrameMapCache
from .windows import predict_windows, sliding_windows

__all__ = ['FrameMapCache', 'fold_batch_norm', 'predict_windows', 'sliding_windows']
