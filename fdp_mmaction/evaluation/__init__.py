"""Metrics, registered under their class names."""

from .dynamic_image_metric import DynamicImageMetric
from .landmark_metric import LandmarkMetric
from .mer_metric import MERMetric
from .optical_flow_metric import OpticalFlowMetric
from .rank_order_metric import RankOrderMetric

__all__ = ['DynamicImageMetric', 'LandmarkMetric', 'MERMetric', 'OpticalFlowMetric', 'RankOrderMetric']
