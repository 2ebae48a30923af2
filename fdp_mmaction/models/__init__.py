"""Backbones, necks, heads, recognizers and their data preprocessor, registered under their class names."""

from .backbones import F5CNet, LGFATransformer
from .data_preprocessors import MEDataPreprocessor
from .heads import ClipMERHead, DynamicImageHead, LandmarkHead, MERHead, OpticalFlowHead
from .necks import RankPooling
from .recognizers import MicroExpressionRecognizer

__all__ = [
    'ClipMERHead', 'DynamicImageHead', 'F5CNet', 'LGFATransformer', 'LandmarkHead', 'MEDataPreprocessor', 'MERHead',
    'MicroExpressionRecognizer', 'OpticalFlowHead', 'RankPooling',
]
