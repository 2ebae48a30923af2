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
from .fold_curves import draw_fold_curves
from .mistakes import Mistake, draw_mistakes
from .subject_bars import draw_subject_bars
from .training_curves import collect_curves, draw_training_curves, read_scalars

__all__ = ['Clip', 'ClipRanking', 'Mistake', 'Ranking', 'collect_curves', 'draw_clip_ranking', 'draw_comparison',
           'draw_confusion_matrix', 'draw_dynamic_images', 'draw_fold_curves', 'draw_mistakes', 'draw_subject_bars',
           'draw_training_curves', 'rank_clip', 'read_image_folder', 'read_prepared_clip', 'read_scalars',
           'read_video', 'save_figure', 'write_clip_ranking']
