"""Metrics, registered under their class names."""

from .dynamic_image_metric import DynamicImageMetric
from .mer_metric import MERMetric

__all__ = ['DynamicImageMetric', 'MERMetric']
