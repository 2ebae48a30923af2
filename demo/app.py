#!/usr/bin/env python
"""A web page on which one drops a video and sees what a trained model says of it.

    python demo/app.py                                             # the trainings in work_dirs
    python demo/app.py --checkpoint quick=work_dirs/quickstart/epoch_20.pth
    python demo/app.py --help
"""

from __future__ import annotations

import logging
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.demo.checkpoints import find_checkpoints, parse_checkpoints
from fdp_mmaction.demo.desk import Desk, Settings
from fdp_mmaction.demo.limits import Limits
from fdp_mmaction.demo.page import launch
from fdp_mmaction.demo.private_folder import PrivateFolder
from fdp_mmaction.engine.launch import user_errors

LOCAL = ('127.0.0.1', 'localhost', '::1')


def positive(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < float('inf'):
        raise ArgumentTypeError(f'{text} is not a number above 0')
    return value


def parse_args(argv: Sequence[str] | None = None) -> Namespace:
    """Parse the command line."""
    limits = Limits()
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    models = parser.add_argument_group('models')
    models.add_argument('--checkpoint', nargs='+', default=[], metavar='NAME=PATH',
                        help='trained models, with their configs beside them (default: the last checkpoint of each '
                        'training in --work-dirs)')
    models.add_argument('--work-dirs', default='work_dirs', metavar='DIR',
                        help='where trainings are looked for (default: work_dirs)')
    models.add_argument('--device', help='for example cpu or cuda:1 (default: a GPU if there is one)')
    models.add_argument('--landmark-source', default='auto', metavar='NAME',
                        help='how faces are found: mediapipe, dlib, box, or none for videos of aligned faces (default: '
                        'auto, the best that is installed)')
    server = parser.add_argument_group('server')
    server.add_argument('--host', default='127.0.0.1', help='address to listen at (default: 127.0.0.1, this machine '
                        'alone); others can reach the page, without a password, if it is another')
    server.add_argument('--port', type=int, default=7860, help='default: 7860')
    server.add_argument('--jobs', type=int, default=1, metavar='N',
                        help='videos analysed at the same time, each in a process with its own model (default: 1)')
    given = parser.add_argument_group('limits')
    given.add_argument('--max-megabytes', type=positive, default=limits.megabytes, metavar='MB',
                       help=f'largest upload (default: {limits.megabytes:g})')
    given.add_argument('--max-seconds', type=positive, default=limits.seconds, metavar='S',
                       help=f'longest video (default: {limits.seconds:g})')
    given.add_argument('--timeout', type=positive, default=limits.processing_seconds, metavar='S',
                       help=f'longest time an answer may take (default: {limits.processing_seconds:g})')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Serve the page until it is stopped."""
    args = parse_args(argv)
    logging.basicConfig(format='%(message)s', level=logging.WARNING)
    with user_errors(args.debug):
        models = parse_checkpoints(args.checkpoint) or find_checkpoints(args.work_dirs)
        limits = Limits(args.max_megabytes, args.max_seconds, processing_seconds=args.timeout)
        settings = Settings(limits, args.device, args.landmark_source, jobs=max(args.jobs, 1))
        if args.host not in LOCAL:
            logging.warning('warning: the page listens at %s: everyone who can reach this machine can use it and send '
                            'videos of faces to it, without a password and unencrypted.', args.host)
        desk = Desk(models, PrivateFolder(), settings)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))      # so that the files are deleted
        try:
            page = launch(desk, args.host, args.port, block=False)
            sys.stdout.write(f'{page.local_url} (Ctrl-C ends it); {len(models) or "no"} models\n')
            sys.stdout.flush()
            page.block_thread()
        finally:
            desk.close()


if __name__ == '__main__':
    main()
