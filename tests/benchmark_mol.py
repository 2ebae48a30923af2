"""Time MOL against the loops of its description, in one run, on the same clips and weights.

    python tests/benchmark_mol.py --batch 1 8 32 --threads 1
    python tests/benchmark_mol.py --batch 8 --train

Prints one line per batch size: seconds per clip of the loops (tests/mol_naive.py), and how many times faster the model
is: as it is, with channels last in memory, with bfloat16 as well,
with weights converted beforehand, and when class and landmarks alone are asked for.
Each figure is the median of a few runs, taken in turn, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import resource
import statistics
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import mol_naive
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from torch import Tensor, nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.engine.benchmark.clock import interleave
from fdp_mmaction.inference import pack_for_cpu
from fdp_mmaction.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[1] / 'configs/_base_/models'


def build(name: str, channels_last: bool = False) -> nn.Module:
    """A model of ``configs/_base_/models`` with random weights."""
    torch.manual_seed(0)
    model = MODELS.build(dict(Config.fromfile(CONFIGS / f'{name}.py').model, channels_last=channels_last))
    model.init_weights()
    return model.eval()


def predict(model: nn.Module, clips: Tensor, flow: bool) -> None:
    """Forward all tasks, or class and landmarks alone."""
    features = model.backbone(clips)
    model.cls_head(features)
    model.aux_heads['landmarks'](features)
    if flow:
        model.aux_heads['flow'](features, clips)


def samples(batch: int, size: int) -> list[ActionDataSample]:
    """Targets of a batch."""
    found = []
    for index in range(batch):
        sample = ActionDataSample().set_gt_label(index % 5)
        sample.set_field(torch.randn(7, 2, size, size), 'gt_flow')
        sample.set_field(torch.rand(8, 68, 2) * size, 'gt_landmarks')
        found.append(sample)
    return found


def naive_step(model: nn.Module, clips: Tensor, targets: list[ActionDataSample]) -> None:
    """Forward and backward by the loops."""
    out = mol_naive.forward(model, clips)
    points = torch.stack([sample.gt_landmarks for sample in targets])[:, -out['landmarks'].size(1):]
    losses = mol_naive.losses(out['logits'], out['flow'], out['landmarks'],
                              [int(sample.gt_label) for sample in targets],
                              torch.stack([sample.gt_flow for sample in targets]), points)
    sum(losses.values()).backward()


def fast_step(model: nn.Module, clips: Tensor, targets: list[ActionDataSample]) -> None:
    """Forward and backward by the model."""
    losses = model(clips[:, None], targets, mode='loss')
    model.parse_losses(losses)[0].backward()


def half(run: Callable[..., object], *args: object) -> None:
    """Run in bfloat16 where that is safe."""
    with torch.autocast('cpu', dtype=torch.bfloat16):
        run(*args)


def compare(runs: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median seconds of each, taken in turn."""
    if repeats > 1:
        interleave(runs, 1)                              # warms up
    return {name: statistics.median(times) for name, times in interleave(runs, repeats).items()}


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('--model', choices=('mol', 'mol_released', 'mol_small'), default='mol_released')
    parser.add_argument('--batch', type=int, nargs='+', default=[1], help='clips at a time (default: 1)')
    parser.add_argument('--train', action='store_true', help='forward and backward of the losses instead of forward')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--repeats', type=int, default=3)
    args = parser.parse_args()
    init_default_scope('mmaction')
    MMLogger.get_instance('benchmark', log_level='ERROR')
    torch.set_num_threads(args.threads)
    model, last = build(args.model), build(args.model, channels_last=True)
    packed = pack_for_cpu(last)
    size = 64 if args.model == 'mol_small' else 128
    what = 'training' if args.train else 'inference'
    print(f'{args.model}, torch {torch.__version__}, {args.threads} thread(s), {what}')
    for batch in args.batch:
        clips, targets = torch.rand(batch, 1, 8, size, size) * 2 - 1, samples(batch, size)

        if args.train:
            runs = {'loops': partial(naive_step, model, clips, targets),
                    'model': partial(fast_step, model, clips, targets),
                    'channels last': partial(fast_step, last, clips, targets),
                    '+ bfloat16': partial(half, fast_step, last, clips, targets)}
            seconds = compare(runs, args.repeats)
        else:
            runs = {'loops': partial(mol_naive.forward, model, clips),
                    'model': partial(predict, model, clips, True),
                    'channels last': partial(predict, last, clips, True),
                    '+ bfloat16': partial(half, predict, last, clips, True),
                    '+ packed weights': partial(half, predict, packed, clips, True),
                    'class + landmarks': partial(predict, last, clips, False),
                    'class + landmarks, packed': partial(half, predict, packed, clips, False)}
            with torch.no_grad():
                seconds = compare(runs, args.repeats)
        loops = seconds.pop('loops')
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** 20
        print(f'batch {batch}: loops {loops / batch:.3f} s/clip; '
              + ', '.join(f'{name} x{loops / value:.2f}' for name, value in seconds.items())
              + f'; peak memory so far {peak:.1f} GiB', flush=True)


if __name__ == '__main__':
    main()
