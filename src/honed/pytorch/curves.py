"""Curves of a training of unknown length: losses by windows of steps, which grow as there are more: `Curves`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_FIRST, _MOST = 4, 80  # steps of a window at first; windows, beyond which two become one
_WAITING = 256  # losses that stay where they are, before they are read


class Curves:
    """Losses and rates of steps, and validation losses, read from the device some at a time."""

    def __init__(self) -> None:
        self.step = 0
        self._waiting: list[Tensor | float] = []
        self._rates: list[float] = []
        self._train: list[float] = []
        self._rate: list[float] = []
        self._ends: list[int] = []
        self._window = _FIRST
        self._valid: list[tuple[int, Tensor | float]] = []

    def add(self, loss: Tensor | float, rate: float) -> None:
        """The loss of one step."""
        self.step += 1
        self._waiting.append(loss.detach() if isinstance(loss, Tensor) else float(loss))
        self._rates.append(rate)
        if len(self._waiting) >= max(_WAITING, self._window):
            self._read(whole=False)

    def validate(self, loss: Tensor | float) -> None:
        """The loss of validation rows after the last step."""
        self._valid.append((self.step, loss.detach() if isinstance(loss, Tensor) else loss))

    def arrays(
        self,
    ) -> tuple[
        Int[np.ndarray, " entries"],
        Float[np.ndarray, " entries"],
        Float[np.ndarray, " entries"],
        Float[np.ndarray, " entries"],
    ]:
        """Steps at the ends of entries, training losses, rates, and validation losses, NaN where there was none."""
        self._read(whole=True)
        ends = np.array(self._ends)
        valid = np.full(len(ends), math.nan)
        for step, loss in self._valid:
            if step and len(ends):
                valid[min(int(np.searchsorted(ends, step)), len(ends) - 1)] = float(loss)
        return ends, np.array(self._train), np.array(self._rate), valid

    def _read(self, *, whole: bool) -> None:
        """Bring waiting losses into entries; those of a window that is not full wait on, unless all are asked for."""
        count = len(self._waiting) if whole else len(self._waiting) // self._window * self._window
        if not count:
            return
        values = _values(self._waiting[:count])
        first, even = self.step - len(self._waiting), count // self._window * self._window
        self._train += values[:even].reshape(-1, self._window).mean(axis=1).tolist()
        self._rate += [max(self._rates[at : at + self._window]) for at in range(0, even, self._window)]
        self._ends += range(first + self._window, first + even + 1, self._window)
        if even < count:
            self._train.append(float(values[even:].mean()))
            self._rate.append(max(self._rates[even:count]))
            self._ends.append(first + count)
        del self._waiting[:count], self._rates[:count]
        while len(self._train) > _MOST:
            self._merge()

    def _merge(self) -> None:
        self._window *= 2
        even = len(self._train) // 2 * 2
        rest = self._train[even:], self._rate[even:], self._ends[even:]
        self._train = [*np.mean(np.reshape(self._train[:even], (-1, 2)), axis=1).tolist(), *rest[0]]
        self._rate = [*np.max(np.reshape(self._rate[:even], (-1, 2)), axis=1).tolist(), *rest[1]]
        self._ends = [*self._ends[1:even:2], *rest[2]]


def _values(losses: list[Tensor | float]) -> Float[np.ndarray, " losses"]:
    """Single numbers, read from their device at once where they are of one kind."""
    arrays = [torch.as_tensor(one) for one in losses]
    if len({(one.dtype, one.device, one.shape) for one in arrays}) > 1:
        arrays = [one.cpu().float().reshape(()) for one in arrays]
    return torch.stack(arrays).cpu().double().reshape(-1).numpy()
