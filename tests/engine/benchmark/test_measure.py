"""Measuring as a whole, on models that take milliseconds."""

from __future__ import annotations

import json

import pytest
import torch
from tiny_benchmark import tiny_fdp, toy

from fdp_mmaction.engine.benchmark import measure as module
from fdp_mmaction.engine.benchmark.measure import Plan, measure, threads_of
from fdp_mmaction.engine.launch import UsageError

CPU = torch.device('cpu')


@pytest.fixture(autouse=True)
def _small_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    peak = module.matmul_peak
    monkeypatch.setattr(module, 'matmul_peak', lambda device, dtype: peak(device, dtype, size=64, repeats=1))
    monkeypatch.setattr(module, 'convolution_peak', lambda device, dtype: 5e8)


def test_two_variants(tmp_path) -> None:
    steps: list[tuple] = []
    ready: list = []
    base = toy(tmp_path, batch_size=2)
    result = measure([base, base.changed(dict(batch_size=6, amp='bf16'))], Plan('train', CPU, repeats=3, warmup=1),
                     lambda *progress: steps.append(progress), ready.extend)
    assert json.loads(json.dumps(result)) == result
    assert [name for *_, name in steps] == ['toy', 'toy batch_size=6 amp=bf16'] * 4
    assert [done for done, *_ in steps] == list(range(1, 9)) and {total for _, total, _ in steps} == {8}
    assert set(result['peaks']) == {'float32', 'bfloat16'} and all(rate > 0 for rate in result['peaks'].values())
    a, b = result['results']
    assert (a['mes'], b['mes'], a['dtype'], b['dtype']) == (2, 6, 'float32', 'bfloat16')
    linear = 2 * 128 * 5
    assert a['flops'] == 2 * 2 * linear and b['flops'] == 2 * 6 * linear      # forward, and gradients of the weights
    assert a['parameters'] == 128 * 5 + 5
    assert a['state_memory'] == 4 * (3 * a['parameters'] + 2 + 2)      # Adam's counts; mean and deviation of the pixels
    for row in (a, b):
        seconds = row['seconds']
        assert len(seconds['runs']) == 3 and 0 < seconds['low'] <= seconds['median'] <= seconds['high']
        assert row['clips_per_second'] == row['clips'] / seconds['median']
        assert row['flops_per_second'] == row['flops'] / seconds['median']
        assert row['share_of_peak'] == row['flops_per_second'] / result['peaks'][row['dtype']]
        assert row['share_of_convolutions'] == row['flops_per_second'] / 5e8
    [ratio] = result['ratios']
    assert (ratio['name'], ratio['reference']) == (b['name'], a['name']) and ratio['low'] <= ratio['high']
    assert ratio['ratio'] == a['seconds']['median'] / b['seconds']['median']
    assert [work.variant.name for work in ready] == [a['name'], b['name']]
    assert result['environment']['threads'] == torch.get_num_threads()


def test_fdp_in_both_parts() -> None:
    train, inference = (measure([tiny_fdp()], Plan(part, CPU, repeats=1, warmup=1))['results'][0]
                        for part in ('train', 'inference'))
    assert train['flops'] > 2 * inference['flops'] > 0
    assert train['state_memory'] > 2.9 * inference['state_memory']      # two moments of each weight


def test_threads() -> None:
    before = torch.get_num_threads()
    with threads_of(before + 1):
        assert torch.get_num_threads() == before + 1
    with threads_of(None):
        assert torch.get_num_threads() == before
    assert torch.get_num_threads() == before


def test_twice_the_same() -> None:
    with pytest.raises(UsageError, match='fdp_synthetic is there twice'):
        measure([tiny_fdp(), tiny_fdp()], Plan('train', CPU))


def test_a_config_that_does_not_run_so() -> None:
    with pytest.raises(UsageError, match=r'fdp_synthetic size=32 does not run \(inference, cpu\): \S+') as caught:
        measure([tiny_fdp(options={'model.neck.in_channels': 3}).changed(dict(size=32))],
                Plan('inference', CPU, repeats=1, warmup=1))
    assert caught.value.__cause__ is not None and '\n' not in str(caught.value)
