"""A run's summary as Markdown, as rows of a table, and as rows of LaTeX. Pure text from plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fdp_mmaction.functional.metrics import METRIC_NAMES

from .select import TEST

SHOWN = ('UF1', 'UAR', 'WF1', 'ACC')
"""Scores of the tables for people; WAR is ACC."""

_HASH = re.compile('[0-9a-f]{40,}')
_TEX = {'&': r'\&', '%': r'\%', '$': r'\$', '#': r'\#', '_': r'\_', '{': r'\{', '}': r'\}', '~': r'\textasciitilde{}',
        '^': r'\textasciicircum{}', '\\': r'\textbackslash{}'}


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; vertical bars in cells are escaped.

    Args:
        header (Sequence[str]): Names of the columns.
        rows (Sequence[Sequence]): Cells.

    Returns:
        str: Without a newline at the end.
    """
    lines = [list(header), ['---'] * len(header), *rows]
    return '\n'.join('| ' + ' | '.join(str(cell).replace('|', r'\|') for cell in line) + ' |' for line in lines)


def score_text(score: Mapping[str, Any]) -> str:
    """A score as ``0.612 ± 0.013``, without ± for a single seed."""
    return f'{score["mean"]:.3f}' + ('' if score['sd'] is None else f' ± {score["sd"]:.3f}')


def interval_text(score: Mapping[str, Any], sign: str = '') -> str:
    """An interval as ``0.55 to 0.67``; a dash where there is none."""
    return '–' if score['low'] is None else f'{score["low"]:{sign}.3f} to {score["high"]:{sign}.3f}'


def p_text(p_value: float) -> str:
    """A p-value in three digits."""
    return '< 0.001' if p_value < 0.001 else f'{p_value:.3f}'


def markdown(summary: Mapping[str, Any], figures: Sequence[str] = (), notes: Sequence[str] = ()) -> str:
    """The report for people.

    Args:
        summary (Mapping): From :func:`~fdp_mmaction.engine.loso.summary.summarise`.
        figures (Sequence[str]): File names of pictures beside it. Defaults to none.
        notes (Sequence[str]): Further remarks. Defaults to none.

    Returns:
        str: Markdown.
    """
    counted = summary['counted']
    main = next(iter(summary['results']))
    parts = [f'# {summary["name"]}: leave one subject out',
             f'{summary["dataset"]}, protocol {summary["protocol"]} ({", ".join(summary["classes"])}): '
             f'{counted["mes"]} MEs of {_count(counted["subjects"], "subject")}, each left out once; '
             f'{_count(counted["seeds"], "seed")} ({", ".join(map(str, counted["seeds"]))}); selection: '
             f'{summary["selection"]}.']
    parts += [f'> **Warning.** {text}' for text in summary['warnings']]
    parts += [f'> **Note.** {text}' for text in (*summary['notes'], *notes)]
    parts += ['## Scores', _scores(summary), _legend(summary)]
    if summary['measures']:
        parts.append('Also measured at the last epoch, mean over MEs: '
                     + ', '.join(f'{name} {value:.3f}' for name, value in summary['measures'].items()) + '.')
    result = summary['results'][main]
    if len(summary['results']) > 1:
        parts.append(f'All that follows is of the selection `{main}`; results.json holds the others.')
    if result['per_dataset']:
        parts += ['## By dataset', _by_dataset(result)]
    parts += ['## By class', _by_class(result, summary['classes']), '## By subject', _by_subject(result)]
    if figures:
        parts += ['## Figures', '\n\n'.join(f'![{name}]({name})' for name in figures)]
    parts += ['## How it was made', _circumstances(summary)]
    return '\n\n'.join(parts) + '\n'


def _count(things: Sequence, name: str) -> str:
    return f'{len(things)} {name}' + ('' if len(things) == 1 else 's')


