"""How a cost grows: with batch, frames, size or any other number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from fdp_mmaction.engine.launch import UsageError

from .variant import parse_value

ALIASES = {'batch': 'batch_size'}


def parse_sweep(words: Sequence[str]) -> tuple[str, list[float]]:
    """What is varied, and its values.

    Args:
        words (Sequence[str]): ``batch``, ``frames``, ``size`` or a setting of the config, then numbers.

    Returns:
        tuple[str, list[float]]: Name, with ``batch`` spelled ``batch_size``; values above 0.

    Raises:
        UsageError: If there are fewer than two different numbers, or others.
    """
    values = [parse_value(word) for word in words[1:]]
    if len(set(map(str, values))) < 2 or not all(
            isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 for value in values):
        raise UsageError(f'--sweep {" ".join(words)}: give a name and at least two numbers above 0, for example '
                         '--sweep batch 4 8 16.')
    return ALIASES.get(words[0], words[0]), values


def fitted_exponent(values: Sequence[float], costs: Sequence[float]) -> float | None:
    """The power of the value that the cost grows with: slope of the logarithms, by least squares.

    Args:
        values (Sequence[float]): Above 0.
        costs (Sequence[float]): Above 0, as many.

    Returns:
        float | None: 1 for a cost in proportion, below where a fixed cost weighs in; None for fewer than two different
        values.
    """
    if len(set(values)) < 2:
        return None
    return float(np.polyfit(np.log(values), np.log(costs), 1)[0])


def describe_growth(name: str, values: Sequence[float], results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The growth of everything that was measured.

    Args:
        name (str): What was varied.
        values (Sequence[float]): Its values.
        results (Sequence[Mapping]): Of :func:`~fdp_mmaction.engine.benchmark.measure.measure`, in the same order.

    Returns:
        dict: ``name``, ``values``, and ``exponents`` of the median ``seconds``, of ``flops`` and of ``memory``; None
        where one is not known or not above 0.
    """
    costs = dict(seconds=[result['seconds']['median'] for result in results],
                 flops=[result['flops'] for result in results], memory=[result['memory'] for result in results])
    return dict(name=name, values=list(values), exponents={
        key: fitted_exponent(values, numbers) if all(number and number > 0 for number in numbers) else None
        for key, numbers in costs.items()})


def draw_growth(growth: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw seconds over the varied number, both logarithmic, with the fitted power.

    Args:
        growth (Mapping): From :func:`describe_growth`.
        results (Sequence[Mapping]): The same results.

    Returns:
        Figure: Dots are medians, whiskers quartiles.
    """
    values = np.asarray(growth['values'], dtype=float)
    low, median, high = (np.array([result['seconds'][key] for result in results]) for key in ('low', 'median', 'high'))
    figure = Figure(figsize=(4.8, 3.4))
    axes = figure.add_subplot()
    axes.errorbar(values, median, yerr=[median - low, high - median], fmt='o', ms=4, capsize=3, color='#2f6f9f')
    exponent = growth['exponents']['seconds']
    if exponent is not None:
        level = np.exp(np.mean(np.log(median) - exponent * np.log(values)))
        axes.plot(values, level * values ** exponent, lw=1, color='#d1495b',
                  label=f'seconds ~ {growth["name"]}$^{{{exponent:.2f}}}$')
        axes.legend(frameon=False, fontsize=8)
    axes.set(xscale='log', yscale='log', xlabel=growth['name'], ylabel='seconds per step')
    axes.set_xticks(values, [f'{value:g}' for value in values])
    axes.minorticks_off()
    axes.spines[['top', 'right']].set_visible(False)
    figure.tight_layout()
    return figure
