"""Logged scalars that stay on their device until somebody reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from torch import Tensor

LIMIT = 1000
"""Steps that wait at most, so that nobody's reading does not fill the memory."""


def can_wait(value: Any) -> bool:
    """Whether a value is a scalar that float32 holds exactly, on whatever device."""
    return type(value) is Tensor and value.numel() == 1 and value.dtype in (torch.float32, torch.float16,
                                                                            torch.bfloat16)


class DeferredHistoryBuffer(HistoryBuffer):
    """A log history, some values of which are on their way; whoever reads it makes them arrive first.

    Copied or pickled it is MMEngine's own buffer, so a checkpoint holds nothing of this package.

    Args:
        settle (Callable): Called before every read; hands over what was waiting by :meth:`extend`.
        history (HistoryBuffer, optional): What was logged before. Defaults to None: nothing.
    """

    def __init__(self, settle: Callable[[], None], history: HistoryBuffer | None = None) -> None:
        self._settle = settle
        super().__init__(*((*history.data, history.max_length) if history is not None else ()))

    @property
    def _log_history(self) -> np.ndarray:
        self._settle()
        return self._values

    @_log_history.setter
    def _log_history(self, values: np.ndarray) -> None:
        self._values = values

    @property
    def _count_history(self) -> np.ndarray:
        self._settle()
        return self._counts

    @_count_history.setter
    def _count_history(self, counts: np.ndarray) -> None:
        self._counts = counts

    def extend(self, values: list[float]) -> None:
        """Add values that have arrived, oldest first."""
        self._values = np.append(self._values, values)[-self.max_length:]
        self._counts = np.append(self._counts, np.ones(len(values), dtype=int))[-self.max_length:]

    def __reduce__(self) -> tuple:
        return HistoryBuffer, (*self.data, self.max_length)


class DeferredScalars:
    """Scalars for a message hub's log, read from their device all at once, and only when somebody looks at the log.

    ``MessageHub.update_scalar`` turns a tensor into a number at once, and the host waits until the GPU has got there.
    Here a step's scalars are put into one small vector on the device. Values and order of the log are the same.

    Args:
        hub (MessageHub): Whose ``log_scalars`` the values end up in.

    Examples:
        >>> scalars = DeferredScalars(runner.message_hub)
        >>> scalars.add({'train/loss': loss})                           # no number yet
        >>> runner.message_hub.get_scalar('train/loss').mean(20)        # now all of them
    """

    def __init__(self, hub: MessageHub) -> None:
        self._hub = hub
        self._waiting: dict[torch.device, list[tuple[tuple[str, ...], Tensor]]] = {}

    def add(self, values: Mapping[str, Tensor]) -> None:
        """Log scalars of one step.

        Args:
            values (Mapping[str, Tensor]): Name to scalar, each as :func:`can_wait` wants it. They are copied, so they
                may change afterwards.
        """
        groups: dict[torch.device, dict[str, Tensor]] = {}
        for name, value in values.items():
            self._prepare(name)
            groups.setdefault(value.device, {})[name] = value.detach().reshape(()).float()
        for device, group in groups.items():
            rows = self._waiting.setdefault(device, [])
            rows.append((tuple(group), torch.stack(list(group.values()))))
            if len(rows) >= LIMIT:
                self.settle()

    def settle(self) -> None:
        """Read everything that waits; on a GPU the host waits for it, once."""
        waiting, self._waiting = self._waiting, {}
        for rows in waiting.values():
            numbers = iter(torch.cat([vector for _, vector in rows]).tolist())
            arrived: dict[str, list[float]] = {}
            for names, _ in rows:
                for name in names:
                    arrived.setdefault(name, []).append(next(numbers))
            for name, values in arrived.items():
                self._hub.log_scalars[name].extend(values)

    def _prepare(self, name: str) -> None:
        found = self._hub.log_scalars.get(name)
        if not isinstance(found, DeferredHistoryBuffer) or found._settle != self.settle:
            self._hub._set_resumed_keys(name, True)
            self._hub.log_scalars[name] = DeferredHistoryBuffer(self.settle, found)
