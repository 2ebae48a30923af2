"""The account of a preparation, for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .census import Count, count_classes, count_subjects, protocols_of
from .report import PreparationReport


def show(report: PreparationReport, console: Console) -> None:
    """Print what was found, corrected and left out.

    Args:
        report (PreparationReport): Of a preparation or a census.
        console (Console): Where to.
    """
    expected = report.expected.emotions if report.expected else {}
    names = dict.fromkeys([*expected, *sorted(report.emotions)])
    counts = [Count(name, report.emotions[name], expected.get(name, 0) if expected else None) for name in names]
    console.print(_table(f'{report.dataset}: {len(report.data_list)} samples of {len(report.subjects)} subjects',
                         'emotion', counts))
    for applied in report.errata_applied:
        erratum = applied.erratum
        change = 'row removed' if erratum.new_value is None else f'{erratum.bad_value!r} -> {erratum.new_value!r}'
        console.print(f'erratum: {applied.item}: {erratum.field} {change} ({erratum.source})', markup=False)
    for sample_id, remark in report.remarks:
        console.print(f'remark: {sample_id}: {remark}', markup=False)
    for clip in report.unlabelled:
        console.print(f'without a row in the sheet: {clip}', markup=False)
    for deviation in report.deviations:
        colour, word = ('red', 'census') if deviation.certain else ('yellow', 'warning')
        console.print(f'[{colour}]{word}: {escape(deviation)}[/]')
    for entry in report.left_out:
        colour = 'red' if entry.lost else 'dim'
        console.print(f'[{colour}]left out: {escape(entry.item)}: {escape(entry.reason)}[/]')
    if report.already_done:
        console.print(f'{report.already_done} clips were already done.')


def show_protocols(report: PreparationReport, console: Console) -> None:
    """Print the samples of every protocol by class, and by subject where a list is published.

    Args:
        report (PreparationReport): Of a census.
        console (Console): Where to.
    """
    for protocol in protocols_of(report.dataset):
        classes = count_classes(report.data_list, report.dataset, protocol)
        subjects = count_subjects(report.data_list, report.dataset, protocol)
        with_samples = sum(count.found > 0 for count in subjects)
        console.print(_table(f'protocol {protocol.name}: {sum(count.found for count in classes)} samples of '
                             f'{with_samples} subjects', 'class', classes))
        if any(count.expected is not None for count in subjects):
            console.print(_table(f'protocol {protocol.name}', 'subject', subjects))


def _table(title: str, what: str, counts: Iterable[Count]) -> Table:
    counts = list(counts)
    known = any(count.expected is not None for count in counts)
    table = Table(title=title, title_justify='left')
    table.add_column(what)
    table.add_column('found', justify='right')
    if known:
        table.add_column('expected', justify='right')
    for count in counts:
        style = 'red' if known and count.found != count.expected else None
        table.add_row(count.name, str(count.found), *([str(count.expected)] if known else []), style=style)
    return table
