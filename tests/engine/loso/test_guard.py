"""The guards alone, and inside real folds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from conftest import write_prepared
from fdp_mmaction.datasets import MicroExpressionDataset
from fdp_mmaction.engine.loso.fold import run_fold
from fdp_mmaction.engine.loso.guard import ReadGuard, _same, check_parts, part_keys, watch
from fdp_mmaction.engine.loso.plan import Settings, open_run
from fdp_mmaction.engine.loso.results import fold_folder, read_fold
from fdp_mmaction.errors import DatasetError
from toy_loso import forget_runs, write_loso_config


def part(root: Path, *left_out: str, test: bool = False) -> MicroExpressionDataset:
    from fdp_mmaction.datasets import SyntheticMEDataset
    return SyntheticMEDataset(str(root), test_subject=left_out, test_mode=test)


def test_parts_must_share_nothing(prepared: Path) -> None:
    train, test = part(prepared, 'sub01'), part(prepared, 'sub01', test=True)
    check_parts(train, dict(test=test))
    with pytest.raises(DatasetError, match='The subject noise/sub01 is in the training part and in the test part'):
        check_parts(part(prepared, 'sub02'), dict(test=test))


@pytest.mark.parametrize(('field', 'message'), [('sample_id', 'The sample noise/sub01/EP00_01 is in the training'),
                                                ('frames', r'The frames .*sub01/EP00_01\.npy is in the training')])
def test_an_me_under_another_name_is_found(prepared: Path, field: str, message: str) -> None:
    path = prepared / 'annotations.json'
    content = json.loads(path.read_text())
    content['data_list'][-1][field] = content['data_list'][0][field]
    path.write_text(json.dumps(content))
    with pytest.raises(DatasetError, match=message):
        check_parts(part(prepared, 'sub01'), dict(test=part(prepared, 'sub01', test=True)))


def test_subjects_of_one_name_in_two_datasets_are_two_people(prepared: Path) -> None:
    assert part_keys(part(prepared, 'sub01', test=True))['subject'] == {'noise/sub01'}


def test_foreign_datasets_cannot_be_checked() -> None:
    with pytest.raises(DatasetError, match='list holds no ME'):
        part_keys([])


def test_a_guard_opens_and_closes(prepared: Path) -> None:
    dataset = part(prepared, 'sub01', test=True)
    guard = ReadGuard('test', is_open=False)
    watch(dataset, guard)
    with pytest.raises(DatasetError, match='noise/sub01/EP00_01 of the test part was read outside evaluation'):
        dataset[0]
    guard.is_open = True
    assert dataset[0]['subject'] == 'sub01'


def test_a_guard_knows_who_must_not_be_read(prepared: Path) -> None:
    dataset = part(prepared, 'sub02')
    watch(dataset, ReadGuard('training', {'noise/sub03'}))
    assert dataset[0]['subject'] == 'sub01'
    with pytest.raises(DatasetError, match='of the left-out subject sub03 was read for the training part'):
        dataset[len(dataset) - 1]


def test_nan_is_the_same_as_itself() -> None:
    a = torch.tensor([1.0, float('nan')])
    assert _same(a, a.clone()) and not _same(a, torch.tensor([2.0, float('nan')]))
    assert _same(torch.tensor(3), torch.tensor(3)) and not _same(torch.tensor(3), torch.tensor(4))


# --------------------------------------------------------------------------- inside folds
@pytest.fixture(autouse=True)
def alone() -> None:
    forget_runs()


LEAKS = '''
from mmengine.hooks import Hook
from fdp_mmaction.registry import DATASETS, HOOKS
from fdp_mmaction.datasets import SyntheticMEDataset

@DATASETS.register_module(force=True)
class LeakyDataset(SyntheticMEDataset):
    """Swaps a training ME for one of the left-out subject at the moment it is read."""
    def prepare_data(self, idx):
        info = self.get_data_info(idx)
        info = dict(info, subject=self.test_subjects[0]) if not self.test_mode else info
        return self.pipeline(info)

@HOOKS.register_module(force=True)
class TeachHook(Hook):
    """Goes on learning during the test."""
    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        next(runner.model.parameters()).data.add_(1)
'''


@pytest.mark.parametrize(('more', 'message'), [
    ("custom_hooks = [dict(type='SplitNormalisationHook')]", 'of the test part was read outside evaluation'),
    ("custom_hooks = [dict(type='TeachHook')]", 'The model changed while it was evaluated on the test part'),
    ("model.update(norm=True, tracked=False)", 'norm normalises by the statistics of the evaluated batch'),
    ("train_dataloader['dataset'].update(type='LeakyDataset')", 'of the left-out subject sub01 was read for the tr'),
])
def test_leaks_are_stopped(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str,
                           message: str) -> None:
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub01')
    (tmp_path / 'leaks.py').write_text(LEAKS)
    monkeypatch.syspath_prepend(tmp_path)
    config = write_loso_config(tmp_path, prepared, epochs=1, more="custom_imports['imports'].append('leaks')\n" + more)
    open_run(Settings(str(config), tmp_path / 'out'))
    with pytest.raises(DatasetError, match=message):
        run_fold(tmp_path / 'out', 'sub01', 0)
    assert read_fold(fold_folder(tmp_path / 'out', 0, 'sub01')) is None


def test_statistics_of_the_test_part_can_be_allowed(prepared: Path, tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub01')
    more = "custom_hooks = [dict(type='SplitNormalisationHook')]"
    config = write_loso_config(tmp_path, prepared, epochs=1, more=more)
    header = open_run(Settings(str(config), tmp_path / 'out', test_statistics=True))
    assert 'may depend on the other MEs' in header['warnings'][0]
    run_fold(tmp_path / 'out', 'sub01', 0)
    assert len(read_fold(fold_folder(tmp_path / 'out', 0, 'sub01')).predictions['last']) == 5


def test_batch_normalisation_with_running_statistics_is_fine(prepared: Path, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub01')
    (tmp_path / 'six').mkdir()
    data = write_prepared(tmp_path / 'six', subjects=3, clips=6)      # no batch of one
    config = write_loso_config(tmp_path, data, epochs=1, more='model.update(norm=True)')
    open_run(Settings(str(config), tmp_path / 'out'))
    run_fold(tmp_path / 'out', 'sub01', 0)
    assert read_fold(fold_folder(tmp_path / 'out', 0, 'sub01')).num_train == 12
