"""What each output of a convolution sees of its input: `Window`, and all of it side by side, `patches`.

For NumPy and JAX, on one axis of places (sequences) or two (pictures).
"""

from __future__ import annotations

import itertools
from types import ModuleType
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from honed.family import Array

if TYPE_CHECKING:
    from jaxtyping import Num

Padding = Literal["same", "valid"]


class Window(NamedTuple):
    """Where a convolution looks, by axis of places.

    Attributes
    ----------
    kernel : places that it sees. stride : from one output to the next. dilation : from one place that it sees to the
        next.
    padding : zeros before and after the input.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]

    @classmethod
    def of(
        cls,
        places: tuple[int, ...],
        kernel: tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        dilation: int | tuple[int, ...] = 1,
        padding: Padding = "same",
    ) -> Window:
        """The window on an input of so many places.

        Parameters
        ----------
        padding : "same" gives one output for each `stride` places; "valid" sees no zeros beyond the input.
        """
        stride, dilation = _each(stride, len(kernel)), _each(dilation, len(kernel))
        sides = []
        for n, k, s, d in zip(places, kernel, stride, dilation, strict=True):
            wanted = (-(-n // s) - 1) * s + (k - 1) * d + 1
            lacking = max(0, wanted - n) if padding == "same" else 0
            sides.append((lacking // 2, lacking - lacking // 2))
        return cls(tuple(kernel), stride, dilation, tuple(sides))

    @property
    def reach(self) -> tuple[int, ...]:
        """From the first place that is seen to the last, both included."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def outputs(self, places: tuple[int, ...]) -> tuple[int, ...]:
        """How many outputs there are along each axis."""
        padded = (n + sum(sides) for n, sides in zip(places, self.padding, strict=True))
        return tuple((n - r) // s + 1 for n, r, s in zip(padded, self.reach, self.stride, strict=True))

    def parts(self, places: tuple[int, ...]) -> list[tuple[slice, ...]]:
        """By place of the kernel, in the order of weights: where in the padded input it is for all outputs."""
        outputs = self.outputs(places)
        found = []
        for place in itertools.product(*map(range, self.kernel)):
            axes = zip(place, outputs, self.stride, self.dilation, strict=True)
            found.append(tuple(slice(p * d, p * d + (n - 1) * s + 1, s) for p, n, s, d in axes))
        return found

    def on(self, axes: slice) -> Window:
        """The window on some of the axes."""
        return Window(self.kernel[axes], self.stride[axes], self.dilation[axes], self.padding[axes])

    @property
    def turned(self) -> Window:
        """The window by which a gradient comes back to the input, where the stride is 1: with the kernel turned."""
        sides = zip(self.reach, self.padding, strict=True)
        padding = tuple((reach - 1 - before, reach - 1 - after) for reach, (before, after) in sides)
        return self._replace(padding=padding)


def patches(values: Num[Array, "rows *places channels"], window: Window, xp: ModuleType = np) -> Array:
    """What each output sees (rows, *outputs, kernel places × channels)."""
    return xp.concatenate(list(shifted(values, window, xp)), axis=-1)


def shifted(values: Num[Array, "rows *places channels"], window: Window, xp: ModuleType = np) -> list[Array]:
    """The same by place of the kernel: of each what it sees in all outputs (rows, *outputs, channels)."""
    parts = window.parts(values.shape[1:-1])
    values = padded(values, window, xp)
    return [values[(slice(None), *part)] for part in parts]


def padded(values: Num[Array, "rows *places channels"], window: Window, xp: ModuleType = np) -> Array:
    """The values with zeros around them."""
    return xp.pad(values, ((0, 0), *window.padding, (0, 0))) if any(map(any, window.padding)) else values


def _each(value: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)
