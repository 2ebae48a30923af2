from .clip_mer_head import ClipMERHead
from .dynamic_image_head import DynamicImageHead
from .landmark_head import LandmarkHead
from .mer_head import MERHead
from .optical_flow_head import OpticalFlowHead

__all__ = ['ClipMERHead', 'DynamicImageHead', 'LandmarkHead', 'MERHead', 'OpticalFlowHead']
