"""Publish trained weights: a slim file with a hash in its name, the config, and a model card.

    python tools/publish.py work_dirs/fdp_synthetic/sub01/epoch_20.pth --out published/fdp_synthetic
    python tools/publish.py work_dirs/loso/fdp_synthetic --out published/fdp_synthetic_loso      # every fold of a run
    python tools/publish.py fdp_released.pth --config configs/fdp_released_casme2.py --out published/fdp_released

What is left behind: the state of optimiser and schedulers, logs, the weights that EMAHook did not average, and the
paths of this machine. Weights are copied bit for bit. Before anything appears, the published form is loaded and must
predict what the original predicts. Only files that PyTorch's safe loader accepts are published, and the same command
makes the same files again. Nothing is sent anywhere.

Weights fall under what was signed for the data they were trained on; the command says what that is. docs/publishing.md
says more.

exit status: 0 done; 1 some folds could not be published; 2 nothing was published.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import MMLogger

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.launch import UsageError, user_errors


def parse_args(argv: Sequence[str] | None = None) -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('source', type=Path, metavar='CHECKPOINT|RUN',
                        help='checkpoint (.pth), or the folder of a run of tools/loso.py')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder of this model alone')
    parser.add_argument('--config', metavar='FILE', help='of the checkpoint (default: the one that is in it)')
    parser.add_argument('--name', help='of the published files (default: that of the config)')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Publish; the exit code."""
    args = parse_args(argv)
    MMLogger.get_current_instance().setLevel('WARNING')      # what the host says about reading a config
    with user_errors(args.debug):
        from fdp_mmaction.engine.publishing.licences import terms_of
        from fdp_mmaction.engine.publishing.publish import is_run, publish_checkpoint, publish_run
        if not args.source.is_dir():
            done = publish_checkpoint(args.source, args.out, args.config, args.name)
        elif not is_run(args.source):
            raise UsageError(f'{args.source} is no run of tools/loso.py; to publish one training, name its checkpoint.')
        elif args.config:
            raise UsageError('--config goes with a checkpoint: a run has its own.')
        else:
            done = publish_run(args.source, args.out, args.name)
        for path in (*done.weights, done.config, done.card):
            sys.stdout.write(f'{path}\n')
        for terms in terms_of(done.datasets):
            if terms.terms:
                sys.stdout.write(f'Before you pass them on: {terms.terms}\n')
        for failure in done.failed:
            sys.stderr.write(f'not published: {failure}\n')
    return 1 if done.failed else 0


if __name__ == '__main__':
    sys.exit(main())
