"""Trained models on one's own videos."""

from .micro_expression_inferencer import MicroExpressionInferencer
from .prediction import ClipPrediction, VideoPrediction

__all__ = ['ClipPrediction', 'MicroExpressionInferencer', 'VideoPrediction']
