from __future__ import annotations

import pytest

from fdp_mmaction.engine.publishing.paths import portable, without_paths


@pytest.mark.parametrize(('text', 'clean'), [
    ('/home/someone/data/casme2 lacks sub01/EP02.', 'casme2 lacks sub01/EP02.'),
    ('see <https://a.b/c/d> and http://a.b/c', 'see <https://a.b/c/d> and http://a.b/c'),
    ('data/casme2 and ./x stay, 3/4 too', 'data/casme2 and ./x stay, 3/4 too'),
    ('in ~/data/x here', 'in x here'), ('~someone/x', 'x'), (r'C:\Users\someone\x.txt is', 'x.txt is'),
    ("('/tmp/y/z', 1)", "('z', 1)"), ('/a/b.', 'b.')])
def test_sentences(text: str, clean: str) -> None:
    assert without_paths(text) == clean


def test_plain_values() -> None:
    value = dict(root='/home/me/data/', more=['~/x', (1, 'C:\\me\\y'), dict(a='file:///srv/z')], url='https://a.b/c',
                 key='relative/path', regexp=r'\d+/x')
    assert portable(value, {'relative/path': 'other'}) == dict(
        root='data', more=['x', (1, 'y'), dict(a='z')], url='https://a.b/c', key='other', regexp=r'\d+/x')
