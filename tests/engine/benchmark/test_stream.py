"""Windows over a video as a step."""

from __future__ import annotations

import pytest
import torch
from tiny_benchmark import tiny_fdp, toy
from torch.nn.modules.batchnorm import _BatchNorm

from fdp_mmaction.engine.benchmark.stream import build_stream
from fdp_mmaction.engine.benchmark.variant import Variant, read_variant
from fdp_mmaction.engine.benchmark.workload import Workload, build_workload
from fdp_mmaction.engine.launch import UsageError

CPU = torch.device('cpu')
PLAIN = {'options': {**tiny_fdp().options, 'model.backbone.onset_difference': 0.0}, 'video_frames': 30, 'window': 15}


def build(variant: Variant) -> Workload:
    return build_stream(variant, read_variant(variant), CPU)


@pytest.mark.parametrize(('amp', 'dtype'), [(None, torch.float32), ('bf16', torch.bfloat16)])
def test_a_step_is_all_windows_of_the_video(amp: str | None, dtype: torch.dtype) -> None:
    work = build(tiny_fdp(**PLAIN, stride=5, amp=amp))
    met, types = [], set()
    work.model.backbone.stem[0].register_forward_hook(lambda module, inputs, output: met.append(len(output)))
    work.model.cls_head.register_forward_hook(lambda module, inputs, output: types.add(output.dtype))
    found = work.step()
    assert (work.clips, work.mes, work.frames, work.part, work.dtype) == (4, 4, 30, 'stream', dtype)
    assert types == {dtype} and max(met) <= 2 * 8 and sum(met) < 4 * 8      # two windows a batch, of 8 frames
    assert found['pred_score'].shape == (4, 5) and found['pred_dynamic_image'].shape == (4, 64, 64)
    assert not work.model.training


def test_heads_and_folding() -> None:
    work = build(tiny_fdp(**PLAIN, heads=('class',), fold_bn=True))
    assert set(work.step()) == {'pred_score', 'pred_rank_scores'}
    assert [name for name, module in work.model.named_modules() if isinstance(module, _BatchNorm)] == ['neck.norm']


@pytest.mark.parametrize(('settings', 'message'), [
    (dict(compile=True), 'does not run through torch.compile'),
    (dict(window=31), 'A video of 30 frames holds no window of 31')])
def test_what_cannot_be_measured(settings: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build(tiny_fdp(**{**PLAIN, **settings}))


def test_other_models(tmp_path) -> None:
    work = build(toy(tmp_path, video_frames=30, window=15))
    with pytest.raises(ValueError, match='takes a MicroExpressionRecognizer'):
        work.step()


def test_predictions_by_a_folded_model() -> None:
    variant = tiny_fdp(fold_bn=True)
    work = build_workload(variant, read_variant(variant), 'inference', CPU)
    assert len(work.step()) == 2
    assert sum(isinstance(module, _BatchNorm) for module in work.model.modules()) == 1
    with pytest.raises(UsageError, match='fold_bn goes with predictions only'):
        build_workload(variant, read_variant(variant), 'train', CPU)
