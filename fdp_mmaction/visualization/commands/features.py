"""``features``: MEs in the plane, as a trained model represents them."""

from __future__ import annotations

from argparse import Action, Namespace
from pathlib import Path

from fdp_mmaction.engine.launch import UsageError
from ..clip_sources import read_prepared_records
from .options import (above_zero, add_checkpoint, add_command, add_data_root, add_figure, out_of, progress,
                      save_for_print)

DESCRIPTION = """\
The representation that enters the class head of a trained model, of every ME of a prepared folder, laid out in the
plane by PCA or t-SNE (scikit-learn). MEs of subjects that the model was trained on are outlines where others are shown
too: a model separates what it has learned by heart.
"""

EXAMPLES = """\
examples:
  # all subjects; the one that was left out of training is filled
  python tools/visualize.py features --data-root data/synthetic --checkpoint work_dirs/fdp_synthetic/sub01/epoch_20.pth

  # left-out subjects alone, what enters the last layer, as a PDF
  python tools/visualize.py features --data-root data/casme2 --checkpoint work_dirs/sub17/epoch_75.pth --left-out \\
      --at hidden --out work_dirs/features/sub17.pdf

  # do subjects cluster rather than classes?
  python tools/visualize.py features --data-root data/casme2 --checkpoint work_dirs/sub17/epoch_75.pth --by subject \\
      --subjects sub01 sub02 sub03 --method t-sne
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'features', run, 'MEs in the plane, as a trained model represents them', DESCRIPTION,
                         EXAMPLES)
    add_data_root(parser)
    add_checkpoint(parser)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument('--subjects', nargs='+', metavar='SUBJECT', help='only these (default: all)')
    chosen.add_argument('--left-out', action='store_true', help='only subjects that the config leaves out of training')
    parser.add_argument('--at', choices=('input', 'hidden'), default='input',
                        help="'hidden' is what enters the last linear layer of the class head (default: %(default)s)")
    parser.add_argument('--method', choices=('pca', 't-sne'), help='default: pca for fewer than 100 MEs, else t-sne')
    parser.add_argument('--perplexity', type=above_zero, metavar='P',
                        help='of t-SNE, about how many neighbours (default: 30, or a third of the MEs)')
    parser.add_argument('--seed', type=int, default=0, help='of t-SNE (default: %(default)s)')
    parser.add_argument('--by', choices=('class', 'subject'), default='class',
                        help='what colours and markers mean (default: %(default)s)')
    add_figure(parser, 'work_dirs/features/<folder>_<checkpoint>.png')


def run(args: Namespace) -> list[Path]:
    """Write the figure.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The file.

    Raises:
        UsageError: If a subject is not in the folder, or scikit-learn is missing.
    """
    from ..clip_model import ClipModel
    from ..embedding import embed
    from ..embedding_figure import draw_embedding
    from ..representations import collect_representations
    records = read_prepared_records(args.data_root)
    model = ClipModel(args.checkpoint, args.config, landmarks=False)
    wanted = model.left_out if args.left_out else args.subjects
    if wanted is not None:
        known = sorted({record['subject'] for record in records})
        strange = [subject for subject in wanted if subject not in known]
        if strange or not wanted:
            raise UsageError(f'{args.data_root} has no subject {strange[0]}; it has {", ".join(known)}.' if strange else
                             f'{model.path} leaves no subject out: name some by --subjects.')
        records = [record for record in records if record['subject'] in wanted]
    found = collect_representations(model, progress(records, 'MEs'), args.at)
    try:
        places = embed(found.features, args.method, args.perplexity, args.seed)
    except ImportError as error:
        raise UsageError(str(error)) from None
    what = 'what enters the last layer' if args.at == 'hidden' else 'what enters the class head'
    trained = Path(args.checkpoint).resolve()
    figure = draw_embedding(found, places, model.left_out, args.by, f'{trained.parent.name}/{trained.name}: {what}')
    return [save_for_print(figure, out_of(args.out, 'features', f'{trained.parent.name}_{trained.stem}'), args.dpi)]
