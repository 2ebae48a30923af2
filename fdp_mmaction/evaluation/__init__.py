"""Metrics, registered under their class names."""

from .dynamic_image_metric import DynamicImageMetric
from .mer_metric import MERMetric
from .rank_order_metric import RankOrderMetric

__all__ = ['DynamicImageMetric', 'MERMetric', 'RankOrderMetric']
