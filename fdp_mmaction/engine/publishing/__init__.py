"""Model cards, and publishing trained weights."""

from .card import CARD, write_model_card
from .facts import CardFacts, DataFacts, ModelFacts, Part, Scores, WeightsFile

__all__ = ['CARD', 'CardFacts', 'DataFacts', 'ModelFacts', 'Part', 'Scores', 'WeightsFile', 'write_model_card']
