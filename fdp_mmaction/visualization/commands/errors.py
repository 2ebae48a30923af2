"""``errors``: the MEs that a run was surest about, and wrong."""

from __future__ import annotations

from argparse import Action, Namespace
from pathlib import Path

from fdp_mmaction.engine.launch import UsageError
from .options import add_command, add_figure, at_least, out_of, save_for_print

DESCRIPTION = """\
The MEs that a run took for something else with the highest score: onset, apex, dynamic image, true and predicted class.
Scores of several seeds are averaged.
"""

EXAMPLES = """\
examples:
  # of a leave-one-subject-out run, which knows its prepared folder
  python tools/visualize.py errors --run work_dirs/loso/fdp_casme2

  # of one fold that tools/test.py tested
  python tools/visualize.py errors --run work_dirs/fdp_casme2/sub17 --data-root data/casme2 --most 4 \\
      --out work_dirs/errors/worst.pdf
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'errors', run, 'MEs that a run was surest about, and wrong', DESCRIPTION, EXAMPLES)
    parser.add_argument('--run', dest='folder', metavar='DIR', required=True,
                        help='folder of tools/loso.py, work directory of tools/test.py, or a predictions.csv of them')
    parser.add_argument('--data-root', metavar='DIR',
                        help='prepared folder (default: that of the leave-one-subject-out run)')
    parser.add_argument('--selection', metavar='NAME',
                        help='how the epoch was chosen, where a run reports several (default: the first)')
    parser.add_argument('--most', type=at_least(1), default=8, metavar='N', help='how many (default: %(default)s)')
    add_figure(parser, 'work_dirs/errors/<run>.png')


def run(args: Namespace) -> list[Path]:
    """Write the figure.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The file.

    Raises:
        UsageError: If the prepared folder is not known, or there is no error.
    """
    from ..clip_sources import clip_of_record, read_prepared_record
    from ..mistakes import Mistake, draw_mistakes
    from ..print_style import COLUMN, print_style
    from ..votes_table import data_root_of, find_table, read_votes, surest_errors
    table = find_table(args.folder)
    root = args.data_root or data_root_of(table)
    if root is None:
        raise UsageError(f'{table} does not tell where the prepared folder is: name it by --data-root.')
    votes = read_votes(table, args.selection)
    worst = surest_errors(votes, args.most)
    if not worst:
        raise UsageError(f'All {len(votes)} votes of {table} are right, so there is no error to show.')
    mistakes = []
    for vote in worst:
        record = read_prepared_record(root, vote.sample_id)
        units = '+'.join(record.get('action_units') or [])
        text = f'{vote.confidence:.2f} to {vote.true_score:.2f}' + (f' (AU {units})' if units else '')
        mistakes.append(Mistake(clip_of_record(record), vote.truth, vote.prediction, text))
    wrong = sum(vote.prediction != vote.truth for vote in votes)
    name = Path(args.folder).resolve()
    name = name.stem if name.suffix == '.csv' else name.name
    with print_style():
        figure = draw_mistakes(mistakes, f'{name}: {len(worst)} of {wrong} errors among {len(votes)} MEs\n'
                               'true → predicted, score of the predicted to that of the true class',
                               columns=1 if len(mistakes) < 4 else 2, width=COLUMN)
    return [save_for_print(figure, out_of(args.out, 'errors', name), args.dpi)]
