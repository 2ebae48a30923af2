from .rank_pooling import RankPooling

__all__ = ['RankPooling']
