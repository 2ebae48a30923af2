"""The notation of action units (AUs) in annotation sheets.

Sheets write the same thing in many ways: ``4+7``, ``L12+R15``, ``R12 + R15``, ``12 or R12``, ``R14A``,
``12L``, ``T28+14``, ``AU4(k)+L7``, or a plain number cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SEPARATORS = re.compile(r'[+,，/;\s]+')
_TOKEN = re.compile(r'(?:AU)?(?P<before>[LRTB]?)(?P<number>\d{1,2})(?P<after>[LRT]?)(?P<intensity>[A-E]?)'
                    r'(?P<kept>\(K\))?')


@dataclass(frozen=True)
class ActionUnit:
    """One action unit.

    Args:
        number (int): FACS number.
        side (str): ``'L'`` left, ``'R'`` right, ``'T'`` top, ``'B'`` bottom, ``''`` unstated. Defaults to ''.
        intensity (str): ``'A'`` (trace) to ``'E'`` (maximum), ``''`` unstated. A trailing ``B`` is an
            intensity, a leading one a side. Defaults to ''.
        kept (bool): Marked ``(k)``: the unit was active before the movement and is kept. Defaults to False.
        alternative (bool): One of several joined by "or". Defaults to False.
    """

    number: int
    side: str = ''
    intensity: str = ''
    kept: bool = False
    alternative: bool = False

    def __str__(self) -> str:
        """Canonical form: ``L12``, ``R14A``, ``4(k)``; ``12?`` for one of several alternatives."""
        return (f'{self.side}{self.number}{self.intensity}' + ('(k)' if self.kept else '')
                + ('?' if self.alternative else ''))


def parse_action_units(value: object) -> tuple[tuple[ActionUnit, ...], tuple[str, ...]]:
    """Parse the action-unit cell of a sheet.

    Args:
        value (object): The cell: text, a number, or None.

    Returns:
        tuple: The action units in the order written, and the pieces of text that are none.

    Examples:
        >>> units, unknown = parse_action_units('L12 or R12+4')
        >>> [str(unit) for unit in units]
        ['L12?', 'R12?', '4']
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = '' if value is None else str(value).strip().upper()
    pieces = [piece for piece in _SEPARATORS.split(text) if piece]
    units: list[ActionUnit] = []
    unknown: list[str] = []
    for index, piece in enumerate(pieces):
        if piece == 'OR':
            continue
        match = _TOKEN.fullmatch(piece)
        if match is None or (match['before'] and match['after']):
            unknown.append(piece)
            continue
        neighbours = (*pieces[index - 1:index], *pieces[index + 1:index + 2])
        units.append(ActionUnit(
            number=int(match['number']), side=match['before'] or match['after'], intensity=match['intensity'],
            kept=match['kept'] is not None, alternative='OR' in neighbours))
    return tuple(units), tuple(unknown)
