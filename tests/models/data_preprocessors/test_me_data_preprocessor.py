from __future__ import annotations

import pytest
import tiny_mol
import torch
from far_device import AWAY, Copies
from mmaction.models import ActionDataPreprocessor

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import MEDataPreprocessor
from fdp_mmaction.models.data_preprocessors.me_data_preprocessor import move_samples, move_together

NORMALISE = dict(mean=[127.5], std=[127.5], format_shape='NCTHW')


def fields(data: dict) -> list[dict]:
    return [dict(sample.items()) for sample in data['data_samples']]


def assert_same(first: dict, second: dict) -> None:
    torch.testing.assert_close(first['inputs'], second['inputs'], atol=0, rtol=0)
    for ours, theirs in zip(fields(first), fields(second)):
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    ours, theirs = first['data_samples'], second['data_samples']
    assert [type(sample) for sample in ours] == [type(sample) for sample in theirs]
    assert [sample.metainfo for sample in ours] == [sample.metainfo for sample in theirs]


def test_on_the_cpu_it_is_mmaction2s() -> None:
    data = tiny_mol.batch(3, num_clips=2)
    assert_same(MEDataPreprocessor(**NORMALISE)(data, True), ActionDataPreprocessor(**NORMALISE)(data, True))


def test_a_batch_travels_in_four_copies_as_uint8() -> None:
    ours = MEDataPreprocessor(**NORMALISE).to(AWAY)
    theirs = ActionDataPreprocessor(**NORMALISE).to(AWAY)
    ours._device = theirs._device = AWAY      # as MMEngine's models set it
    with Copies() as copies:
        moved = ours(tiny_mol.batch(3), True)
    kinds = [torch.uint8, torch.int64, torch.float32, torch.float32]      # frames, labels, flow, landmarks
    assert sorted(copies.seen, key=str) == sorted(((kind, True) for kind in kinds), key=str)
    assert moved['inputs'].dtype == torch.float32 and moved['inputs'].device == AWAY
    assert all(value.device == AWAY for sample in fields(moved) for value in sample.values())
    with Copies() as copies:
        theirs(tiny_mol.batch(3), True)
    assert len(copies.seen) == 12 and not any(without_waiting for _, without_waiting in copies.seen)


def test_shapes_and_kinds_may_differ() -> None:
    device = torch.device('cpu')
    tensors = [torch.rand(2, 3), torch.rand(4), torch.arange(2), torch.rand(2, 3).T]
    for moved, tensor in zip(move_together(tensors, device), tensors):
        assert torch.equal(moved, tensor) and moved.dtype == tensor.dtype
    samples = [tiny_mol.sample(0), tiny_mol.sample(1, num_clips=2)]
    samples[0].set_field('a text', 'note')
    samples[1].set_field(torch.ones(1), 'only_here')
    moved = move_samples(samples, device)
    assert set(moved[0].keys()) == {'gt_label', 'gt_flow', 'gt_landmarks', 'note'} and moved[0].note == 'a text'
    assert torch.equal(moved[1].only_here, torch.ones(1)) and moved[1].sample_id == 's1'
    assert all(torch.equal(there.gt_flow, here.gt_flow) for there, here in zip(moved, samples))


def test_moving_leaves_the_batch_alone() -> None:
    data = tiny_mol.batch(2)
    ours = MEDataPreprocessor(**NORMALISE)
    ours._device = AWAY
    ours.cast_data(data)
    assert all(value.device.type == 'cpu' for value in (*data['inputs'], *fields(data)[0].values()))
    ragged = ours.cast_data(dict(inputs=[torch.zeros(1), torch.zeros(2)], other=torch.ones(1)))      # no such batch
    assert [value.device for value in (*ragged['inputs'], ragged['other'])] == [AWAY] * 3


@pytest.mark.gpu
def test_on_a_gpu_nothing_waits() -> None:
    if not torch.cuda.is_available():
        pytest.skip('no CUDA device')
    device = torch.device('cuda', torch.cuda.current_device())
    parts = [kind(**NORMALISE).to(device) for kind in (MEDataPreprocessor, ActionDataPreprocessor)]
    for part in parts:
        part._device = device
    data = tiny_mol.batch(3)
    expected = parts[1](data, True)
    torch.cuda.set_sync_debug_mode('error')
    try:
        found = parts[0](data, True)
    finally:
        torch.cuda.set_sync_debug_mode('default')
    assert_same(found, expected)
