"""Building blocks of the models."""

from .channel_correspondence_convolution import ChannelCorrespondenceConvolution
from .convolutional_mlp import ConvolutionalMLP
from .f5c_block import F5CBlock
from .flow_decoder import FlowDecoder
from .frame_map import PooledFrameMap, SpatialFrameMap
from .fully_connected_convolution import FullyConnectedConvolution, GlobalCircularConvolution
from .global_relational_aggregator import GlobalRelationalAggregator, PooledSelfAttention
from .local_relational_aggregator import LocalRelationalAggregator, MultiHeadConvolution
from .patch_embedding import PatchEmbedding
from .rank_scorer import RankScorer
from .recomputed import recomputed

__all__ = [
    'ChannelCorrespondenceConvolution', 'ConvolutionalMLP', 'F5CBlock', 'FlowDecoder', 'FullyConnectedConvolution',
    'GlobalCircularConvolution', 'GlobalRelationalAggregator', 'LocalRelationalAggregator', 'MultiHeadConvolution',
    'PatchEmbedding', 'PooledFrameMap', 'PooledSelfAttention', 'RankScorer', 'SpatialFrameMap', 'recomputed',
]
