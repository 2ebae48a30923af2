from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fdp_mmaction.datasets.readers.action_units import ActionUnit, parse_action_units


@pytest.mark.parametrize('cell, expected', [
    (4, ['4']), (4.0, ['4']), ('4+7', ['4', '7']), ('L12+R15', ['L12', 'R15']), ('R12 + R15', ['R12', 'R15']),
    ('12 or R12', ['12?', 'R12?']), ('4+12 or 14', ['4', '12?', '14?']), ('R14A', ['R14A']), ('14B', ['14B']),
    ('B25', ['B25']), ('12L', ['L12']), ('4R+7', ['R4', '7']), ('T28+14', ['T28', '14']),
    ('AU4(k)+L7', ['4(k)', 'L7']), ('4，7', ['4', '7']), ('4/7', ['4', '7']), ('au4+r7', ['4', 'R7']), (None, []),
    ('', []), ('or', []),
])
def test_notations(cell, expected):
    units, unknown = parse_action_units(cell)
    assert [str(unit) for unit in units] == expected
    assert unknown == ()


def test_fields():
    (unit,), _ = parse_action_units('AUR14E(k)')
    assert unit == ActionUnit(14, side='R', intensity='E', kept=True)


@pytest.mark.parametrize('cell, known, unknown', [
    ('4+?', ['4'], ('?',)), ('xyz', [], ('XYZ',)), ('123', [], ('123',)),
    ('L12R', [], ('L12R',)), ('14F', [], ('14F',)),
])
def test_unknown_pieces_are_told_apart(cell, known, unknown):
    units, rest = parse_action_units(cell)
    assert ([str(unit) for unit in units], rest) == (known, unknown)


@given(st.lists(st.builds(ActionUnit, st.integers(0, 99), st.sampled_from(['', *'LRTB']),
                          st.sampled_from(['', *'ABCDE']), st.booleans()), max_size=5))
def test_canonical_form_parses_to_itself(units):
    assert parse_action_units('+'.join(map(str, units))) == (tuple(units), ())


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans()))
def test_any_cell_is_accounted_for(cell):
    units, unknown = parse_action_units(cell)
    assert all(0 <= unit.number <= 99 for unit in units) and all(unknown)
