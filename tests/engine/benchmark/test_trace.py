"""The profiler's table and trace."""

from __future__ import annotations

import json

import torch
from tiny_benchmark import toy

from fdp_mmaction.engine.benchmark.trace import profile_workload
from fdp_mmaction.engine.benchmark.variant import read_variant
from fdp_mmaction.engine.benchmark.workload import build_workload

CPU = torch.device('cpu')


def test_table_and_trace(tmp_path) -> None:
    variant = toy(tmp_path).changed({'batch_size': 2})
    work = build_workload(variant, read_variant(variant), 'train', CPU)
    table = profile_workload(work, CPU, tmp_path / 'out', steps=2, rows=50)
    assert 'aten::addmm' in table and 'Self CPU' in table
    assert {path.name for path in (tmp_path / 'out').iterdir()} == {
        'profile_toy_batch_size=2.txt', 'trace_toy_batch_size=2.json'}
    assert (tmp_path / 'out/profile_toy_batch_size=2.txt').read_text() == table + '\n'
    events = json.loads((tmp_path / 'out/trace_toy_batch_size=2.json').read_text())['traceEvents']
    assert sum(event.get('name') == 'aten::addmm' for event in events) == 2      # one linear layer, two steps
