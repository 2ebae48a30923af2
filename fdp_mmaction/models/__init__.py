"""Backbones, necks, heads and recognizers, registered under their class names."""

from .backbones import LGFATransformer
from .heads import DynamicImageHead, MERHead
from .necks import RankPooling
from .recognizers import MicroExpressionRecognizer

__all__ = ['DynamicImageHead', 'LGFATransformer', 'MERHead', 'MicroExpressionRecognizer', 'RankPooling']
