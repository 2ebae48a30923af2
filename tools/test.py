"""Test a checkpoint on the left-out subject of one fold.

    python tools/test.py configs/fdp_casme2.py work_dirs/fdp_casme2/sub17/epoch_60.pth --test-subject sub17
    python tools/test.py configs/fdp_casme2.py last --test-subject sub17       # the latest in the work directory
    python tools/test.py CONFIG CHECKPOINT --dump predictions.pkl

A checkpoint that lacks weights of the model is refused: untrained weights give numbers, not results. Options are
those of MMAction2's own tools/test.py, which runs these configs as well.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from mmengine.config import Config

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.config_options import merge_options
from fdp_mmaction.engine.launch import UsageError, add_common_arguments, read_config, user_errors
from fdp_mmaction.engine.start import run


def parse_args() -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file that the checkpoint was trained with')
    parser.add_argument('checkpoint', help='checkpoint file (.pth), its URL, or last: the latest in the work directory')
    parser.add_argument('--dump', metavar='FILE', help='write all predictions to this .pkl file')
    parser.add_argument('--show', action='store_true', help='show predictions in a window')
    parser.add_argument('--show-dir', metavar='DIR', help='write visualised predictions into this folder')
    parser.add_argument('--interval', type=int, default=1, help='visualise every n-th sample (default: 1)')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds per window with --show (default: 2)')
    add_common_arguments(parser)
    return parser.parse_args()


def find_checkpoint(name: str, work_dir: str) -> str:
    """Path or URL of the checkpoint.

    Args:
        name: A path, a URL, or ``last``.
        work_dir: Where MMEngine's ``last_checkpoint`` file names the latest one.

    Returns:
        The path or URL.

    Raises:
        UsageError: There is no such checkpoint.
    """
    if name == 'last':
        pointer = Path(work_dir, 'last_checkpoint')
        if not pointer.is_file():
            raise UsageError(f'{work_dir} has no checkpoint yet; train there first, or name another --work-dir.')
        name = pointer.read_text(encoding='utf-8').strip()
        moved = Path(work_dir, Path(name).name)      # the work directory may have been moved or copied
        return str(moved) if moved.is_file() else name
    if '://' not in name and not Path(name).expanduser().is_file():
        raise UsageError(f'Checkpoint {name} does not exist; check the path, or train one with tools/train.py.')
    return name


def merge_args(cfg: Config, args: Namespace) -> Config:
    """Bring the command line into the config.

    Args:
        cfg: As read.
        args: The command line.

    Returns:
        The same config, changed.

    Raises:
        UsageError: The checkpoint is missing, or an option does not fit the config.
    """
    cfg.load_from = find_checkpoint(args.checkpoint, cfg.work_dir)
    cfg.resume = False
    hooks = list(cfg.get('custom_hooks') or [])
    if not any(hook['type'] == 'CheckpointMatchHook' for hook in hooks):      # a config without our runtime base
        cfg.custom_hooks = [*hooks, dict(type='CheckpointMatchHook')]
    if args.show or args.show_dir:
        if 'visualization' not in cfg.default_hooks:
            raise UsageError("--show and --show-dir need visualization=dict(type='VisualizationHook') among the "
                             f'default_hooks of {args.config}.')
        cfg.default_hooks.visualization.update(enable=True, show=args.show, wait_time=args.wait_time,
                                               out_dir=args.show_dir, interval=args.interval)
    if args.dump:
        if not args.dump.endswith(('.pkl', '.pickle')):
            raise UsageError(f'--dump {args.dump} must end in .pkl or .pickle.')
        evaluators = cfg.test_evaluator if isinstance(cfg.test_evaluator, (list, tuple)) else [cfg.test_evaluator]
        cfg.test_evaluator = [*evaluators, dict(type='DumpResults', out_file_path=args.dump)]
    return cfg


def main() -> None:
    """Test."""
    args = parse_args()
    with user_errors(args.debug):
        cfg = merge_options(merge_args(read_config(args), args), args)
        run(cfg, args, lambda runner: runner.test(), 'test_dataloader')


if __name__ == '__main__':
    main()
