from __future__ import annotations

from mmengine.config import Config

from fdp_mmaction.engine.loso.differences import MOST, config_differences, listed, run_differences


def differ(old: dict, new: dict) -> list[str]:
    return config_differences(Config(old), Config(new))


def test_settings_are_named_as_options_name_them() -> None:
    old = dict(a=1, model=dict(head=dict(size=(2, 3))), same=[1, 2], x=dict(y=dict(z=1)))
    new = dict(a=1, model=dict(head=dict(size=(2, 4)), neck=dict(type='N', k=None)), same=[1, 2])
    assert differ(old, new) == ['model.head.size: (2, 3) -> (2, 4)', "model.neck.type: not set -> 'N'",
                                'model.neck.k: not set -> None', 'x.y.z: 1 -> not set']
    assert differ(old, old) == []
    assert differ(dict(a=dict(b=1)), dict(a=None)) == ["a: {'b': 1} -> None"]
    assert differ(dict(a=''), dict(a='x' * 500))[0].endswith('xxx ...')


def test_components_that_come_and_go_are_named_once() -> None:
    old = dict(hooks=[dict(type='A'), dict(type='B', k=1), dict(type='C')])
    new = dict(hooks=[dict(type='New'), dict(type='A'), dict(type='B', k=2)])
    assert differ(old, new) == ['hooks: without C, with New', 'hooks.2.k: 1 -> 2']
    assert differ(dict(hooks=[dict(type='A')]), dict(hooks=[dict(type='B')])) == ['hooks: without A, with B']


def test_a_header_that_names_no_identity_is_another_run() -> None:
    now = dict(identity=dict(config='a', options='b', selection='last'), subjects=['x'])
    assert run_differences(dict(now), now, ['never shown']) == []
    assert run_differences(dict(subjects=['x'], identity='damaged'), now, []) == [
        'the config: its text is another', '--select: not known -> last']
    options = dict(now, identity=dict(now['identity'], options='c'))
    assert run_differences(options, now, []) == ['--cfg-options: others']


def test_not_more_than_can_be_read() -> None:
    assert listed(['a', 'b']) == '  a\n  b'
    lines = listed([str(k) for k in range(MOST + 3)]).splitlines()
    assert len(lines) == MOST + 1 and lines[-1] == '  ... and 3 more'
