"""Time FDP against the loops of its description, in one run, on the same clips and weights.

    python tests/benchmark_fdp.py --batch 1 8 --threads 1 --fold-bn --channels-last --bf16 --pack
    python tests/benchmark_fdp.py --train --batch 36 8 --channels-last --bf16

The loops (tests/fdp_naive.py) take a clip frame by frame through the backbone, in float32. Prints a Markdown table per
batch size: medians with quartiles of runs taken in turn, so that a busy machine slows all of them alike; how many times
faster than the loops, with a 95 % interval; and the memory that a step needs on top of the weights. Options add rows,
each on top of the one before. In training a step is forward, losses, backward and Adam's update.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import fdp_naive
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from torch import Tensor, nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.engine.benchmark.clock import clock_of, interleave
from fdp_mmaction.engine.benchmark.machine import describe_machine, find_device
from fdp_mmaction.engine.benchmark.memory import step_memory
from fdp_mmaction.engine.benchmark.spread import ratio_of_medians, spread
from fdp_mmaction.engine.benchmark.tables import machine_line
from fdp_mmaction.engine.loso.report_text import markdown_table
from fdp_mmaction.host_memory import keep_freed_memory
from fdp_mmaction.inference import fold_batch_norm, pack_for_cpu
from fdp_mmaction.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[1] / 'configs/_base_/models'
LOOPS = 'loops'
Steps = dict[str, Callable[[], object]]


def build(name: str, device: torch.device, channels_last: bool) -> nn.Module:
    """A model of ``configs/_base_/models`` with random weights, the same ones every time."""
    torch.manual_seed(0)
    model = MODELS.build(dict(Config.fromfile(CONFIGS / f'{name}.py').model, channels_last=channels_last))
    model.init_weights()
    return model.to(device).eval()


def targets_of(batch: int, size: int) -> list[ActionDataSample]:
    """Targets of a batch."""
    found = []
    for index in range(batch):
        sample = ActionDataSample().set_gt_label(index % 5)
        sample.set_field(torch.rand(size, size), 'gt_dynamic_image')
        found.append(sample)
    return found


def precision(device: torch.device, half: bool) -> torch.autocast | nullcontext:
    """bfloat16 where that is safe."""
    return torch.autocast(device.type, dtype=torch.bfloat16) if half else nullcontext()


def inference_steps(args: Namespace, device: torch.device, clips: Tensor) -> Steps:
    """A prediction of class and dynamic image, or of the class alone."""
    model = build(args.model, device, False)

    def loops() -> None:
        with torch.no_grad():
            fdp_naive.forward(model, clips)

    def ours(net: nn.Module, half: bool, image: bool) -> None:
        with torch.no_grad(), precision(device, half):
            features, _ = net.neck(net.backbone(clips))
            net.cls_head(features)
            if image:
                net.aux_heads['dynamic_image'](features).sigmoid()

    steps: Steps = {LOOPS: loops, 'model': partial(ours, model, False, True),
                    'model, class alone': partial(ours, model, False, False)}
    net, half, name = model, False, 'model'
    if args.channels_last:
        net, name = build(args.model, device, True), f'{name} + channels last'
        steps[name] = partial(ours, net, half, True)
    if args.fold_bn:
        net, name = fold_batch_norm(net), f'{name} + folded normalisation'
        steps[name] = partial(ours, net, half, True)
    if args.bf16:
        half, name = True, f'{name} + bfloat16'
        steps[name] = partial(ours, net, half, True)
    if args.pack:
        net = pack_for_cpu(build(args.model, device, args.channels_last), torch.bfloat16 if half else torch.float32)
        name = f'{name} + packed weights'
        steps[name] = partial(ours, net, half, True)
    if name != 'model':
        steps[f'{name}, class alone'] = partial(ours, net, half, False)
    return steps


def training_steps(args: Namespace, device: torch.device, clips: Tensor) -> Steps:
    """Forward, losses, backward and update, without drop-path for the loops' sake."""
    samples = targets_of(len(clips), clips.size(-1))
    labels = [int(sample.gt_label) for sample in samples]
    images = torch.stack([sample.gt_dynamic_image for sample in samples]).to(device)

    def prepared(channels_last: bool) -> tuple[nn.Module, torch.optim.Optimizer]:
        model = build(args.model, device, channels_last).train(args.batch_statistics)
        for module in model.modules():
            if hasattr(module, 'drop_prob'):
                module.drop_prob = 0.0
        return model, torch.optim.Adam(model.parameters(), lr=1e-4, weight_decay=1e-3)

    model, optimizer = prepared(False)

    def update(optimizer: torch.optim.Optimizer, total: Tensor) -> None:
        optimizer.zero_grad()
        total.backward()
        optimizer.step()

    def loops() -> None:
        found = fdp_naive.forward(model, clips, args.batch_statistics)
        weight = model.aux_heads['dynamic_image'].loss_weight
        update(optimizer, sum(fdp_naive.losses(found, labels, images, weight).values()))

    def ours(net: nn.Module, optimizer: torch.optim.Optimizer, half: bool) -> None:
        with precision(device, half):
            losses = net(clips[:, None], samples, mode='loss')
        update(optimizer, net.parse_losses(losses)[0])

    steps: Steps = {LOOPS: loops, 'model': partial(ours, model, optimizer, False)}
    pair, name = (model, optimizer), 'model'
    if args.channels_last:
        pair, name = prepared(True), f'{name} + channels last'
        steps[name] = partial(ours, *pair, False)
    if args.bf16:
        steps[f'{name} + bfloat16'] = partial(ours, *pair, True)
    return steps


