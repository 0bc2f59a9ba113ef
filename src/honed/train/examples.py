"""Encoded rows with their targets on the device: `Examples`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import numpy as np

from honed.device import CPU, Device
from honed.family import Inputs, Networks, Rows
from honed.heads import Head
from honed.train import programs

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Real, Shaped


@dataclass(frozen=True)
class Examples:
    """All rows, encoded and on the device; which of them are used is said to `fit`.

    Shapes: rows, a tree of arrays (rows, ...), of each head its targets (rows,), weights (rows,). `inputs` is what
    `networks` know of them beforehand; `bounds` are of windows of rows that do not fit into memory, see
    `honed.train.parts.Stream`; `device` is where they lie and so where all that is trained on them is.
    """

    networks: Networks
    inputs: Inputs
    heads: tuple[Head, ...]
    rows: Rows
    targets: tuple[Real[jax.Array, " rows"], ...]
    weights: Float[jax.Array, " rows"]
    count: int
    bounds: Int[np.ndarray, " bounds"] | None = None
    device: Device = CPU

    @classmethod
    def of(
        cls,
        networks: Networks,
        inputs: Inputs,
        rows: Rows,
        targets: Real[np.ndarray, " count"],
        *,
        outputs: int,
        weights: Real[np.ndarray, " count"] | None = None,
        pad: bool = False,
        precision: str | None = None,
        device: Device = CPU,
    ) -> Examples:
        """Put encoded rows on the device with the targets of one head; see `of_heads`.

        Parameters
        ----------
        targets : int32 class numbers (outputs classes), or standardised values (outputs 1).
        """
        head = Head("y", outputs if np.issubdtype(targets.dtype, np.integer) else 0)
        return cls.of_heads(
            networks,
            inputs,
            rows,
            [targets],
            heads=[head],
            weights=weights,
            pad=pad,
            precision=precision,
            device=device,
        )

    @classmethod
    def of_heads(
        cls,
        networks: Networks,
        inputs: Inputs,
        rows: Rows,
        targets: Sequence[Real[np.ndarray, " count"]],
        *,
        heads: Sequence[Head],
        weights: Real[np.ndarray, " count"] | None = None,
        pad: bool = False,
        precision: str | None = None,
        bounds: Int[np.ndarray, " bounds"] | None = None,
        device: Device = CPU,
    ) -> Examples:
        """Put encoded rows on the device with the targets of each head.

        Parameters
        ----------
        targets : of each head its class numbers int32 (rows,), or standardised values (rows,).
        weights : one factor for each row's loss; default 1.
        pad : pad the rows to one of a few sizes, so that small fits share programs.
        precision : "float32" or "float64", which all of the training then has; None is that of the first head's
            values, float32 where it has classes. float64 needs `jax.enable_x64`.
        bounds : row numbers between which windows lie, of rows that do not fit into memory.
        device : where networks are trained on them.
        """
        count = len(targets[0])
        size = padded(count) if pad else count
        real = np.dtype(precision or (np.float32 if heads[0].classes else targets[0].dtype))

        def own(part: np.ndarray) -> np.ndarray:
            """Padded, and numbers in the training's precision."""
            is_number = np.issubdtype(part.dtype, np.floating)
            return fill(part.astype(real, copy=False) if is_number else part, size)

        weights = np.ones(count, real) if weights is None else weights.astype(real)
        own_arrays = (jax.tree.map(own, rows), tuple(map(own, targets)), own(weights))
        with programs.own_rules(real, device):
            on_device, of_targets, of_weights = programs.put(own_arrays, device)
        return cls(networks, inputs, tuple(heads), on_device, of_targets, of_weights, count, bounds, device)

    @property
    def real(self) -> np.dtype:
        """The precision of the training: float32 or float64."""
        return self.weights.dtype

    @property
    def place(self) -> programs.Place:
        """What JAX calls the device."""
        return programs.place_of(self.weights)

    def take(self, chosen: Int[np.ndarray, " chosen"]) -> Rows:
        """The rows of those numbers, as arrays of NumPy."""
        return jax.tree.map(lambda part: np.asarray(part)[chosen], self.rows)


def fill(values: Shaped[np.ndarray, "rows ..."], size: int) -> Shaped[np.ndarray, "{size} ..."]:
    """The values (rows, ...) with zeros after them, so many that there are `size` rows."""
    if len(values) == size:
        return np.ascontiguousarray(values)
    filled = np.zeros((size, *values.shape[1:]), values.dtype)
    filled[: len(values)] = values
    return filled


def padded(rows: int) -> int:
    """The next of a short list of sizes: powers of two and the halves between them, from 32 on."""
    size = 32
    while size < rows:
        size = size * 3 // 2 if size & (size - 1) == 0 else size * 4 // 3
    return size
