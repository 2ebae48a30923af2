"""Dataset classes and transforms, registered under their class names."""

from .casme2 import CASME2Dataset
from .micro_expression_dataset import MicroExpressionDataset
from .protocol import Protocol
from .samm import SAMMDataset
from .synthetic_me import SyntheticMEDataset
from .transforms import *  # noqa: F403
from .transforms import __all__ as _transforms

__all__ = ['CASME2Dataset', 'MicroExpressionDataset', 'Protocol', 'SAMMDataset', 'SyntheticMEDataset',
           *_transforms]
