"""``cam``: where a trained model sees the evidence for a class."""

from __future__ import annotations

from argparse import Action, Namespace
from pathlib import Path

from ..class_activation import METHODS
from ..clip_sources import read_prepared_record
from .options import add_checkpoint, add_command, add_figure, add_sample, out_of, save_for_print

DESCRIPTION = """\
Class activation maps of one clip: where on each frame, and on the dynamic image, a trained model sees evidence for a
class. 'motion' is what each place adds to the class score on the way from a still clip, the first frame throughout, to
the clip (integrated gradients at a layer); 'grad-cam' is Grad-CAM. Show it a subject that it was not trained on.
"""

EXAMPLES = """\
examples:
  # evidence for the predicted class; the config of the model is found beside the checkpoint
  python tools/visualize.py cam --data-root data/synthetic --checkpoint work_dirs/fdp_synthetic/sub01/epoch_20.pth

  # for a class of your choice, on another layer, by Grad-CAM, as a PDF
  python tools/visualize.py cam --data-root data/casme2 --sample sub17/EP05_02 \\
      --checkpoint work_dirs/sub17/epoch_75.pth --target-class disgust --layer backbone.stages.2 --method grad-cam \\
      --out work_dirs/cam/disgust.pdf
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'cam', run, 'where a trained model sees the evidence for a class', DESCRIPTION,
                         EXAMPLES)
    add_sample(parser)
    add_checkpoint(parser)
    parser.add_argument('--target-class', metavar='CLASS', help='evidence for this class (default: the predicted one)')
    parser.add_argument('--layer', metavar='NAME',
                        help='layer that makes maps; a wrong name lists them all (default: the last stage of FDP, the '
                             'block of MOL)')
    parser.add_argument('--method', choices=METHODS, default=METHODS[0], help='default: %(default)s')
    add_figure(parser, 'work_dirs/cam/<clip>.png')


def run(args: Namespace) -> list[Path]:
    """Write the figure.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The file.
    """
    from ..cam_figure import draw_cam
    from ..cam_view import view_cam
    from ..clip_model import ClipModel
    record = read_prepared_record(args.data_root, args.sample)
    model = ClipModel(args.checkpoint, args.config, landmarks=False)
    view = view_cam(model, record, args.target_class, args.layer, args.method)
    return [save_for_print(draw_cam(view), out_of(args.out, 'cam', view.name), args.dpi)]
