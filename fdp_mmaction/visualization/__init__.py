"""Figures. Every function returns a matplotlib figure and needs no display."""

from .confusion_matrix import draw_confusion_matrix
from .dynamic_images import draw_dynamic_images
from .figures import save_figure
from .training_curves import collect_curves, draw_training_curves, read_scalars

__all__ = ['collect_curves', 'draw_confusion_matrix', 'draw_dynamic_images', 'draw_training_curves', 'read_scalars',
           'save_figure']
