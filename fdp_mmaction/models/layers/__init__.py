"""Building blocks of the models."""

from .convolutional_mlp import ConvolutionalMLP
from .frame_map import PooledFrameMap, SpatialFrameMap
from .global_relational_aggregator import GlobalRelationalAggregator, PooledSelfAttention
from .local_relational_aggregator import LocalRelationalAggregator, MultiHeadConvolution
from .patch_embedding import PatchEmbedding
from .rank_scorer import RankScorer

__all__ = [
    'ConvolutionalMLP', 'GlobalRelationalAggregator', 'LocalRelationalAggregator', 'MultiHeadConvolution',
    'PatchEmbedding', 'PooledFrameMap', 'PooledSelfAttention', 'RankScorer',
    'SpatialFrameMap',
]