def _scores(summary: Mapping[str, Any]) -> str:
    if len(summary['results']) == 1:
        [result] = summary['results'].values()
        runs = len(summary['counted']['seeds']) > 1
        rows = [[name, score_text(score), interval_text(score),
                 *([', '.join(f'{value:.3f}' for value in score['runs'])] if runs else [])]
                for name, score in result['scores'].items()]
        return markdown_table(['score', 'value', '95 % interval', *(['of each seed'] if runs else [])], rows)
    rows = []
    for name, result in summary['results'].items():
        found = summary.get('differences', {}).get(name, {}).get('UF1')
        gain = '–' if found is None else (f'{found["difference"]:+.3f} ({interval_text(found, "+")}), '
                                          f'p {p_text(found["p_value"])}')
        epochs = result['epochs']
        rows.append([f'{name} (optimistic, see the warning)' if name == TEST else name,
                     *(score_text(result['scores'][key]) for key in SHOWN), interval_text(result['scores']['UF1']),
                     gain, f'{epochs["median"]:g} ({epochs["first"]} to {epochs["last"]})' if epochs else '–'])
    return markdown_table(['epoch chosen by', *SHOWN, '95 % interval of UF1', 'UF1 against last',
                           'median epoch (range)'], rows)


def _legend(summary: Mapping[str, Any]) -> str:
    text = 'Votes of all folds are pooled before anything is scored. Intervals are drawn over subjects'
    if len(summary['counted']['seeds']) > 1:
        text += '; ± is the standard deviation over seeds'
    if len(summary['results']) > 1:
        text += ('. All selections score the same trainings, and differences are drawn over the same subjects (paired '
                 'bootstrap)')
    return text + '.'


def _by_dataset(result: Mapping[str, Any]) -> str:
    rows = [[name, part['mes'], part['subjects'], *(score_text(part['scores'][key]) for key in SHOWN),
             interval_text(part['scores']['UF1'])] for name, part in result['per_dataset'].items()]
    return markdown_table(['dataset', 'MEs', 'subjects', *SHOWN, '95 % interval of UF1'], rows)


def _by_class(result: Mapping[str, Any], classes: Sequence[str]) -> str:
    rows = [[name, row['support'], *(f'{row[key]:.3f}' for key in ('precision', 'recall', 'f1')),
             interval_text(dict(low=row['f1_low'], high=row['f1_high'])), *result['confusion_matrix'][index]]
            for index, (name, row) in enumerate(result['per_class'].items())]
    header = ['class', 'MEs', 'precision', 'recall', 'F1', '95 % interval of F1', *(f'→ {name}' for name in classes)]
    return markdown_table(header, rows) + '\n\n→: votes for that class, summed over seeds.'


def _by_subject(result: Mapping[str, Any]) -> str:
    rows = [[name, row['mes'], f'{row["correct"]:g}' if row['correct'] % 1 == 0 else f'{row["correct"]:.2f}',
             f'{row["ACC"]:.3f}'] for name, row in result['per_subject'].items()]
    return markdown_table(['subject', 'MEs', 'recognised', 'ACC'], rows)


def _circumstances(summary: Mapping[str, Any]) -> str:
    lines = ['- config: [config.py](../config.py)' if summary['config'] else '- config: not kept']
    if summary['duration']:
        took = summary['duration']
        text = (f'- duration: sum over {took["folds"]} folds {seconds_text(took["total"])}, each '
                f'{seconds_text(took["shortest"])} to {seconds_text(took["longest"])}, median '
                f'{seconds_text(took["median"])}')
        if 'outside_training' in took:
            text += f'; {100 * took["outside_training"]:.1f} % of it outside training steps'
        if 'clock' in took:
            text += f'; by the clock, while any of them ran, {seconds_text(took["clock"])}'
        lines.append(text)
    inner = [len(fold['inner_subjects']) for fold in summary['folds']]
    lines.append(f'- MEs trained on in a fold: {_range([fold["num_train"] for fold in summary["folds"]])}'
                 + (f'; subjects held out of them to choose the epoch: {_range(inner)}' if any(inner) else ''))
    for name in ('census', 'environment', 'identity'):
        if summary[name]:
            lines.append(f'- {name}: {plain_text(summary[name])}')
    return '\n'.join(lines)


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f'{low} to {high}'


