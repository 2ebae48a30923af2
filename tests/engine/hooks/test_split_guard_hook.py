from types import SimpleNamespace

import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import CASME2Dataset
from fdp_mmaction.engine.hooks.split_guard_hook import SplitGuardHook, sample_keys
from fdp_mmaction.errors import DatasetError


def runner(train, test=None, val=None):
    loader = lambda dataset: dataset and SimpleNamespace(dataset=dataset)  # noqa: E731
    return SimpleNamespace(train_dataloader=loader(train), _val_dataloader=loader(val), _test_dataloader=loader(test))


def part(prepared, subject, test_mode=False):
    return CASME2Dataset(prepared, test_subject=subject, test_mode=test_mode)


def test_a_proper_split_passes(prepared):
    test = part(prepared, 'sub01', True)
    SplitGuardHook().before_train(runner(part(prepared, 'sub01'), test=test, val=test))


@pytest.mark.parametrize('where', ['val', 'test'])
def test_a_subject_on_both_sides_is_refused(prepared, where):
    leaky = runner(part(prepared, 'sub01'), **{where: part(prepared, 'sub02', True)})
    with pytest.raises(DatasetError, match=f'noise/sub02 is in the training part and in the {where} part'):
        SplitGuardHook().before_train(leaky)
    SplitGuardHook(allow_overlap=True).before_train(leaky)


def test_wrapped_datasets_are_looked_into(prepared):
    wrapped = RepeatDataset(part(prepared, 'sub01'), 2)
    assert sample_keys(wrapped)[0] == {'noise/sub02', 'noise/sub03'}
    both = ConcatDataset([part(prepared, 'sub01', True), part(prepared, 'sub02', True)], ignore_keys=['test_subjects'])
    assert sample_keys(both)[0] == {'noise/sub01', 'noise/sub02'}
    with pytest.raises(DatasetError, match='noise/sub03'):
        SplitGuardHook().before_train(runner(wrapped, test=part(prepared, 'sub03', True)))


def test_loaders_that_are_not_built_yet_are_built(prepared):
    built = []
    leaky = runner(part(prepared, 'sub01'))
    leaky._test_dataloader = dict(num_workers=2, persistent_workers=True, dataset='…')
    leaky.build_dataloader = lambda cfg: built.append(cfg) or SimpleNamespace(dataset=part(prepared, 'sub02', True))
    with pytest.raises(DatasetError, match='noise/sub02'):
        SplitGuardHook().before_train(leaky)
    assert built[0]['num_workers'] == 0
