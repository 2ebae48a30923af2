"""Train a model: one config, one fold.

    python tools/train.py configs/fdp_synthetic.py
    python tools/train.py configs/fdp_casme2.py --test-subject sub17 --amp
    python tools/train.py configs/fdp_casme2.py --test-subject sub17 --resume     # goes on where it stopped

The left-out subject never enters training; after training the last checkpoint counts. Options are those of
MMAction2's own tools/train.py, which runs these configs as well. A work directory that holds a training already is
refused without --resume.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter

from mmengine.config import Config
from mmengine.runner import Runner

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.config_options import merge_options
from fdp_mmaction.engine.launch import UsageError, add_common_arguments, read_config, user_errors
from fdp_mmaction.engine.start import left_out, refuse_mixture, run


def parse_args() -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file, for example configs/fdp_casme2.py')
    parser.add_argument('--resume', nargs='?', const='auto', metavar='CHECKPOINT',
                        help='go on from this checkpoint, or from the latest one in the work directory')
    parser.add_argument('--amp', action='store_true',
                        help='mixed precision: float16 with loss scaling on a GPU, bfloat16 on a CPU')
    parser.add_argument('--no-validate', action='store_true', help='do not evaluate during training')
    parser.add_argument('--auto-scale-lr', action='store_true',
                        help='scale the learning rate with the total batch size (needs auto_scale_lr in the config)')
    parser.add_argument('--seed', type=int, help='random seed (default: the one in the config)')
    parser.add_argument('--diff-rank-seed', action='store_true', help='give every process its own seed')
    parser.add_argument('--deterministic', action='store_true',
                        help='deterministic algorithms only; slower, and repeats bit for bit on the same machine')
    add_common_arguments(parser)
    return parser.parse_args()


def merge_args(cfg: Config, args: Namespace) -> Config:
    """Bring the command line into the config.

    Args:
        cfg: As read.
        args: The command line.

    Returns:
        The same config, changed.

    Raises:
        UsageError: An option does not fit the config.
    """
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.amp:
        kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
        if kind not in ('OptimWrapper', 'AmpOptimWrapper'):
            raise UsageError(f'--amp does not go with optim_wrapper type {kind}; use OptimWrapper in {args.config}.')
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    if args.auto_scale_lr:
        if 'auto_scale_lr' not in cfg:
            raise UsageError(f'--auto-scale-lr needs auto_scale_lr = dict(base_batch_size=...) in {args.config}.')
        cfg.auto_scale_lr.enable = True
    randomness = cfg.setdefault('randomness', dict(seed=None))
    if args.seed is not None:
        randomness.seed = args.seed
    if args.diff_rank_seed:
        randomness.diff_rank_seed = True
    if args.deterministic:
        randomness.deterministic = True
    return cfg


def main() -> None:
    """Train."""
    args = parse_args()
    with user_errors(args.debug):
        cfg = merge_options(merge_args(read_config(args), args), args)
        refuse_mixture(cfg)

        def train(runner: Runner) -> None:
            runner.logger.info(left_out(cfg, args))
            runner.train()

        run(cfg, args, train, 'train_dataloader', 'val_dataloader')


if __name__ == '__main__':
    main()
