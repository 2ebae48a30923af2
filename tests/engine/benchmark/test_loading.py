"""Supply of the training pipeline."""

from __future__ import annotations

import itertools

import pytest
import torch
from conftest import write_prepared
from tiny_benchmark import FDP, toy

from fdp_mmaction.engine.benchmark.loading import build_loader, measure_supply
from fdp_mmaction.engine.benchmark.variant import Variant, read_variant
from fdp_mmaction.errors import DatasetError


@pytest.mark.parametrize('workers', [0, 2])
def test_blocks_of_a_loader(workers: int) -> None:
    now, asked, blocks = [0.0], [0], []

    def batches():
        now[0] += 100                                        # the start of the workers
        for index in itertools.count():
            asked[0] += 1
            now[0] += 1 if index <= max(1, 2 * workers) else 0.5
            yield dict(inputs=[torch.zeros(3, 1), torch.zeros(2, 1)])

    found = measure_supply(batches(), workers, 4, clock=lambda: now[0], on_block=lambda: blocks.append(1))
    assert (found['workers'], found['start'], found['clips']) == (workers, 101, 5) and len(blocks) == 4
    assert found['seconds']['runs'] == [0.5] * 4 and found['clips_per_second'] == 10      # the first ones do not count
    assert asked[0] == 1 + max(1, 2 * workers) + 4 * 2 * max(workers, 1)


def test_a_prepared_folder_without_end_and_without_anybody_left_out(tmp_path) -> None:
    data = write_prepared(tmp_path / 'data', subjects=2, clips=3, size=144)
    cfg = read_variant(Variant(FDP))
    loader = build_loader(cfg, 0, batch_size=4, data_root=str(data))
    subjects = {sample.subject for batch in itertools.islice(loader, 5) for sample in batch['data_samples']}
    assert subjects == {'sub01', 'sub02'} and loader.batch_size == 4 and loader.num_workers == 0
    found = measure_supply(build_loader(cfg, 0, batch_size=4, data_root=str(data)), 0, 2)
    assert found['clips'] == 4 and found['clips_per_second'] > 0
    assert cfg.train_dataloader.dataset.get('allow_overlap') is None      # the config is left as it is


def test_no_folder(tmp_path) -> None:
    with pytest.raises(DatasetError, match='prepare the dataset first'):
        build_loader(read_variant(toy(tmp_path)), 0)
