"""Predictions in less time: batch normalisation folded into weights, and windows over long videos that share frames."""

from .fold_batch_norm import fold_batch_norm
from .frame_map_cache import FrameMapCache
from .pack_for_cpu import pack_for_cpu
from .windows import predict_windows, sliding_windows

__all__ = ['FrameMapCache', 'fold_batch_norm', 'pack_for_cpu', 'predict_windows', 'sliding_windows']
