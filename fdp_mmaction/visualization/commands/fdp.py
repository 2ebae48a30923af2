"""``fdp``: what a trained FDP does with a clip, step by step."""

from __future__ import annotations

from argparse import Action, Namespace
from pathlib import Path

from ..figures import save_figure
from .clip_options import add_clip_options, read_clip
from .options import add_checkpoint, add_command, add_figure, out_of

DESCRIPTION = """\
What a trained FDP does with one clip: frames, their maps, rank scores and pooling weights, the dynamic representation,
and the two answers, class and dynamic image. Show it a subject that it was not trained on.
"""

EXAMPLES = """\
examples:
  python tools/visualize.py fdp --data-root data/synthetic --checkpoint work_dirs/fdp_synthetic/sub01/epoch_20.pth
  python tools/visualize.py fdp --data-root data/casme2 --sample sub17/EP05_02 --checkpoint work_dirs/sub17/epoch_75.pth
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'fdp', run, 'what a trained FDP does with a clip, step by step', DESCRIPTION,
                         EXAMPLES)
    add_clip_options(parser)
    add_checkpoint(parser)
    add_figure(parser, 'work_dirs/fdp/<clip>.png', 150)


def run(args: Namespace) -> list[Path]:
    """Write the figure.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The file.
    """
    from ..fdp_walkthrough import draw_walkthrough, walk_through
    from ..learned_ranking import LearnedRanker
    clip = read_clip(args)
    ranker = LearnedRanker(args.checkpoint, args.config)
    truth = ranker.protocol.mapping.get(clip.label, '')
    figure = draw_walkthrough(walk_through(ranker, clip), ranker.protocol.classes, truth)
    return [save_figure(figure, out_of(args.out, 'fdp', clip.name), args.dpi)]
