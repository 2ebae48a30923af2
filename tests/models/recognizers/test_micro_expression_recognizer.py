import math

import pytest
import tiny_mol
import torch
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope

import fdp_mmaction  # noqa: F401
from fdp_mmaction.registry import MODELS

TINY = dict(
    type='MicroExpressionRecognizer',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(type='LGFATransformer', stem_channels=(8, 8, 16), stage_channels=(32,), num_local=(1,),
                  num_global=(0,), global_channels=(32,), attention_pool=(1,), map_size=16),
    neck=dict(type='RankPooling', out_channels=2),
    cls_head=dict(type='MERHead', num_classes=3, in_channels=2, map_size=16),
    aux_heads=dict(dynamic_image=dict(type='DynamicImageHead', in_channels=2, channels=(4, 8), depths=(1, 1))))


def build(**options):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    return MODELS.build({**TINY, **options})


def batch(size=2, num_clips=1):
    samples = []
    for index in range(size):
        sample = ActionDataSample(metainfo=dict(sample_id=f's{index}')).set_gt_label(index % 3)
        shape = (16, 16) if num_clips == 1 else (num_clips, 16, 16)
        sample.set_field(torch.rand(shape), 'gt_dynamic_image')
        samples.append(sample)
    inputs = [torch.randint(0, 256, (num_clips, 1, 4, 16, 16), dtype=torch.uint8) for _ in range(size)]
    return dict(inputs=inputs, data_samples=samples)


@pytest.mark.parametrize('num_clips', [1, 3])
def test_losses_have_their_names_and_train(num_clips):
    model = build()
    data = model.data_preprocessor(batch(num_clips=num_clips), training=True)
    losses = model(**data, mode='loss')
    assert set(losses) == {'loss_cls', 'top1_acc', 'loss_rank', 'dynamic_image.loss_mse'}
    total, logged = model.parse_losses(losses)
    torch.testing.assert_close(total, losses['loss_cls'] + losses['loss_rank'] + losses['dynamic_image.loss_mse'])
    total.backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None]
    assert not silent


def test_predict_sets_class_and_dynamic_image():
    model = build().eval()
    with torch.no_grad():
        predicted = model.test_step(batch(size=3))
    for sample in predicted:
        assert sample.pred_score.shape == (3,) and sample.pred_score.sum().item() == pytest.approx(1, abs=1e-5)
        assert sample.pred_dynamic_image.shape == (16, 16)


@pytest.mark.parametrize('stage, shape', [('backbone', (2, 1, 4, 16, 16)), ('neck', (2, 2, 16, 16)), ('head', (2, 3))])
def test_tensor_mode_stops_at_each_stage(stage, shape):
    model = build().eval()
    data = model.data_preprocessor(batch())
    assert model(data['inputs'], mode='tensor', stage=stage).shape == shape


def test_without_auxiliary_heads_and_neck_losses():
    model = build(aux_heads=None, neck=dict(type='RankPooling', out_channels=2, mode='approximate'))
    data = model.data_preprocessor(batch(), training=True)
    assert set(model(**data, mode='loss')) == {'loss_cls', 'top1_acc'}
    assert 'pred_dynamic_image' not in model(**data, mode='predict')[0]


# --------------------------------------------------------------------------- heads that need more, or are not needed
def test_frames_reach_the_head_that_needs_them():
    model, seen = tiny_mol.build(), []
    data = model.data_preprocessor(tiny_mol.batch(size=2, num_clips=3), training=True)
    model.aux_heads['flow'].register_forward_pre_hook(lambda module, args: seen.append(args[1]))
    losses = model(**data, mode='loss')
    model(**data, mode='predict')
    assert set(losses) == {'loss_cls', 'top1_acc', 'flow.loss_mse', 'landmarks.loss_nme'}
    assert len(seen) == 2 and all(torch.equal(frames, data['inputs'].flatten(0, 1)) for frames in seen)