def seconds_text(seconds: float) -> str:
    """A duration as ``3 s``, ``4 min 5 s`` or ``2 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f'{seconds:.1f} s' if seconds < 10 else f'{whole} s'
    if whole < 3600:
        return f'{whole // 60} min {whole % 60} s'
    return f'{whole // 3600} h {whole % 3600 // 60} min'


def plain_text(value: Any) -> str:
    """Nested data in one line of words; of checksums the first twelve digits."""
    if isinstance(value, Mapping):
        texts = {key: plain_text(item) for key, item in value.items()}
        return ', '.join(f'{key} ({text})' if isinstance(value[key], (Mapping, list)) else f'{key} {text}'
                         for key, text in texts.items())
    if isinstance(value, (list, tuple)):
        return ', '.join(map(plain_text, value))
    return value[:12] if isinstance(value, str) and _HASH.fullmatch(value) else str(value)


def csv_rows(summary: Mapping[str, Any]) -> list[list[Any]]:
    """Every score in one long table.

    Args:
        summary (Mapping): From :func:`~fdp_mmaction.engine.loso.summary.summarise`.

    Returns:
        list[list]: A header, then one row per selection, scope (``all``, ``dataset``, ``class`` or ``subject``), item
        and score; cells are empty where a number does not exist.
    """
    rows: list[list[Any]] = [['selection', 'scope', 'item', 'mes', 'score', 'mean', 'sd', 'low', 'high', 'warning']]
    for selection, result in summary['results'].items():
        warning = ' '.join(result['warnings'])
        scopes = [('all', '', summary['counted']['mes'], result['scores'])]
        scopes += [('dataset', name, part['mes'], part['scores']) for name, part in result['per_dataset'].items()]
        for scope, item, mes, scores in scopes:
            rows += [[selection, scope, item, mes, name,
                      *('' if scores[name][key] is None else f'{scores[name][key]:.6f}'
                        for key in ('mean', 'sd', 'low', 'high')), warning] for name in METRIC_NAMES]
        rows += [[selection, 'class', name, row['support'], key, f'{row[key]:.6f}', '',
                  *('' if row.get(f'{key}_{end}') is None else f'{row[f"{key}_{end}"]:.6f}' for end in ('low', 'high')),
                  warning]
                 for name, row in result['per_class'].items() for key in ('precision', 'recall', 'f1')]
        rows += [[selection, 'subject', name, row['mes'], 'ACC', f'{row["ACC"]:.6f}', '', '', '', warning]
                 for name, row in result['per_subject'].items()]
    return rows


def tex_escape(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return ''.join(_TEX.get(letter, letter) for letter in text)


def latex(summary: Mapping[str, Any]) -> str:
    """Rows for a LaTeX table, in per cent: one per selection, and one of UF1 and UAR by dataset for composites.

    Args:
        summary (Mapping): From :func:`~fdp_mmaction.engine.loso.summary.summarise`.

    Returns:
        str: Rows; comments name the columns.
    """
    lines = [f'% {summary["dataset"]}, {summary["protocol"]}, leave one subject out, in per cent; columns: method & '
             + ' & '.join(SHOWN)]
    lines += [f'% NOTE: {note}' for note in summary['notes']]
    for selection, result in summary['results'].items():
        name = tex_escape(summary['name'])
        lines += [f'% WARNING: {text}' for text in result['warnings']]
        if selection == TEST:
            name += ' (epoch chosen on the test subject)'
        elif len(summary['results']) > 1:
            name += f' ({selection})'
        lines.append(_tex_row(name, [result['scores'][key] for key in SHOWN]))
        if result['per_dataset']:
            groups = {'all': result, **result['per_dataset']}
            lines.append('% columns: method & ' + ' & '.join(f'UF1 {part} & UAR {part}' for part in groups))
            lines.append(_tex_row(name, [part['scores'][key] for part in groups.values() for key in ('UF1', 'UAR')]))
    return '\n'.join(lines) + '\n'


def _tex_row(name: str, scores: Sequence[Mapping[str, Any]]) -> str:
    cells = [f'{100 * score["mean"]:.2f}' + ('' if score['sd'] is None else f' $\\pm$ {100 * score["sd"]:.2f}')
             for score in scores]
    return ' & '.join([name, *cells]) + r' \\'
