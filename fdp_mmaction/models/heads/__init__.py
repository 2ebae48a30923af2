from .dynamic_image_head import DynamicImageHead
from .mer_head import MERHead

__all__ = ['DynamicImageHead', 'MERHead']
