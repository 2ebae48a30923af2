"""Loops, registered under their class names."""

from .step_limited_train_loop import StepLimitedTrainLoop

__all__ = ['StepLimitedTrainLoop']
