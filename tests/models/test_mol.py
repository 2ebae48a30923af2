"""The whole of MOL: against loops over clips, frames, pairs and nodes, in training, in half precision, exported."""

from __future__ import annotations

from pathlib import Path

import mol_naive
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import init_default_scope
from tiny_mol import FRAMES, SIZE, batch, build, tiny_mol
from torch import nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.registry import MODELS

REPO = Path(__file__).resolve().parents[2]
BOTH = pytest.mark.parametrize('released', [False, True])


@pytest.mark.parametrize('onset_difference', [0.0, 5.0])
@BOTH
def test_everything_matches_the_loops(released, onset_difference):
    backbone = dict(tiny_mol(released)['backbone'], onset_difference=onset_difference)
    model = build(released, backbone=backbone)
    data = model.data_preprocessor(batch(2, num_clips=2))
    clips, samples = data['inputs'].flatten(0, 1), data['data_samples']
    with torch.no_grad():
        expected = mol_naive.forward(model, clips)
        feats = model.backbone(clips)
        fast = {'features': feats, 'logits': model.cls_head(feats), 'flow': model.aux_heads['flow'](feats, clips),
                'landmarks': model.aux_heads['landmarks'](feats)}
        losses = model.loss(data['inputs'], samples)
    assert list(fast) == list(expected)
    for name, value in fast.items():
        torch.testing.assert_close(value, expected[name], atol=1e-5, rtol=1e-4)
    points = torch.stack([s.gt_landmarks for s in samples]).view(4, FRAMES, 68, 2)
    naive = mol_naive.losses(expected['logits'], expected['flow'], expected['landmarks'], [0, 0, 1, 1],
                             torch.stack([s.gt_flow for s in samples]).flatten(0, 1),
                             points[:, 1:] if released else points)
    for name, ours in (('ce', losses['loss_cls']), ('flow', losses['flow.loss_mse'] / 10),
                       ('landmarks', losses['landmarks.loss_nme'] / 2)):
        assert ours.item() == pytest.approx(naive[name].item(), rel=1e-4)


@BOTH
def test_learns_a_batch_by_heart(released):
    model = build(released).train()
    data = model.data_preprocessor(batch(2), training=True)
    for sample in data['data_samples']:
        sample.gt_flow *= 0
        sample.gt_flow += torch.tensor([2.0, -1.0]).view(2, 1, 1)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 1e-2)
    history = []
    for _ in range(30):
        losses = model(**data, mode='loss')
        total, _ = model.parse_losses(losses)
        optimizer.zero_grad()
        total.backward()
        assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
        optimizer.step()
        history.append({name: value.item() for name, value in losses.items()})
    assert set(history[0]) == {'loss_cls', 'top1_acc', 'flow.loss_mse', 'landmarks.loss_nme'}
    assert history[-1]['flow.loss_mse'] < 0.2 * history[0]['flow.loss_mse']
    assert history[-1]['landmarks.loss_nme'] < history[0]['landmarks.loss_nme']


@BOTH
def test_half_precision_losses_are_single_and_close(released):
    model = build(released)
    model.cls_head.eval()
    data = model.data_preprocessor(batch(2), training=True)
    expected = model(**data, mode='loss')
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = model(**data, mode='loss')
    for name in ('loss_cls', 'flow.loss_mse', 'landmarks.loss_nme'):
        assert losses[name].dtype == torch.float32
        assert losses[name].item() == pytest.approx(expected[name].item(), rel=0.05)
    model.parse_losses(losses)[0].backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


class Outputs(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, clips):
        feats = self.model.backbone(clips)
        heads = self.model.aux_heads
        return self.model.cls_head(feats), heads['flow'](feats, clips), heads['landmarks'](feats)


@BOTH
def test_the_graph_holds_no_way_back_to_the_host(released):
    """Exporting fails where a value of a tensor would decide what is done next."""
    pytest.importorskip('torch.export')
    module, clips = Outputs(build(released)), torch.randn(2, 1, FRAMES, SIZE, SIZE)
    exported = torch.export.export(module, (clips,)).module()
    other = torch.randn_like(clips)
    for ours, expected in zip(exported(other), module(other)):
        torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize('name, size, frames', [('mol', 128, 8), ('mol_small', 64, 8), ('mol_released', 128, 7)])
def test_parts_of_each_config_fit_together(name, size, frames):
    init_default_scope('mmaction')
    model = MODELS.build(Config.fromfile(REPO / f'configs/_base_/models/{name}.py').model).eval()
    data = dict(inputs=[torch.randint(0, 256, (1, 1, 8, size, size), dtype=torch.uint8)],
                data_samples=[ActionDataSample(metainfo=dict(sample_id='s0')).set_gt_label(1)])
    with torch.no_grad():
        [sample] = model.test_step(data)
    assert sample.pred_score.shape == (5,)
    assert sample.pred_flow.shape == (7, 2, size, size) and sample.pred_landmarks.shape == (frames, 68, 2)
