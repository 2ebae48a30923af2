"""Dataset classes and transforms, registered under their class names."""

from .casme import CASMEDataset
from .casme2 import CASME2Dataset
from .casme3 import CASME3Dataset, CASME3PartCDataset
from .casme_squared import CASMESquaredDataset
from .composite import CompositeMEDataset
from .micro_expression_dataset import MicroExpressionDataset
from .mmew import MMEWDataset
from .protocol import Protocol
from .samm import SAMMDataset
from .smic import SMICDataset
from .synthetic_me import SyntheticMEDataset
from .transforms import *  # noqa: F403
from .transforms import __all__ as _transforms

__all__ = ['CASME2Dataset', 'CASME3Dataset', 'CASME3PartCDataset', 'CASMEDataset', 'CASMESquaredDataset',
           'CompositeMEDataset', 'MMEWDataset', 'MicroExpressionDataset', 'Protocol', 'SAMMDataset', 'SMICDataset',
           'SyntheticMEDataset', *_transforms]
