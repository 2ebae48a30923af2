from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.models import ActionDataPreprocessor
from mmaction.structures import ActionDataSample
from mmengine.model import MMDistributedDataParallel

import fdp_mmaction  # noqa: F401
from fdp_mmaction.engine.hooks import SplitNormalisationHook
from fdp_mmaction.engine.hooks.split_normalisation_hook import split_constants
from fdp_mmaction.errors import DatasetError


def clips(seed: int, count: int = 4, top: int = 200) -> list[dict]:
    rng = np.random.default_rng(seed)
    return [dict(inputs=torch.from_numpy(rng.integers(10, top, (1, 1, 2, 6, 6), dtype=np.uint8)),
                 data_samples=ActionDataSample()) for _ in range(count)]


def released_normalisation(part: list[dict]) -> torch.Tensor:
    """As described: to [-1, 1], minus the mean of the whole part, divided by the maximum of what results."""
    x = torch.stack([clip['inputs'] for clip in part]).double() / 255
    x = (x - 0.5) / 0.5
    x = x - x.mean()
    return x / x.max()


@pytest.fixture
def runner():
    parts = dict(train=clips(0, 5), val=clips(1, 2, 90), test=clips(2, 3, 250))
    model = torch.nn.Module()
    model.data_preprocessor = ActionDataPreprocessor(mean=[127.5], std=[127.5], format_shape='NCTHW')
    return SimpleNamespace(model=model, parts=parts, **{
        f'{name}_dataloader': SimpleNamespace(dataset=part) for name, part in parts.items()})


def normalised(runner, part: str) -> torch.Tensor:
    data = dict(inputs=[clip['inputs'] for clip in runner.parts[part]],
                data_samples=[clip['data_samples'] for clip in runner.parts[part]])
    return runner.model.data_preprocessor(data)['inputs']


def assert_released(runner, part: str) -> None:
    torch.testing.assert_close(normalised(runner, part).double(), released_normalisation(runner.parts[part]),
                               atol=1e-6, rtol=1e-5)


def test_every_part_has_its_own_constants(runner):
    hook = SplitNormalisationHook()
    hook.before_train(runner)
    assert_released(runner, 'train')
    for _ in range(2):
        hook.before_val(runner)
        assert_released(runner, 'val')
        with pytest.raises(AssertionError):
            assert_released(runner, 'train')
        hook.after_val(runner)
        assert_released(runner, 'train')


def test_testing_alone_needs_no_training_part(runner):
    del runner.train_dataloader
    hook = SplitNormalisationHook()
    hook.before_val(runner)
    hook.after_val(runner)
    hook.before_test(runner)
    assert_released(runner, 'test')


def test_each_part_is_read_once(runner):
    class Counting(list):
        reads = 0

        def __getitem__(self, index):
            Counting.reads += 1
            return super().__getitem__(index)

    runner.train_dataloader.dataset = Counting(runner.parts['train'])
    hook = SplitNormalisationHook()
    hook.before_train(runner)
    hook.after_val(runner)
    hook.before_train(runner)
    assert Counting.reads == 5


def test_the_model_of_parallel_training_is_found(runner):
    wrapped = MMDistributedDataParallel.__new__(MMDistributedDataParallel)
    torch.nn.Module.__init__(wrapped)
    wrapped.module = runner.model
    unwrapped, runner.model = runner.model, wrapped
    SplitNormalisationHook().before_train(runner)
    runner.model = unwrapped
    assert_released(runner, 'train')


def test_what_cannot_be_normalised(runner):
    with pytest.raises(DatasetError, match='one grey level'):
        split_constants([dict(inputs=torch.full((1, 1, 2, 3, 3), 7, dtype=torch.uint8))] * 2)
    runner.model.data_preprocessor = ActionDataPreprocessor()
    with pytest.raises(DatasetError, match=r'mean=\[127.5\]'):
        SplitNormalisationHook().before_train(runner)
