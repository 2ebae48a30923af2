"""Weights packed for a CPU: what the folded model predicts, for fewer conversions."""

from __future__ import annotations

import pytest
import tiny_fdp
import tiny_mol
import torch
from torch import nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.inference import fold_batch_norm, pack_for_cpu
from fdp_mmaction.inference.pack_for_cpu import PackedConv2d

BF16 = torch.bfloat16


def packable() -> bool:
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, '_reorder_convolution_weight')


def run(model: nn.Module, clips: torch.Tensor, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    with torch.no_grad(), torch.autocast('cpu', dtype=BF16, enabled=dtype == BF16):
        features = model.backbone(clips)
        if model.with_neck:
            features, _ = model.neck(features)
        found = {'class': model.cls_head(features)}
        for name, head in model.aux_heads.items():
            found[name] = head(features, clips) if getattr(head, 'needs_frames', False) else head(features)
    return found


@pytest.mark.parametrize('dtype', [BF16, torch.float32])
@pytest.mark.parametrize('name', ['fdp', 'fdp_small', 'fdp_released', 'mol'])
def test_predicts_what_the_folded_model_predicts(name, dtype):
    model = tiny_mol.build() if name == 'mol' else tiny_fdp.build(name)
    kept = {key: value.clone() for key, value in model.state_dict().items()}
    packed, folded = pack_for_cpu(model, dtype), fold_batch_norm(model)
    assert any(isinstance(module, PackedConv2d) for module in packed.modules()) == packable()
    if packable():
        assert not any(isinstance(module, nn.Conv2d) for module in packed.modules())
    for batch in (2, 3):                                                    # the second after the weights are in order
        clips = torch.rand(batch, 1, tiny_mol.FRAMES if name == 'mol' else 8, 32, 32) * 2 - 1
        expected, found = run(folded, clips, dtype), run(packed, clips, dtype)
        for key, value in found.items():
            near = (value - expected[key]).abs() <= (1e-5 if dtype != BF16 else 2e-2) * expected[key].abs().max()
            assert near.float().mean() > 0.98, key                          # ties in max-pooling may move pixels
    assert sum(weight.numel() for weight in packed.parameters()) == sum(weight.numel()
                                                                         for weight in folded.parameters())
    assert all(torch.equal(kept[key], value) for key, value in model.state_dict().items())


def test_predicts_data_samples():
    model = tiny_fdp.build('fdp_small').eval()
    inputs, samples = tiny_fdp.batch(2)
    packed = pack_for_cpu(model, torch.float32)
    a, b = (net(inputs, [sample.clone() for sample in samples], mode='predict') for net in (model, packed))
    for one, other in zip(a, b):
        torch.testing.assert_close(one.pred_score, other.pred_score, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('layer', [
    nn.Conv2d(4, 6, 3, padding=2, dilation=2, groups=2), nn.Conv2d(4, 6, 2, stride=2, bias=False),
    nn.Conv2d(4, 6, 3, padding=1, padding_mode='reflect'), nn.Conv2d(4, 6, 3, padding='same')],
    ids=['dilated, grouped', 'strided', 'reflected', 'same'])
def test_any_convolution(layer):
    x = torch.rand(2, 4, 9, 9)
    packed = pack_for_cpu(nn.Sequential(layer), torch.float32)
    torch.testing.assert_close(packed(x), layer(x), atol=1e-5, rtol=1e-5)
    kept = layer.padding_mode != 'zeros' or isinstance(layer.padding, str) or not packable()
    assert isinstance(packed[0], nn.Conv2d) == kept


def test_without_onednn_weights_are_rounded_alone(monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, 'is_available', lambda: False)
    packed = pack_for_cpu(nn.Sequential(nn.Conv2d(2, 3, 3), nn.Conv3d(3, 3, 1)))
    assert [type(layer) for layer in packed] == [nn.Conv2d, nn.Conv3d]
    assert all(weight.dtype == BF16 for weight in packed.parameters())


def test_what_it_does_not_take():
    with pytest.raises(ValueError, match=r'bfloat16 or torch.float32; got torch.float16'):
        pack_for_cpu(nn.Linear(2, 2), torch.float16)
    with pytest.raises(ValueError, match='move it there first'):
        pack_for_cpu(nn.Linear(2, 2, device='meta'))
