from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import worker_init_fn as mmengine_worker_init_fn
from mmengine.registry import FUNCTIONS
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset
from toy_run import write_config

from fdp_mmaction.engine.hooks import EpochSeedHook, me_worker_init_fn
from fdp_mmaction.engine.hooks.epoch_seed_hook import epoch_seed

_RUNS = iter(range(1000))


def draw() -> tuple[float, float, float]:
    return random.random(), np.random.rand(), float(torch.rand(()))


def after_hook(seed: int, epoch: int) -> tuple[float, float, float]:
    EpochSeedHook().before_train_epoch(SimpleNamespace(seed=seed, epoch=epoch))
    return draw()


def test_the_seed_depends_on_all_three_and_on_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    first = after_hook(0, 3)
    draw()
    assert after_hook(0, 3) == first
    others = [after_hook(0, 4), after_hook(1, 3)]
    monkeypatch.setattr('fdp_mmaction.engine.hooks.epoch_seed_hook.get_rank', lambda: 1)
    others.append(after_hook(0, 3))
    for position in range(3):      # each generator
        assert len({draws[position] for draws in [first, *others]}) == 4
    seeds = {epoch_seed(seed, epoch, rank) for seed in range(5) for epoch in range(20) for rank in range(4)}
    assert len(seeds) == 400 and all(0 <= seed < 2 ** 32 for seed in seeds)


class Noise(Dataset):
    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> list[float]:
        return list(draw())


def epochs(init_fn: object, number: int = 2) -> list[list]:
    loader = DataLoader(Noise(), batch_size=None, num_workers=2, worker_init_fn=init_fn, multiprocessing_context='fork')
    result = []
    for epoch in range(number):
        EpochSeedHook().before_train_epoch(SimpleNamespace(seed=0, epoch=epoch))
        result.append([tuple(sample) for sample in loader])
    return result


def test_workers_augment_differently_every_epoch_and_reproducibly() -> None:
    def mmengine_default(worker: int) -> None:
        mmengine_worker_init_fn(worker, num_workers=2, rank=0, seed=0)

    first, second = epochs(mmengine_default)
    assert first == second      # the defect: every epoch repeats
    assert FUNCTIONS.get('me_worker_init_fn') is me_worker_init_fn
    ours = epochs(me_worker_init_fn)
    assert ours == epochs(me_worker_init_fn)
    draws = [value for epoch in ours for sample in epoch for value in sample]
    assert len(set(draws)) == len(draws) == 24      # no value twice: epochs, workers and generators differ


def train(folder: Path, name: str, workers: int = 0, resume_from: str | None = None, hook: bool = True) -> dict:
    """State of the toy model after four epochs, the last two of them resumed if asked."""
    cfg = Config.fromfile(write_config(folder, epochs=4, workers=workers))
    cfg.work_dir, cfg.load_from, cfg.resume = str(folder / name), resume_from, resume_from is not None
    cfg.experiment_name = f'run{next(_RUNS)}'      # MMEngine keeps loggers and message hubs by name
    cfg.launcher, cfg.log_level = 'none', 'ERROR'
    if not hook:
        cfg.custom_hooks = [item for item in cfg.custom_hooks if item['type'] != 'EpochSeedHook']
    runner = Runner.from_cfg(cfg)
    runner.train()
    return {name: value.clone() for name, value in runner.model.state_dict().items()}


def resumes_exactly(folder: Path, **kwargs: object) -> bool:
    straight = train(folder, 'straight', **kwargs)
    resumed = train(folder, 'resumed', resume_from=str(folder / 'straight/epoch_2.pth'), **kwargs)
    assert sorted(path.name for path in (folder / 'resumed').glob('*.pth')) == [
        'epoch_3.pth', 'epoch_4.pth']      # it did not start anew
    return all(torch.equal(straight[name], resumed[name]) for name in straight)


@pytest.mark.parametrize('workers', [0, 2])
def test_a_resumed_run_continues_exactly(tmp_path: Path, workers: int) -> None:
    assert resumes_exactly(tmp_path, workers=workers)


def test_without_the_hook_it_does_not(tmp_path: Path) -> None:
    assert not resumes_exactly(tmp_path, hook=False)


@pytest.mark.parametrize('persistent', [True, False])
def test_persistent_workers_are_warned_about(monkeypatch: pytest.MonkeyPatch, persistent: bool) -> None:
    said = []
    monkeypatch.setattr('fdp_mmaction.engine.hooks.epoch_seed_hook.print_log', lambda text, *args: said.append(text))
    EpochSeedHook().before_train(SimpleNamespace(train_dataloader=SimpleNamespace(persistent_workers=persistent)))
    assert len(said) == int(persistent)
