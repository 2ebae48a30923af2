"""Settings of what is measured."""

from __future__ import annotations

import pytest
from tiny_benchmark import FDP, MOL, toy

from fdp_mmaction.engine.benchmark.variant import Variant, parse_changes, pipeline_of, read_variant
from fdp_mmaction.engine.launch import UsageError


def test_changes_go_where_they_belong() -> None:
    base = Variant('configs/a.py', options={'x': 1}, batch_size=4)
    changed = base.changed({'batch_size': 8, 'model.depth': 2, 'amp': 'bf16', 'heads': ['class', 'flow']})
    assert (changed.batch_size, changed.amp, changed.heads) == (8, 'bf16', ('class', 'flow'))
    assert changed.options == {'x': 1, 'model.depth': 2} and base.options == {'x': 1}
    assert changed.name == 'a batch_size=8 model.depth=2 amp=bf16 heads=class+flow' and base.name == 'a'
    assert changed.changed({'amp': 'none'}).amp is None


@pytest.mark.parametrize('changes', [dict(batch_size=0), dict(batch_size=2.5), dict(frames=True), dict(amp='int8'),
                                     dict(compile='yes'), dict(channels_last=1), dict(fold_bn=2),
                                     dict(stride=0)])
def test_values_that_do_not_suit(changes: dict) -> None:
    with pytest.raises(UsageError, match='is not (a number above 0|bf16, fp16 or none|True or False)'):
        Variant('a.py').changed(changes)


def test_words_of_the_command_line() -> None:
    words = ['channels_last=True', 'amp=bf16', 'model.neck.mode=mean', 'batch_size=4', 'x=[1,2]', 'y=a=b']
    assert parse_changes(words, '--compare') == {
        'channels_last': True, 'amp': 'bf16', 'model.neck.mode': 'mean', 'batch_size': 4, 'x': [1, 2], 'y': 'a=b'}
    with pytest.raises(UsageError, match='--compare amp: give KEY=VALUE'):
        parse_changes(['amp'], '--compare')


def test_what_a_variant_does_to_its_config() -> None:
    cfg = read_variant(Variant(MOL, options={'model.cls_head.dropout': 0.0}, channels_last=True,
                               heads=('class', 'landmarks')))
    assert cfg.model.cls_head.dropout == 0.0 and cfg.model.channels_last is True
    assert cfg.model.test_cfg == dict(aux_heads=['landmarks'])
    assert 'test_cfg' not in read_variant(Variant(MOL)).model
    assert pipeline_of(cfg, 'train') != pipeline_of(cfg, 'inference')
    assert read_variant(Variant(FDP, channels_last=False)).model.channels_last is False


@pytest.mark.parametrize(('settings', 'message'), [
    (dict(config='nowhere.py'), 'Config nowhere.py does not exist'),
    (dict(config=FDP, heads=('class', 'flow')), 'are class, dynamic_image, and flow is none of them'),
    (dict(config=FDP, heads=('dynamic_image',)), 'and class always predicts'),
    (dict(config=FDP, options=dict(model=None)), 'has no model: give the config of a training')])
def test_what_a_config_does_not_permit(settings: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_variant(Variant(**settings))


@pytest.mark.parametrize('settings', [dict(heads=('class',)), dict(channels_last=True)])
def test_options_of_the_recognizer(settings: dict, tmp_path) -> None:
    with pytest.raises(UsageError, match='goes with models of the type MicroExpressionRecognizer; .* has a ToyRecog'):
        read_variant(toy(tmp_path, **settings))
