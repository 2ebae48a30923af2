"""Emotion classes and the action units that CASME II's coders saw with them."""

from __future__ import annotations

import re

from fdp_mmaction.errors import DatasetError

EMOTIONS: tuple[str, ...] = ('happiness', 'disgust', 'repression', 'surprise', 'others')
"""The five classes of the standard CASME II protocol."""

EMOTION_ACTION_UNITS: dict[str, dict[str, float]] = {
    'happiness': {'6+12': 0.4, '12': 0.34, 'L12': 0.13, 'R12': 0.13},
    'disgust': {'4+9': 0.25, '9': 0.13, '10': 0.17, '4+7': 0.17, '4+7+9': 0.14, '9+10': 0.14},
    'repression': {'15': 0.27, '17': 0.28, '15+17': 0.33, '14': 0.06, '14+17': 0.06},
    'surprise': {'1+2': 0.5, '1+2+5': 0.3, '2': 0.1, '1+5': 0.1},
    'others': {'4': 0.33, '14': 0.14, 'L14': 0.1, 'R14': 0.1, '7': 0.08, '4+5': 0.08, '4+14': 0.12, '4+7': 0.05},
}
"""Class -> {action units as CASME II writes them: probability within the class}."""

_UNIT = re.compile(r'^([LR]?)(\d+)$')


def parse_action_units(text: str) -> list[tuple[int, str]]:
    """Read an action-unit string as CASME II writes it.

    Args:
        text (str): Units joined by ``+``; ``L`` or ``R`` before a number is the subject's left or right
            side alone, e.g. ``'4+L14'``.

    Returns:
        list[tuple[int, str]]: ``(number, side)`` with side ``'L'``, ``'R'`` or ``''`` for both.

    Raises:
        DatasetError: If a part is not a number with an optional side.

    Example:
        >>> parse_action_units('6+L12')
        [(6, ''), (12, 'L')]
    """
    units = []
    for part in str(text).split('+'):
        match = _UNIT.match(part.strip())
        if match is None:
            raise DatasetError(f'Action units must look like "6+12" or "L14", got {text!r}.')
        units.append((int(match.group(2)), match.group(1)))
    return units
