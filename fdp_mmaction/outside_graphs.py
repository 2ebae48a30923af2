"""Functions that ``torch.compile`` must leave alone."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any


def outside_graphs(function: Callable) -> Callable:
    """Keep ``torch.compile`` out of a function, and of all that it calls.

    ``torch.compiler.disable`` does that too, but imports the compiler, which takes a second that nobody needs who does
    not compile.

    Args:
        function (Callable): Works on other things than tensors, such as data samples.

    Returns:
        Callable: The same to everybody else.
    """
    kept_out: list[Callable] = []

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        compiler = sys.modules.get('torch._dynamo')
        if compiler is None or not hasattr(compiler, 'disable'):
            return function(*args, **kwargs)
        if not kept_out:
            kept_out.append(compiler.disable(function))
        return kept_out[0](*args, **kwargs)

    call._torchdynamo_disable = True
    return call
