from .lgfa_transformer import LGFATransformer

__all__ = ['LGFATransformer']
