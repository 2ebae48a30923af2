"""What logged curves are called in figures."""

from __future__ import annotations

_KNOWN = {'loss': 'total loss', 'loss_cls': 'class loss', 'loss_rank': 'ranking loss'}
_PARTS = {'flow': 'optical flow'}


def loss_words(name: str) -> str:
    """A logged loss in words.

    Args:
        name (str): Such as ``'loss_cls'`` or ``'dynamic_image.loss_mse'``: the head, and how it measures.

    Returns:
        str: Such as ``'class loss'`` or ``'dynamic image loss (MSE)'``; a name of another form is left as it is, with
        spaces for underscores.
    """
    if name in _KNOWN:
        return _KNOWN[name]
    part, dot, loss = name.rpartition('.')
    kind = loss[len('loss_'):] if loss.startswith('loss_') else ''
    if not kind:
        return name.replace('_', ' ')
    if not dot:
        return f'{kind.replace("_", " ")} loss'
    return f'{_PARTS.get(part, part.replace("_", " "))} loss ({kind.replace("_", " ").upper()})'
