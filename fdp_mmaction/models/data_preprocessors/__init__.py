from .me_data_preprocessor import MEDataPreprocessor

__all__ = ['MEDataPreprocessor']
