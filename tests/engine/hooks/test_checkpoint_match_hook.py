from __future__ import annotations

from types import SimpleNamespace

import pytest
from torch import nn

from fdp_mmaction.engine.hooks import CheckpointMatchHook
from fdp_mmaction.engine.safe_loading import CheckpointError


def model(classes: int = 2) -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, classes))


def loaded(checkpoint: dict, **kwargs: object) -> CheckpointMatchHook:
    hook = CheckpointMatchHook(**kwargs)
    hook.after_load_checkpoint(SimpleNamespace(model=model()), checkpoint)
    return hook


def accepts(hook: CheckpointMatchHook, stage: str) -> bool:
    try:
        getattr(hook, stage)(None)
    except CheckpointError:
        return False
    return True


@pytest.mark.parametrize('stage', ['before_train', 'before_val', 'before_test'])
def test_the_same_model_is_accepted(stage: str) -> None:
    weights = model().state_dict()
    assert accepts(loaded(dict(state_dict=weights)), stage)
    assert accepts(loaded(weights), stage)      # a bare state dict
    assert accepts(loaded(dict(state_dict={f'module.{name}': value for name, value in weights.items()})), stage)
    assert accepts(loaded(dict(state_dict=dict(weights, extra=weights['0.bias']))), stage)
    del weights['1.num_batches_tracked']      # old checkpoints lack it, and nothing is computed from it
    assert accepts(loaded(dict(state_dict=weights)), stage)


def test_nothing_loaded_is_accepted() -> None:
    assert accepts(CheckpointMatchHook(), 'before_test') and accepts(CheckpointMatchHook(), 'before_train')


def test_another_model_is_refused_everywhere() -> None:
    hook = loaded(dict(state_dict={'backbone.conv.weight': model()[0].weight}))
    with pytest.raises(CheckpointError, match=r'does not belong to this model: 8 of 8 weights .*\(0.weight, 0.bias, '):
        hook.before_test(None)
    with pytest.raises(CheckpointError, match='no weight in common'):
        hook.before_train(None)


def test_a_part_may_be_trained_but_not_tested() -> None:
    hook = loaded(dict(state_dict=model(classes=5).state_dict()))      # another number of classes
    with pytest.raises(CheckpointError, match=r'2 of 8 weights .*\(2.weight, 2.bias\)'):
        hook.before_test(None)
    assert not accepts(hook, 'before_val')
    assert accepts(hook, 'before_train') and accepts(hook, 'before_val') and accepts(hook, 'before_test')


def test_allowed_missing() -> None:
    weights = {name: value for name, value in model().state_dict().items() if not name.startswith('2.')}
    assert not accepts(loaded(dict(state_dict=weights)), 'before_test')
    assert accepts(loaded(dict(state_dict=weights), allowed_missing=[r'^2\.']), 'before_test')


def test_wrapped_models_are_unwrapped() -> None:
    from mmengine.model import BaseTTAModel

    class Average(BaseTTAModel):
        def merge_preds(self, data_samples_list: list) -> list:
            return data_samples_list

    network = model()
    wrapped = Average.__new__(Average)
    nn.Module.__init__(wrapped)
    wrapped.module = network
    hook = CheckpointMatchHook()
    hook.after_load_checkpoint(SimpleNamespace(model=wrapped), dict(state_dict=network.state_dict()))
    assert accepts(hook, 'before_test')
