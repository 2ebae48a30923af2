"""Backbones, necks, heads and recognizers, registered under their class names."""

from .backbones import F5CNet, LGFATransformer
from .heads import ClipMERHead, DynamicImageHead, LandmarkHead, MERHead, OpticalFlowHead
from .necks import RankPooling
from .recognizers import MicroExpressionRecognizer

__all__ = [
    'ClipMERHead', 'DynamicImageHead', 'F5CNet', 'LGFATransformer', 'LandmarkHead', 'MERHead',
    'MicroExpressionRecognizer', 'OpticalFlowHead', 'RankPooling',
]
