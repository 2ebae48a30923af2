"""Figures. Every ``draw_`` function returns a matplotlib figure and needs no display."""

from .clip import Clip
from .clip_figure import draw_clip_ranking
from .clip_ranking import ClipRanking, Ranking, rank_clip
from .clip_report import write_clip_ranking
from .clip_sources import read_image_folder, read_prepared_clip, read_video
from .comparison import draw_comparison
from .confusion_matrix import draw_confusion_matrix
from .dynamic_images import draw_dynamic_images
from .figures import save_figure
from .training_curves import collect_curves, draw_training_curves, read_scalars

__all__ = ['Clip', 'ClipRanking', 'Ranking', 'collect_curves', 'draw_clip_ranking', 'draw_comparison',
           'draw_confusion_matrix', 'draw_dynamic_images', 'draw_training_curves', 'rank_clip', 'read_image_folder',
           'read_prepared_clip', 'read_scalars', 'read_video', 'save_figure', 'write_clip_ranking']
