"""The loop and the hooks of the released training, in a real runner on a toy model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from toy_run import write_config

from fdp_mmaction.registry import HOOKS

_RUNS = iter(range(1000))
LOG: list[tuple] = []


@HOOKS.register_module()
class StepLogHook(Hook):
    """What happens, in order: ('step', epoch, step, training mode), ('val', epoch)."""

    priority = 'LOWEST'

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        LOG.append(('step', runner.epoch, runner.iter, runner.model.training))

    def before_val(self, runner) -> None:
        LOG.append(('val', runner.epoch))


def train(folder: Path, name: str, resume_from: str | None = None, stay: bool = False, validate: bool = True,
          **train_cfg) -> Runner:
    """Train on 8 points in batches of 2: four steps are an epoch."""
    LOG.clear()
    cfg = Config.fromfile(write_config(folder))
    cfg.work_dir, cfg.load_from, cfg.resume = str(folder / name), resume_from, resume_from is not None
    cfg.experiment_name = f'steps{next(_RUNS)}'
    cfg.launcher, cfg.log_level, cfg.param_scheduler = 'none', 'ERROR', []
    cfg.train_cfg = {**dict(type='StepLimitedTrainLoop', max_iters=10), **train_cfg}
    cfg.default_hooks.checkpoint.update(save_best='accuracy', rule='greater', max_keep_ckpts=-1)
    cfg.custom_hooks = [*cfg.custom_hooks, dict(type='StepLogHook')]
    if stay:
        cfg.custom_hooks.append(dict(type='EvalAfterFirstValidationHook'))
    if not validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


def test_the_last_epoch_ends_early_and_is_validated(tmp_path):
    runner = train(tmp_path, 'a')
    steps = [('step', index // 4, index, True) for index in range(10)]
    happened = list(LOG)
    assert happened == [*steps[:4], ('val', 1), *steps[4:8], ('val', 2), *steps[8:], ('val', 3)]
    assert (runner.iter, runner.epoch, runner.max_iters, runner.max_epochs) == (10, 3, 10, 3)


def test_last_and_best_are_kept(tmp_path):
    train(tmp_path, 'a')
    files = sorted(path.name for path in (tmp_path / 'a').glob('*.pth'))
    best = [name for name in files if name.startswith('best_accuracy_epoch_')]
    assert len(best) == 1 and files == sorted([*best, 'epoch_1.pth', 'epoch_2.pth', 'epoch_3.pth'])
    assert (tmp_path / 'a/last_checkpoint').read_text().endswith('epoch_3.pth')
    checkpoint = torch.load(tmp_path / 'a/epoch_3.pth', weights_only=True)
    assert (checkpoint['meta']['epoch'], checkpoint['meta']['iter']) == (3, 10)
    torch.load(tmp_path / 'a' / best[0], weights_only=True)


@pytest.mark.parametrize('steps, epochs', [(1, 1), (4, 1), (5, 2), (8, 2)])
def test_number_of_steps(tmp_path, steps, epochs):
    runner = train(tmp_path, 'a', max_iters=steps, validate=False)
    assert (runner.iter, runner.epoch) == (steps, epochs)


@pytest.mark.parametrize('epoch', [1, 2])
@pytest.mark.parametrize('stay', [False, True])
def test_a_resumed_run_continues_exactly(tmp_path, epoch, stay):
    """Also in evaluation mode, although a checkpoint is written before its epoch is validated."""
    straight = train(tmp_path, 'straight', stay=stay).model.state_dict()
    modes = [entry[3] for entry in LOG if entry[0] == 'step']
    assert modes == [True] * 4 + [not stay] * 6
    resumed = train(tmp_path, 'resumed', str(tmp_path / f'straight/epoch_{epoch}.pth'), stay).model.state_dict()
    assert [entry[3] for entry in LOG if entry[0] == 'step'] == modes[4 * epoch:]
    assert all(torch.equal(straight[key], resumed[key]) for key in straight)


def test_evaluation_mode_waits_for_a_validation(tmp_path):
    train(tmp_path, 'late', stay=True, val_begin=2)
    assert [entry[3] for entry in LOG if entry[0] == 'step'] == [True] * 8 + [False] * 2
    train(tmp_path, 'never', stay=True, validate=False)
    assert all(entry[3] for entry in LOG)
    train(tmp_path, 'again', str(tmp_path / 'never/epoch_2.pth'), stay=True, validate=False)
    assert len(LOG) == 2 and all(entry[3] for entry in LOG)


def test_the_evaluation_mode_hook_in_a_loop_of_iterations(tmp_path):
    train(tmp_path, 'a', stay=True, type='IterBasedTrainLoop', max_iters=3, val_interval=2)
    assert [entry[-1] for entry in LOG if entry[0] == 'step'] == [True, True, False]


def test_no_steps(tmp_path):
    with pytest.raises(ValueError, match='max_iters=0'):
        train(tmp_path, 'a', max_iters=0)
