from .micro_expression_recognizer import MicroExpressionRecognizer

__all__ = ['MicroExpressionRecognizer']
