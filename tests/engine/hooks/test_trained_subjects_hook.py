from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.dataset import RepeatDataset

import fdp_mmaction  # noqa: F401
from conftest import write_prepared
from fdp_mmaction.datasets import CASME2Dataset
from fdp_mmaction.engine.hooks import SplitGuardHook, TrainedSubjectsHook
from fdp_mmaction.engine.hooks.trained_subjects_hook import TrainedOn, person, seen_subjects, trained_on
from fdp_mmaction.errors import DatasetError


def part(folder: Path, subject: str | None, test_mode: bool = False) -> CASME2Dataset:
    return CASME2Dataset(str(folder), test_subject=subject, test_mode=test_mode, allow_overlap=subject is None)


def runner(train=None, test=None, *hooks, **more) -> SimpleNamespace:
    """What the hook sees of a runner; ``test`` lies in a loader that was built."""
    loader = lambda dataset: dataset and SimpleNamespace(dataset=dataset)  # noqa: E731
    found = dict(train_dataloader=loader(train), test_dataloader=loader(test), _test_dataloader=loader(test),
                 _val_dataloader=None, hooks=[TrainedSubjectsHook(), *hooks], _load_from='work/epoch_3.pth',
                 logger=logging.getLogger('trained'))
    return SimpleNamespace(**dict(found, **more))


def save(run: SimpleNamespace) -> dict:
    checkpoint = dict(meta=dict(epoch=3), state_dict={})
    run.hooks[0].before_save_checkpoint(run, checkpoint)
    return checkpoint


def train(prepared: Path, subject: str, loaded: dict | None = None) -> dict:
    """What a training that leaves a subject out saves."""
    run = runner(RepeatDataset(part(prepared, subject), 2), part(prepared, subject, True))
    if loaded is not None:
        run.hooks[0].after_load_checkpoint(run, loaded)
    run.hooks[0].before_train(run)
    return save(run)


def evaluate(prepared: Path, subject: str | None, checkpoint: dict, *hooks, **more) -> SimpleNamespace:
    run = runner(None, part(prepared, subject, True), *hooks, **more)
    run.hooks[0].after_load_checkpoint(run, checkpoint)
    run.hooks[0].before_test(run)
    return run


def test_a_checkpoint_says_who_was_trained_on(prepared: Path) -> None:
    saved = train(prepared, 'sub02')
    assert saved['meta'] == dict(epoch=3, trained_on=dict(subjects=['noise/sub01', 'noise/sub03'], left_out=['sub02']))
    assert TrainedOn.of(saved).plain() == saved['meta']['trained_on']


def test_who_was_trained_on_is_not_tested_on(prepared: Path) -> None:
    saved = train(prepared, 'sub02')
    assert trained_on(evaluate(prepared, 'sub02', saved)).left_out == ('sub02',)
    with pytest.raises(DatasetError) as caught:
        evaluate(prepared, 'sub01', saved)
    assert str(caught.value) == (
        'work/epoch_3.pth was trained on noise/sub01, so that a test on them says nothing: it left out sub02, so test '
        'it with --test-subject sub02 or ME_TEST_SUBJECT=sub02, or permit it by TrainedSubjectsHook('
        'allow_overlap=True).')
    with pytest.raises(DatasetError, match='was trained on noise/sub01, noise/sub03, so'):
        evaluate(prepared, None, saved)      # everybody
    several = dict(meta=dict(trained_on=dict(subjects=['noise/sub01'], left_out=['sub02', 'sub03'])))
    with pytest.raises(DatasetError, match=r'test it on whom it left out \(sub02, sub03\), or'):
        evaluate(prepared, 'sub01', several)


@pytest.mark.parametrize('split_guard', [False, True])
def test_it_can_be_permitted(prepared: Path, split_guard: bool, caplog: pytest.LogCaptureFixture) -> None:
    everybody = part(prepared, None)
    run = runner(everybody, None, SplitGuardHook(allow_overlap=split_guard))
    run.hooks[0].allow_overlap = not split_guard
    run.hooks[0].before_train(run)
    saved = save(run)
    assert len(saved['meta']['trained_on']['subjects']) == 3 and saved['meta']['trained_on']['left_out'] == []
    with pytest.raises(DatasetError, match='says nothing: test it on somebody else, or permit'):
        evaluate(prepared, 'sub01', saved)
    hooks = [TrainedSubjectsHook(not split_guard), SplitGuardHook(split_guard)]
    run = runner(None, part(prepared, 'sub01', True), hooks=hooks)
    hooks[0].after_load_checkpoint(run, saved)
    hooks[0].before_test(run)
    assert 'trained on noise/sub01: this is no score of new people' in caplog.text


@pytest.mark.parametrize('checkpoint', [
    {}, dict(meta=None), dict(meta=dict(epoch=3)), dict(meta=dict(trained_on='x')), dict(meta=dict(trained_on={})),
    dict(weight=3)])
def test_a_checkpoint_that_does_not_say_is_tested(prepared: Path, checkpoint: dict) -> None:
    run = evaluate(prepared, 'sub01', checkpoint)
    assert trained_on(run) is None
    assert 'trained_on' not in save(run)['meta']


def test_training_goes_on_from_what_was_seen_before(prepared: Path, tmp_path: Path) -> None:
    first = train(prepared, 'sub02')
    assert train(prepared, 'sub02', loaded=first) == first      # resumed
    with pytest.raises(DatasetError, match='begin with work/epoch_3.pth, which was trained on noise/sub01, who is '
                                           'tested here'):
        train(prepared, 'sub01', loaded=first)
    other = write_prepared(tmp_path / 'other', dataset='other')
    second = train(other, 'sub01', loaded=first)      # people of another dataset
    assert second['meta']['trained_on'] == dict(left_out=['sub01'], subjects=[
        'noise/sub01', 'noise/sub03', 'other/sub02', 'other/sub03'])
    with pytest.raises(DatasetError, match='was trained on noise/sub03'):
        evaluate(prepared, 'sub03', second)


def test_a_test_in_the_same_process(prepared: Path) -> None:
    """As in the folds of a run, which may load one of their own checkpoints in between."""
    run = runner(part(prepared, 'sub02'), part(prepared, 'sub02', True))
    run.hooks[0].before_train(run)
    run.hooks[0].before_test(run)
    run.hooks[0].after_load_checkpoint(run, save(run))
    run.hooks[0].before_test(run)


def test_parts_that_are_not_built_and_foreign_data(prepared: Path) -> None:
    loader = lambda cfg: SimpleNamespace(dataset=part(prepared, cfg['subject'], True))  # noqa: E731
    run = runner(part(prepared, 'sub03'), None, _val_dataloader=dict(subject='sub03'), build_dataloader=loader)
    run.hooks[0].before_train(run)
    assert save(run)['meta']['trained_on']['left_out'] == ['sub03']
    foreign = runner(['a'], ['b'])
    foreign.hooks[0].before_train(foreign)
    foreign.hooks[0].before_test(foreign)
    assert 'trained_on' not in save(foreign)['meta']


def test_a_person_has_one_key_in_a_composite_and_its_part() -> None:
    assert person('samm/samm-006') == person('samm/006') == 'samm/006' and person('casme/sub-1') == 'casme/sub-1'
    composite = ['casme2/casme2-sub17', 'smic/smic-s03']
    assert seen_subjects(composite, ['casme2/sub17', 'casme2/sub18']) == ['casme2/sub17']
    assert seen_subjects(['casme2/sub17', 'smic/s04'], composite) == ['casme2/casme2-sub17']
    assert seen_subjects(['casme2/s15'], ['casme_squared/s15']) == []
