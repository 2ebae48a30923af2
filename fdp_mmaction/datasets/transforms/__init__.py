"""Transforms of the data pipeline, registered under their class names."""

from .brightness import BrightnessFrames
from .crop import CropFrames
from .dynamic_image_input import FramesToDynamicImage
from .flow import FlowTarget
from .geometry import FlipFrames, ResizeFrames
from .loading import LoadPackedFrames
from .packing import PackMEInputs
from .rotation import RotateScaleFrames
from .sampling import SampleMEFrames
from .targets import DynamicImageTarget

__all__ = ['BrightnessFrames', 'CropFrames', 'DynamicImageTarget', 'FlipFrames', 'FlowTarget', 'FramesToDynamicImage',
           'LoadPackedFrames', 'PackMEInputs', 'ResizeFrames', 'RotateScaleFrames', 'SampleMEFrames']
