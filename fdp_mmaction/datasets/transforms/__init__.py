"""Transforms of the data pipeline, registered under their class names."""

from .brightness import BrightnessFrames
from .dynamic_image_input import FramesToDynamicImage
from .geometry import CropFrames, FlipFrames, ResizeFrames
from .loading import LoadPackedFrames
from .packing import PackMEInputs
from .sampling import SampleMEFrames
from .targets import DynamicImageTarget

__all__ = ['BrightnessFrames', 'CropFrames', 'DynamicImageTarget', 'FlipFrames', 'FramesToDynamicImage',
           'LoadPackedFrames', 'PackMEInputs', 'ResizeFrames', 'SampleMEFrames']
