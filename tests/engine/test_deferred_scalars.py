from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
from far_device import AWAY, UNREADABLE
from mmengine.logging import HistoryBuffer, MessageHub

from fdp_mmaction.engine import deferred_scalars
from fdp_mmaction.engine.deferred_scalars import DeferredHistoryBuffer, DeferredScalars, can_wait


@pytest.fixture
def hub() -> MessageHub:
    return MessageHub('deferred')


def unread(value: float) -> torch.Tensor:
    return torch.tensor(value, device=AWAY)


def test_only_float_scalars_wait() -> None:
    assert can_wait(torch.tensor(1.0)) and can_wait(torch.tensor([[1.0]], dtype=torch.bfloat16))
    others = (1.0, np.float32(1), torch.tensor(1), torch.ones(2), torch.tensor(1.0, dtype=torch.float64), None)
    assert not any(map(can_wait, others))


def test_the_log_is_the_same(hub: MessageHub) -> None:
    scalars, plain = DeferredScalars(hub), MessageHub('plain')
    hub.update_scalar('train/loss', 0.25)      # as a resumed run has it
    plain.update_scalar('train/loss', 0.25)
    for step in range(5):
        values = {'train/loss': torch.tensor(step / 3), 'train/acc': torch.tensor([step], dtype=torch.float16)}
        if step % 2:
            values['train/norm'] = torch.tensor(step * 1e30, dtype=torch.bfloat16)
        scalars.add(values)
        for name, value in values.items():
            plain.update_scalar(name, value)
        if step == 2:
            hub.update_scalar('train/loss', 7.0)
            plain.update_scalar('train/loss', 7.0)
    assert hub.log_scalars.keys() == plain.log_scalars.keys() and hub._resumed_keys == plain._resumed_keys
    for name, history in plain.log_scalars.items():
        found = hub.get_scalar(name)
        for ours, theirs in zip(found.data, history.data):
            np.testing.assert_array_equal(ours, theirs)
        for statistic in ('mean', 'min', 'max'):
            assert getattr(found, statistic)(2) == getattr(history, statistic)(2)
        assert found.current() == history.current() == found.statistics('current')


def test_nothing_is_read_before_somebody_looks(hub: MessageHub) -> None:
    scalars = DeferredScalars(hub)
    scalars.add({'train/loss': unread(1.0)})
    scalars.add({'train/loss': unread(2.0)})
    hub.update_scalar('train/time', 0.5)
    assert hub.get_scalar('train/time').current() == 0.5
    for look in (lambda found: found.current(), lambda found: found.mean(20), lambda found: found.data, copy.deepcopy):
        again = DeferredScalars(hub)
        again.add({'train/new': unread(1.0)})
        with pytest.raises(UNREADABLE, match='meta tensor'):
            look(hub.get_scalar('train/new'))


def test_values_are_those_of_their_step(hub: MessageHub) -> None:
    scalars, loss = DeferredScalars(hub), torch.tensor(1.0)
    scalars.add({'train/loss': loss})
    loss.fill_(2.0)
    scalars.add({'train/loss': loss})
    assert hub.get_scalar('train/loss').data[0].tolist() == [1.0, 2.0]


def test_copies_are_plain(hub: MessageHub) -> None:
    scalars = DeferredScalars(hub)
    scalars.add({'train/loss': torch.tensor(1.5)})
    assert type(hub.get_scalar('train/loss')) is DeferredHistoryBuffer
    saved = hub.state_dict()['log_scalars']['train/loss']
    pickled = pickle.loads(pickle.dumps(hub.get_scalar('train/loss')))
    for copied in (saved, pickled):
        assert type(copied) is HistoryBuffer and copied.data[0].tolist() == [1.5] and copied.data[1].tolist() == [1]


def test_what_nobody_reads_does_not_pile_up(hub: MessageHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred_scalars, 'LIMIT', 3)
    scalars = DeferredScalars(hub)
    for step in range(8):
        scalars.add({'train/loss': torch.tensor(float(step))})
        assert sum(map(len, scalars._waiting.values())) < 3
    assert hub.get_scalar('train/loss').data[0].tolist() == [float(step) for step in range(8)]


def test_old_values_leave_a_full_history(hub: MessageHub) -> None:
    hub.log_scalars['train/loss'] = HistoryBuffer([0.0, 1.0], [1, 1], max_length=3)
    scalars = DeferredScalars(hub)
    for value in (2.0, 3.0):
        scalars.add({'train/loss': torch.tensor(value)})
    assert [part.tolist() for part in hub.get_scalar('train/loss').data] == [[1.0, 2.0, 3.0], [1, 1, 1]]