@pytest.mark.parametrize('wanted', [[], ['landmarks'], ['landmarks', 'flow']])
def test_only_the_wanted_heads_predict(wanted):
    model, ran = tiny_mol.build(test_cfg=dict(aux_heads=wanted)), []
    for name, head in model.aux_heads.items():
        head.register_forward_hook(lambda *_, name=name: ran.append(name))
    data = model.data_preprocessor(tiny_mol.batch())
    with torch.no_grad():
        sample = model(**data, mode='predict')[0]
    assert ran == wanted
    assert [name for name in ('landmarks', 'flow') if f'pred_{name}' in sample] == wanted
    assert sample.pred_score.shape == (3,)
    assert set(model(**data, mode='loss')) >= {'flow.loss_mse', 'landmarks.loss_nme'}      # all of them learn


def test_heads_of_one_call_and_predictions_from_features():
    model = tiny_mol.build()
    data = model.data_preprocessor(tiny_mol.batch(2, num_clips=2))
    inputs = data['inputs']

    def fields(samples):
        return {key: value for key, value in samples[1].items() if key.startswith('pred_')}
    with torch.no_grad():
        every = fields(model.predict(inputs, [ActionDataSample(), ActionDataSample()]))
        wanted = fields(model.predict(inputs, [ActionDataSample(), ActionDataSample()], heads=['flow']))
        feats, _ = model.extract_feat(inputs, stage='backbone')
        parts = fields(model.predict_features(feats, [ActionDataSample(), ActionDataSample()],
                                              frames=inputs.flatten(0, 1)))
    assert set(every) == {'pred_score', 'pred_label', 'pred_flow', 'pred_landmarks'}
    assert set(wanted) == {'pred_score', 'pred_label', 'pred_flow'}
    for found in (wanted, parts):
        assert all(torch.equal(value, every[key]) for key, value in found.items())
    assert set(parts) == set(every)


def test_predictions_of_unknown_heads():
    with pytest.raises(ValueError, match='predictions of depth; the auxiliary heads are flow, landmarks'):
        tiny_mol.build(test_cfg=dict(aux_heads=['depth']))


# --------------------------------------------------------------------------- any choice of tasks
CLASS, FLOW, LANDMARKS = {'loss_cls', 'top1_acc'}, {'flow.loss_mse'}, {'landmarks.loss_nme'}


@pytest.mark.parametrize('weighting', [False, True])
@pytest.mark.parametrize(('without', 'losses'), [
    (['flow'], CLASS | LANDMARKS), (['landmarks'], CLASS | FLOW), (['flow', 'landmarks'], CLASS),
    (['class'], FLOW | LANDMARKS), (['class', 'flow'], LANDMARKS), (['class', 'landmarks'], FLOW)])
def test_tasks_can_be_left_out(without, losses, weighting):
    heads = dict(tiny_mol.tiny_mol()['aux_heads'], **{name: None for name in without if name != 'class'})
    options = dict(cls_head=None) if 'class' in without else {}
    model = tiny_mol.build(aux_heads=heads, uncertainty_weighting=weighting, **options).train()
    data = tiny_mol.batch()
    for sample in data['data_samples']:
        for name in without:
            sample.pop(f'gt_{name}', None)                              # nor are their targets needed
    total, logged = model.parse_losses(model(**model.data_preprocessor(data, training=True), mode='loss'))
    total.backward()
    assert {name for name in logged if 'weight' not in name} - {'loss', 'loss_uncertainty'} == losses
    assert ('loss_uncertainty' in logged) == weighting and torch.isfinite(total)
    assert not [name for name, p in model.named_parameters() if p.grad is None]
    with torch.no_grad():
        sample = model.eval().test_step(data)[0]
    for name, field in (('class', 'pred_score'), ('flow', 'pred_flow'), ('landmarks', 'pred_landmarks')):
        assert (field in sample) == (name not in without)


