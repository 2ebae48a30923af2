"""True and constructed dynamic images side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure


def draw_dynamic_images(examples: Sequence[dict], title: str = '') -> Figure:
    """Draw one column per ME: true image, constructed image, absolute difference.

    Args:
        examples (Sequence[dict]): With ``target`` and ``predicted`` ``(H, W)`` in [0, 1], ``sample_id``,
            ``psnr``, ``ssim`` and optionally ``emotion``.
        title (str): Heading. Defaults to empty.

    Returns:
        Figure: Three rows; the difference is shown on a scale of 0 to 0.25.
    """
    rows = (('true', dict(cmap='gray', vmin=0, vmax=1)), ('constructed', dict(cmap='gray', vmin=0, vmax=1)),
            ('|difference|', dict(cmap='magma', vmin=0, vmax=0.25)))
    figure = Figure(figsize=(1.7 * len(examples) + 0.6, 5.6), layout='constrained')
    grid = figure.subplots(len(rows), len(examples), squeeze=False)
    for column, example in enumerate(examples):
        images = (example['target'], example['predicted'], np.abs(example['target'] - example['predicted']))
        for row, (image, (name, style)) in enumerate(zip(images, rows)):
            axes = grid[row, column]
            axes.imshow(image, **style)
            axes.set_xticks([])
            axes.set_yticks([])
            if column == 0:
                axes.set_ylabel(name)
        clip = '/'.join(example['sample_id'].split('/')[-2:])
        grid[0, column].set_title(f'{clip}\n{example.get("emotion", "")}', fontsize=8)
        grid[-1, column].set_xlabel(f'{example["psnr"]:.1f} dB, SSIM {example["ssim"]:.2f}', fontsize=8)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure
