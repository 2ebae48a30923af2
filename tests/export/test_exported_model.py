from __future__ import annotations

import numpy as np
import pytest
import tiny_fdp
import tiny_mol
import torch
from torch import nn

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.export import ExportedModel, choose_heads
from fdp_mmaction.export.check import compare, eager_runner
from fdp_mmaction.export.clips import random_clips

MODELS = {name: (lambda name=name: tiny_fdp.build(name), (8, 32, 32)) for name in ('fdp', 'fdp_small', 'fdp_released')}
MODELS.update(mol=(tiny_mol.build, (5, 32, 32)), mol_released=(lambda: tiny_mol.build(True), (5, 32, 32)))


@pytest.mark.parametrize('name', MODELS)
@pytest.mark.parametrize('fold_bn', [False, True])
def test_outputs_are_those_of_a_test(name, fold_bn):
    build, shape = MODELS[name]
    model = build()
    heads = choose_heads(model)
    module, clips = ExportedModel(model, heads, fold_bn), random_clips(3, shape)
    expected = eager_runner(model, heads)(clips)
    found = {key: value.numpy() for key, value in module(torch.from_numpy(clips)).items()}
    assert list(found) == module.output_names == list(expected)
    assert {'fdp': 3, 'fdp_small': 3, 'fdp_released': 2}.get(name, 3) == len(found)
    assert all(value.dtype == np.float32 for value in found.values())
    assert max(difference.relative for difference in compare(found, expected)) < 1e-5


def test_only_what_is_asked_for_is_there():
    model = tiny_mol.build()
    module = ExportedModel(model, choose_heads(model, ['class', 'landmarks']))
    assert module.output_names == ['class_scores', 'landmarks']
    assert not [name for name in module.state_dict() if name.startswith('heads.flow')]
    assert not any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in module.backbone.modules())
    assert model.aux_heads['flow'] and any(isinstance(part, nn.BatchNorm2d) for part in model.backbone.modules())
    ranking = tiny_fdp.build('fdp_small')
    assert ExportedModel(ranking, choose_heads(ranking, ['rank'])).output_names == ['class_scores', 'rank_scores']
    with pytest.raises(UsageError, match='no head flow; --heads takes class, rank, dynamic_image'):
        choose_heads(ranking, ['flow'])
    ranking.aux_heads['own'] = nn.Identity()
    with pytest.raises(UsageError, match='own is a Identity, .* --heads class rank dynamic_image'):
        choose_heads(ranking)


def test_other_models_are_refused():
    with pytest.raises(UsageError, match='this is a Linear'):
        ExportedModel(nn.Linear(2, 2), [])
    model = tiny_fdp.build('fdp_small')
    model.data_preprocessor.format_shape = 'NCHW'
    with pytest.raises(UsageError, match='grey frames'):
        ExportedModel(model, [])
