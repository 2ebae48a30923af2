"""Several results side by side, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure


def draw_comparison(results: Mapping[str, Mapping], label: str = 'UF1', chance: float | None = None) -> Figure:
    """Draw one bar per result.

    Args:
        results (Mapping): Name -> ``mean``, ``low``, ``high`` and ``runs`` (values of single seeds), in [0, 1].
        label (str): Of the axis. Defaults to ``'UF1'``.
        chance (float, optional): Draw a line there. Defaults to None.

    Returns:
        Figure: Bars are means, whiskers the intervals, dots single seeds; the first is the reference line.
    """
    figure = Figure(figsize=(6.4, 0.8 + 0.36 * len(results)))
    axes = figure.add_subplot()
    names = list(results)
    for row, result in enumerate(results.values()):
        mean = result['mean']
        axes.barh(row, mean, 0.62, color='#2f6f9f' if row == 0 else '#a9bccb')
        axes.errorbar(mean, row, xerr=[[max(mean - result['low'], 0)], [max(result['high'] - mean, 0)]], color='black',
                      lw=1, capsize=3)
        axes.plot(result['runs'], [row] * len(result['runs']), 'o', ms=3, color='#d1495b')
        axes.text(1.02, row, f'{mean:.2f}', va='center', fontsize=8, transform=axes.get_yaxis_transform())
    axes.axvline(results[names[0]]['mean'], color='#2f6f9f', lw=0.8, ls='--')
    if chance is not None:
        axes.axvline(chance, color='black', lw=0.8, ls=':')
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel=f'{label}, mean over seeds; whiskers: 95 % over subjects; dots: seeds')
    axes.xaxis.label.set_size(8)
    axes.spines[['top', 'right']].set_visible(False)
    figure.tight_layout()
    return figure
