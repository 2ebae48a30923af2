"""Rows for people."""

from __future__ import annotations

from fdp_mmaction.engine.benchmark.tables import (folds_table, growth_line, machine_line, processes_table, steps_table,
                                                 stream_table, supply_table)

SECONDS = dict(median=0.5, low=0.25, high=2.0)
ROW = dict(name='a', mes=2, clips=16, seconds=SECONDS, clips_per_second=32.0, flops=4_000_000_000,
           flops_per_second=8e9, share_of_peak=0.25, share_of_convolutions=0.5, memory=3 * 2 ** 20,
           state_memory=200 * 2 ** 20)


def cells(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in text.splitlines()]


def test_steps() -> None:
    unknown = dict(ROW, name='b', clips=2, flops=None, flops_per_second=None, share_of_peak=None,
                   share_of_convolutions=None, memory=None)
    ratio = dict(name='b', reference='a', ratio=2.0, low=1.5, high=2.5)
    header, _, a, b = cells(steps_table(dict(results=[ROW, unknown], ratios=[ratio])))
    assert a == ['a', '2 (16 clips)', '500 (250 – 2000)', '32', '4', '8', '25 %', '50 %', '200 MiB + 3 MiB', '1']
    assert b == ['b', '2', '500 (250 – 2000)', '32', '–', '–', '–', '–', '200 MiB + –', '2.00 (1.50 – 2.50)']
    assert header[-1] == 'times faster (95 %)' and len(header) == len(a)
    assert len(cells(steps_table(dict(results=[ROW], ratios=[])))[0]) == len(header) - 1


def test_stream() -> None:
    row = dict(ROW, window=64, stride=8, video_frames=500, frames_per_second=1000.0)
    ratio = dict(name='b', reference='a', ratio=2.0, low=1.5, high=2.5)
    header, _, a, b = cells(stream_table(dict(results=[row, dict(row, name='b', stride=4)], ratios=[ratio])))
    assert a == ['a', '500', '64', '8', '16', '1000', '32', '500 (250 – 2000)', '200 MiB + 3 MiB', '1']
    assert (b[3], b[-1], len(header)) == ('4', '2.00 (1.50 – 2.50)', len(a))


def test_growth() -> None:
    growth = dict(name='frames', exponents=dict(seconds=1.0, flops=None, memory=0.5))
    assert growth_line(growth) == 'Fitted: seconds ~ frames^1.00, memory ~ frames^0.50.'
    assert growth_line(dict(name='x', exponents=dict(seconds=None))) == 'Nothing could be fitted.'


def test_supply() -> None:
    row = dict(workers=2, start=1.234, seconds=SECONDS, clips_per_second=64.0)
    assert cells(supply_table(dict(results=[row, dict(row, share=0.5)])))[2:] == [
        ['2', '1.23 s', '500 (250 – 2000)', '64', '–'], ['2', '1.23 s', '500 (250 – 2000)', '64', '0.50']]


def test_folds() -> None:
    text = folds_table(dict(folds=2, fold=dict(median=70, low=60, high=80), outside_training=0.25,
                            seconds=dict(training=90, other=30), shares=dict(training=0.75, other=0.25)))
    assert cells(text)[2] == ['training', '1 min 30 s', '75.0 %']
    assert text.endswith('A fold took 1 min 10 s (1 min 0 s – 1 min 20 s); outside training steps: 25.0 %.')


def test_processes() -> None:
    row = dict(processes=2, seconds=SECONDS, seconds_alone=SECONDS, clips_per_second=64.0, efficiency=0.8,
               sent_bytes=5 * 2 ** 20)
    assert cells(processes_table(dict(results=[row])))[2] == [
        '2', '500 (250 – 2000)', '500 (250 – 2000)', '64', '80 %', '5 MiB']


def test_machine() -> None:
    cpu = dict(device='CPU', cpu='X', threads=1, cores=4, torch='2.0')
    assert machine_line(cpu, dict(float32=5e10)) == (
        'Measured on X, 1 of 4 cores; PyTorch 2.0; peak of a matrix product: float32 50 GFLOP/s.')
    assert machine_line(cpu, dict(float32=5e10), dict(float32=3e10)).endswith(
        'product: float32 50 GFLOP/s; of a convolution and its gradients: float32 30 GFLOP/s.')
    assert machine_line(dict(cpu, device='GPU Y')) == 'Measured on GPU Y; X, 1 of 4 cores; PyTorch 2.0.'
    assert machine_line(dict(device='CPU', torch='2.0')) == 'Measured on CPU; PyTorch 2.0.'
