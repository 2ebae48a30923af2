"""Results as rows of Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fdp_mmaction.engine.loso.report_text import markdown_table, seconds_text

_NONE = '–'


def steps_table(result: Mapping[str, Any]) -> str:
    """Rows of training or prediction.

    Args:
        result (Mapping): From :func:`~fdp_mmaction.engine.benchmark.measure.measure`.

    Returns:
        str: One row per variant; with several, how many times faster than the first, with its interval.
    """
    header = ['', 'batch', 'ms per step (quartiles)', 'clips/s', 'GFLOP per step', 'GFLOP/s', 'of the peak',
              'of convolutions', 'memory: state + step']
    return _compared(result, header, [_step_row(row) for row in result['results']])


def stream_table(result: Mapping[str, Any]) -> str:
    """Rows of windows over a video.

    Args:
        result (Mapping): From :func:`~fdp_mmaction.engine.benchmark.measure.measure`.

    Returns:
        str: One row per variant; with several, how many times faster than the first the video is done.
    """
    header = ['', 'video', 'window', 'stride', 'windows', 'frames/s', 'windows/s', 'ms per video (quartiles)',
              'memory: state + step']
    rows = [[row['name'], row['video_frames'], row['window'], row['stride'], row['clips'],
             _number(row['frames_per_second']), _number(row['clips_per_second']), _timing(row['seconds']),
             f'{_bytes(row["state_memory"])} + {_bytes(row["memory"])}'] for row in result['results']]
    return _compared(result, header, rows)


def _compared(result: Mapping[str, Any], header: list[str], rows: list[list[Any]]) -> str:
    ratios = {ratio['name']: ratio for ratio in result['ratios']}
    if ratios:
        header = [*header, 'times faster (95 %)']
        for row, found in zip(rows, result['results']):
            ratio = ratios.get(found['name'])
            row.append('1' if ratio is None
                       else f'{ratio["ratio"]:.2f} ({ratio["low"]:.2f} – {ratio["high"]:.2f})')
    return markdown_table(header, rows)


def _step_row(row: Mapping[str, Any]) -> list[Any]:
    shares = [_NONE if row[key] is None else f'{100 * row[key]:.0f} %' for key in ('share_of_peak',
                                                                                   'share_of_convolutions')]
    return [row['name'], row['mes'] if row['mes'] == row['clips'] else f'{row["mes"]} ({row["clips"]} clips)',
            _timing(row['seconds']), _number(row['clips_per_second']), _number(row['flops'], 1e9),
            _number(row['flops_per_second'], 1e9), *shares,
            f'{_bytes(row["state_memory"])} + {_bytes(row["memory"])}']


def growth_line(growth: Mapping[str, Any]) -> str:
    """Fitted powers in a sentence."""
    known = [f'{name} ~ {growth["name"]}^{value:.2f}' for name, value in growth['exponents'].items()
             if value is not None]
    return f'Fitted: {", ".join(known)}.' if known else 'Nothing could be fitted.'


def supply_table(result: Mapping[str, Any]) -> str:
    """Rows of data loading.

    Args:
        result (Mapping): ``results`` of :func:`~fdp_mmaction.engine.benchmark.loading.measure_supply`, with ``share``
            where it is known.

    Returns:
        str: One row per number of workers.
    """
    rows = [[row['workers'], f'{row["start"]:.2f} s', _timing(row['seconds']),
             _number(row['clips_per_second']), _NONE if row.get('share') is None else f'{row["share"]:.2f}']
            for row in result['results']]
    return markdown_table(['workers', 'first batch after', 'ms per batch (quartiles)', 'clips/s',
                           'supply / consumption'], rows)


def folds_table(result: Mapping[str, Any]) -> str:
    """A row per part of a fold's time, of :func:`~fdp_mmaction.engine.benchmark.folds.fold_times`."""
    rows: Sequence[Sequence[Any]] = [[part, seconds_text(seconds), f'{100 * result["shares"][part]:.1f} %']
                                     for part, seconds in result['seconds'].items()]
    fold = result['fold']
    return (markdown_table(['spent on', f'all {result["folds"]} folds', 'share'], rows)
            + f'\n\nA fold took {seconds_text(fold["median"])} ({seconds_text(fold["low"])} – '
              f'{seconds_text(fold["high"])}); outside training steps: {100 * result["outside_training"]:.1f} %.')


def processes_table(result: Mapping[str, Any]) -> str:
    """A row per number of processes, of :func:`~fdp_mmaction.engine.benchmark.processes.measure_processes`."""
    rows = [[row['processes'], _timing(row['seconds']), _timing(row['seconds_alone']), _number(row['clips_per_second']),
             f'{100 * row["efficiency"]:.0f} %', _bytes(row['sent_bytes'])] for row in result['results']]
    return markdown_table(['processes', 'ms per step (quartiles)', 'without exchange', 'clips/s', 'efficiency',
                           'sent per step and process'], rows)


def machine_line(environment: Mapping[str, Any], peaks: Mapping[str, float] | None = None,
                 convolutions: Mapping[str, float] | None = None) -> str:
    """What was measured on, in a sentence."""
    where = environment.get('device', 'CPU')
    cpu = f'{environment["cpu"]}, {environment["threads"]} of {environment["cores"]} cores' \
        if 'cpu' in environment else ''
    known, slower = ([f'{name} {_number(rate, 1e9)} GFLOP/s' for name, rate in (rates or {}).items()]
                     for rates in (peaks, convolutions))
    parts = [where if where != 'CPU' or not cpu else '', cpu, f'PyTorch {environment.get("torch", "?")}',
             f'peak of a matrix product: {", ".join(known)}' if known else '',
             f'of a convolution and its gradients: {", ".join(slower)}' if slower else '']
    return 'Measured on ' + '; '.join(filter(None, parts)) + '.'


def _timing(seconds: Mapping[str, float]) -> str:
    median, low, high = (_number(1000 * seconds[key]) for key in ('median', 'low', 'high'))
    return f'{median} ({low} – {high})'


def _number(value: float | None, unit: float = 1.0) -> str:
    """Three digits, without an exponent."""
    if value is None:
        return _NONE
    value /= unit
    return f'{value:.0f}' if abs(value) >= 100 else f'{value:.3g}'


def _bytes(value: int | None) -> str:
    return _NONE if value is None else f'{_number(value, 2 ** 20)} MiB'
