"""High-dimensional representations laid out in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fdp_mmaction.errors import DatasetError

METHODS = ('pca', 't-sne')
FEW = 100
"""MEs below which PCA is the default: t-SNE makes clusters of anything then."""
_PERPLEXITY, _REDUCED = 30, 50


@dataclass(frozen=True)
class Embedding:
    """Places in the plane.

    Attributes:
        points (np.ndarray): ``(n, 2)``.
        axes (tuple[str, str]): What the axes are.
        method (str): In words.
    """

    points: np.ndarray
    axes: tuple[str, str]
    method: str


def embed(features: np.ndarray, method: str | None = None, perplexity: float | None = None, seed: int = 0) -> Embedding:
    """Lay representations out in the plane, by scikit-learn.

    Args:
        features (np.ndarray): ``(n, d)``, n >= 3.
        method (str, optional): ``'pca'``: the two directions of largest variance; ``'t-sne'``: neighbours stay
            neighbours (van der Maaten and Hinton, JMLR 2008), distances between clusters mean little. Defaults to None:
            PCA for fewer than 100 MEs, else t-SNE.
        perplexity (float, optional): About how many neighbours of t-SNE, below n. Defaults to None: 30, or a third of
            n.
        seed (int): Of t-SNE. Defaults to 0.

    Returns:
        Embedding: The places. Representations are centred, and for t-SNE brought to 50 dimensions by PCA first.

    Raises:
        ImportError: If scikit-learn is missing; the message says how to install it.
        DatasetError: If there are fewer than 3, or the perplexity is too large.
        ValueError: If the method is unknown.
    """
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
    except ImportError:
        raise ImportError('Laying representations out needs scikit-learn: pip install fdp-mmaction[explain], or '
                          'pip install scikit-learn.') from None
    count = len(features)
    method = method or ('pca' if count < FEW else 't-sne')
    if method not in METHODS:
        raise ValueError(f'Representations are laid out by {" or ".join(METHODS)}; got {method!r}.')
    if count < 3:
        raise DatasetError(f'{count} ME{"" if count == 1 else "s"} cannot be laid out in a plane: take more subjects.')
    reduced = PCA(min(_REDUCED if method == 't-sne' else 2, count - 1, features.shape[1]), random_state=seed)
    points = reduced.fit_transform(features)
    if method == 'pca':
        shares = np.nan_to_num(reduced.explained_variance_ratio_)
        first, second = (f'component {k + 1} ({100 * share:.0f} % of the variance)' for k, share in enumerate(shares))
        return Embedding(points, (first, second), 'PCA')
    perplexity = perplexity or min(_PERPLEXITY, max(count / 3, 1))
    if perplexity >= count:
        raise DatasetError(f'A perplexity of {perplexity:g} asks for more neighbours than {count} MEs have: take one '
                           f'below {count}.')
    spread = points[:, 0].std() or 1.0
    flow = TSNE(2, perplexity=perplexity, init=points[:, :2] / spread * 1e-4, random_state=seed)
    return Embedding(flow.fit_transform(points), ('', ''), f't-SNE (perplexity {perplexity:g})')