def table(steps: Steps, batch: int, repeats: int, device: torch.device) -> str:
    """Measure."""
    memory = {}
    for name, step in steps.items():
        step()
        memory[name] = step_memory(step, device)
    seconds = interleave(steps, repeats, clock_of(device))
    rows = []
    for name, runs in seconds.items():
        found = spread([1000 * value / batch for value in runs])
        ratio = ratio_of_medians(seconds[LOOPS], runs)
        rows.append([name, f'{found["median"]:.1f} ({found["low"]:.1f} – {found["high"]:.1f})',
                     '1' if name == LOOPS else f'{ratio["ratio"]:.2f} ({ratio["low"]:.2f} – {ratio["high"]:.2f})',
                     '–' if memory[name] is None else f'{memory[name] / 2 ** 20:.0f} MiB'])
    return markdown_table([f'batch {batch}', 'ms per clip (quartiles)', 'times faster than the loops (95 %)',
                           'peak memory of a step'], rows)


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('--model', choices=('fdp_released', 'fdp', 'fdp_small'), default='fdp_released')
    parser.add_argument('--batch', type=int, nargs='+',
                        help='clips at a time (default: 1 and 8; for --train 36, as the released code trains)')
    parser.add_argument('--train', action='store_true', help='training steps instead of predictions')
    parser.add_argument('--batch-statistics', action='store_true',
                        help='--train: batch normalisation by the batch; the released code does so until its first '
                        'evaluation only, so the default is by the running statistics')
    parser.add_argument('--fold-bn', action='store_true', help='predictions: batch normalisation in the weights')
    parser.add_argument('--channels-last', action='store_true', help='weights with channels last in memory')
    parser.add_argument('--bf16', action='store_true', help='mixed precision')
    parser.add_argument('--pack', action='store_true', help='predictions on a CPU: weights converted beforehand')
    parser.add_argument('--device', help='cpu, cuda or cuda:N (default: the GPU if there is one)')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--repeats', type=int, default=5)
    args = parser.parse_args()
    init_default_scope('mmaction')
    MMLogger.get_instance('benchmark', log_level='ERROR')
    torch.set_num_threads(args.threads)
    device = find_device(args.device)
    if args.train and device.type == 'cpu':
        keep_freed_memory()                                 # as the configs do; it helps the loops, too
    print(f'{args.model}, {"training" if args.train else "inference"}. {machine_line(describe_machine(device))}')
    for batch in args.batch or ([36] if args.train else [1, 8]):
        clips = (torch.rand(batch, 1, 8, 64, 64) * 2 - 1).to(device)
        steps = (training_steps if args.train else inference_steps)(args, device, clips)
        print(f'\n{table(steps, batch, args.repeats, device)}', flush=True)


if __name__ == '__main__':
    main()
