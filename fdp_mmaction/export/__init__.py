"""Trained models as files that run without this project: ONNX and ``torch.export``, each checked against the model."""

from .exported_model import ExportedModel, choose_heads
from .program import ExportError
from .run import Export, export_model
from .source import Source, read_source

__all__ = ['Export', 'ExportError', 'ExportedModel', 'Source', 'choose_heads', 'export_model', 'read_source']
