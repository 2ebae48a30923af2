"""Transforms of the data pipeline, registered under their class names."""

from .geometry import CropFrames, FlipFrames, ResizeFrames
from .loading import LoadPackedFrames
from .packing import PackMEInputs
from .sampling import SampleMEFrames
from .targets import DynamicImageTarget

__all__ = ['CropFrames', 'DynamicImageTarget', 'FlipFrames', 'LoadPackedFrames', 'PackMEInputs', 'ResizeFrames',
           'SampleMEFrames']