def test_uncertainty_weighting_is_the_formula_and_learns():
    model = tiny_mol.build(uncertainty_weighting=True)
    data = model.data_preprocessor(tiny_mol.batch(), training=True)
    plain = tiny_mol.build()(**data, mode='loss')
    with torch.no_grad():
        for name, value in (('cls_head', 0.5), ('flow', -1.0), ('landmarks', 2.0)):
            model.log_variances[name].fill_(value)
    losses = model(**data, mode='loss')
    assert set(losses) - set(plain) == {'weight_cls', 'flow.weight', 'landmarks.weight', 'loss_uncertainty'}
    for name, value in plain.items():                                   # under their names, what they were
        torch.testing.assert_close(losses[name], value)
    for name, s in (('weight_cls', 0.5), ('flow.weight', -1.0), ('landmarks.weight', 2.0)):
        assert losses[name].item() == pytest.approx(math.exp(-s), rel=1e-6)
    total, _ = model.parse_losses(losses)
    values = [plain[name].item() for name in ('loss_cls', 'flow.loss_mse', 'landmarks.loss_nme')]
    expected = sum(math.exp(-s) * value + s for s, value in zip((0.5, -1.0, 2.0), values))
    assert total.item() == pytest.approx(expected, rel=1e-5)
    total.backward()
    for name, s, value in zip(('cls_head', 'flow', 'landmarks'), (0.5, -1.0, 2.0), values):
        assert model.log_variances[name].grad.item() == pytest.approx(1 - math.exp(-s) * value, rel=1e-4)

    alone = tiny_mol.build()                                            # the weight reaches what the loss teaches
    alone(**data, mode='loss')['flow.loss_mse'].backward()
    name = 'aux_heads.flow.decoder.output.weight'
    gradients = [dict(m.named_parameters())[name].grad for m in (model, alone)]
    torch.testing.assert_close(gradients[0], math.e * gradients[1], rtol=1e-4, atol=1e-7)


def test_losses_of_the_neck_are_not_weighted():
    model = build(uncertainty_weighting=True)
    assert sorted(model.log_variances) == ['cls_head', 'dynamic_image']
    data = model.data_preprocessor(batch(), training=True)
    total, logged = model.parse_losses(model(**data, mode='loss'))
    assert logged['loss_rank'] > 0 and logged['loss_uncertainty'].item() == pytest.approx(0, abs=1e-6)     # all s: 0
    with torch.no_grad():
        for s in model.log_variances.values():
            s.fill_(30.0)
    losses = model(**data, mode='loss')
    assert model.parse_losses(losses)[0].item() == pytest.approx(60 + losses['loss_rank'].item(), rel=1e-4)


def test_uncertainty_weighting_off_changes_nothing_and_needs_a_task():
    plain, weighted = tiny_mol.build(), tiny_mol.build(uncertainty_weighting=True)
    assert set(weighted.state_dict()) - set(plain.state_dict()) == {
        'log_variances.cls_head', 'log_variances.flow', 'log_variances.landmarks'}
    assert all(torch.equal(value, weighted.state_dict()[name]) for name, value in plain.state_dict().items())
    with pytest.raises(ValueError, match='the model has no head'):
        tiny_mol.build(cls_head=None, aux_heads=None, uncertainty_weighting=True)


def test_channels_last_changes_the_order_of_memory_alone():
    plain, last = build(), build(channels_last=True)
    last.load_state_dict(plain.state_dict())                       # a checkpoint of either loads into the other
    data = plain.data_preprocessor(batch(), training=True)
    gradients, losses = [], []
    for model in (plain, last):
        loss, _ = model.parse_losses(model(**data, mode='loss'))
        loss.backward()
        losses.append(loss.detach())
        gradients.append({name: p.grad for name, p in model.named_parameters()})
    torch.testing.assert_close(losses[1], losses[0])
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-3, atol=1e-5)

    frames = torch.rand(2, 1, 16, 16)
    assert last.backbone.forward_features(frames).is_contiguous(memory_format=torch.channels_last)
    assert not plain.backbone.forward_features(frames).is_contiguous(memory_format=torch.channels_last)
