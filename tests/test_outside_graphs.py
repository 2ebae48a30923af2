from __future__ import annotations

import subprocess
import sys

import torch
from torch import Tensor

from fdp_mmaction.outside_graphs import outside_graphs

SEEN: list[bool] = []


def inner(x: Tensor) -> Tensor:
    SEEN.append(torch.compiler.is_compiling())
    return x + 1


@outside_graphs
def left_alone(x: Tensor, more: int = 0) -> Tensor:
    """Text."""
    return inner(x) + more


def test_the_compiler_does_not_come_in() -> None:
    graphs = []

    def backend(graph, inputs):
        graphs.append([node.target for node in graph.graph.nodes if node.op.startswith('call')])
        return graph.forward

    def step(x: Tensor) -> Tensor:
        return left_alone(x * 2, more=3).exp()

    torch._dynamo.reset()
    x = torch.ones(2)
    for _ in range(3):
        torch.testing.assert_close(torch.compile(step, backend=backend)(x), (x * 2 + 4).exp())
    assert SEEN and not any(SEEN)
    assert sum(map(len, graphs)) == 2      # the product and the exponential


def test_it_is_the_function() -> None:
    assert left_alone.__name__ == 'left_alone' and left_alone.__doc__ == 'Text.'
    assert torch.equal(left_alone(torch.zeros(1), 1), torch.full((1,), 2.0))


def test_nothing_is_imported() -> None:
    code = ('import sys; from fdp_mmaction.outside_graphs import outside_graphs\n'
            'assert outside_graphs(len)([1]) == 1 and "torch" not in sys.modules')
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0
