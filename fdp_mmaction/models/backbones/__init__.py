from .f5c_net import F5CNet
from .lgfa_transformer import LGFATransformer

__all__ = ['F5CNet', 'LGFATransformer']
