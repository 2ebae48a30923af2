import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models.released_fdp import FDP
from fdp_mmaction.models.released_keys import KeyMismatchError, ReleasedEntry, ReleasedNetwork, norm, weights
from fdp_mmaction.models.released_mol import MOL


def table(num_classes):
    return [ReleasedEntry('line', 'kernel', (3, 1, 2, 1), (3, 2)), *norm('bn', 'norm', 4),
            *weights('last', 'fc', num_classes, 4)]


TOY = ReleasedNetwork('TOY', 'configs/toy.py', ('last.weight', 'fc.weight'), table)


def released(num_classes=3):
    return {entry.released: torch.rand(entry.shape) for entry in table(num_classes)}


def test_names_and_axes_change_and_values_do_not():
    state = released()
    own = TOY.convert(state)
    assert list(own) == ['line', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var', 'bn.num_batches_tracked',
                         'last.weight', 'last.bias']
    assert own['line'].shape == (3, 2) and torch.equal(own['line'], state['kernel'][:, 0, :, 0])
    back = TOY.convert(own, to_released=True)
    assert list(back) == list(state) and all(torch.equal(back[key], state[key]) for key in state)


def test_classes_are_read_from_either_side():
    state = released(num_classes=7)
    assert TOY.num_classes(state, released=True) == TOY.num_classes(TOY.convert(state), released=False) == 7
    assert TOY.num_classes({}, released=True) == 5


def test_shapes_are_checked_on_the_side_they_come_from():
    state = dict(released(), kernel=torch.rand(3, 2))
    with pytest.raises(KeyMismatchError, match="authors' released TOY .1 wrong shape"):
        TOY.convert(state)
    own = dict(TOY.convert(released()), line=torch.rand(3, 1, 2, 1))
    with pytest.raises(KeyMismatchError, match='our model of configs/toy.py .1 wrong shape'):
        TOY.convert(own, to_released=True)


@pytest.mark.parametrize('network, other', [(FDP, MOL), (MOL, FDP)])
def test_networks_are_told_apart_by_their_names(network, other):
    for released in (True, False):
        names = [entry.released if released else entry.own for entry in network.entries(5)]
        state = dict.fromkeys(names, torch.zeros(()))
        assert network.matching(state, released) == len(names) and other.matching(state, released) < len(names) / 10
