"""Sequences as they were read: `Measured`; `of_arrays` makes them of arrays and lists."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honed.errors import InputError
from honed.run import memory
from honed.typed import shown

if TYPE_CHECKING:
    from jaxtyping import Float32, Int, Int32, Shaped, UInt64

FORM = "(rows, time, channels)"


@dataclass(frozen=True)
class Measured:
    """Sequences of unequal length in one array, padded behind; rows are taken as of an array.

    Attributes
    ----------
    values : NaN where nothing was measured; 0 from the end of a sequence on.
    lengths : the steps of each, at least 1.
    beside : what does not change with time, NaN where it is missing; may have width 0.
    """

    values: Float32[np.ndarray, "rows time channels"]
    lengths: Int32[np.ndarray, " rows"]
    beside: Float32[np.ndarray, "rows beside"]

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, rows: Any) -> Measured:
        return Measured(self.values[rows], self.lengths[rows], self.beside[rows])

    @property
    def time(self) -> int:
        """Steps of the array."""
        return self.values.shape[1]

    @property
    def channels(self) -> int:
        """Numbers of a step."""
        return self.values.shape[2]

    def is_within(self) -> Shaped[np.ndarray, "rows time"]:
        """Which steps a sequence has."""
        return np.arange(self.time) < self.lengths[:, None]

    def keys(self) -> UInt64[np.ndarray, " rows"]:
        """A number a sequence, the same for equal ones, whatever their padding."""
        rows = zip(self.values, self.lengths, self.beside, strict=True)
        digests = (
            hashlib.blake2b(values[:length].tobytes() + beside.tobytes(), digest_size=8).digest()
            for values, length, beside in rows
        )
        return np.frombuffer(b"".join(digests), np.uint64)

    def frozen(self) -> Measured:
        """The same, of which nobody can change the arrays."""
        found = Measured(*(np.array(part) for part in (self.values, self.lengths, self.beside)))
        for part in (found.values, found.lengths, found.beside):
            part.flags.writeable = False
        return found


def of_arrays(X: object, what: str = "X", lengths: object = None) -> Measured:
    """Sequences of an array (rows, time, channels), or of a list of arrays (time, channels) of any lengths.

    In a list a sequence may have one axis, which is one channel.

    Parameters
    ----------
    X : numbers or truths; NaN is a value that was not measured.
    lengths : (rows,) steps of each sequence of an array, what stands behind is not looked at; None is all of them.

    Raises
    ------
    InputError
        Another shape, a sequence without steps, or entries that are no numbers or not finite.
    """
    whole = _whole(X)
    if whole is None:
        assert isinstance(X, Sequence)
        return _of_list(X, what)
    if whole.ndim != 3:
        raise InputError(
            f"{what} has the shape {whole.shape}, but sequences are arrays {FORM}, or lists of arrays (time, channels)."
            + (" With one channel: X[:, :, None]." if whole.ndim == 2 else " Give such an array.")
        )
    if not whole.size:
        raise InputError(f"{what} has the shape {whole.shape}, so nothing is measured in it. Give sequences.")
    memory.check(8 * whole.size)
    values = _numbers(whole, what)
    ends = _lengths(lengths, values.shape[0], values.shape[1], what)
    values = values[:, : ends.max()]  # so that no choice goes by how much padding there is
    within = np.arange(values.shape[1]) < ends[:, None]
    values = values.copy() if np.shares_memory(values, whole) else values
    values[~within] = 0
    _check_finite(values, what)
    return Measured(values, ends, np.zeros((len(values), 0), np.float32))


def padded(
    parts: Sequence[Float32[np.ndarray, "time channels"]],
) -> Float32[np.ndarray, "rows time channels"]:
    """One array of sequences of unequal length."""
    time, channels = max(len(part) for part in parts), parts[0].shape[1]
    memory.check(8 * len(parts) * time * channels)
    values = np.zeros((len(parts), time, channels), np.float32)
    for row, part in enumerate(parts):
        values[row, : len(part)] = part
    return values


def lengthened(found: Measured, time: int) -> Measured:
    """The same in an array of so many steps, at least as many as it has."""
    if found.time == time:
        return found
    values = np.zeros((len(found), time, found.channels), np.float32)
    values[:, : found.time] = found.values
    return Measured(values, found.lengths, found.beside)


def joined(parts: Sequence[Measured]) -> Measured:
    """All of them, one after another."""
    time = max(part.time for part in parts)
    parts = [lengthened(part, time) for part in parts]
    return Measured(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([part.beside for part in parts]),
    )


def _whole(X: object) -> np.ndarray | None:
    """One array, or None for a list of arrays that make none."""
    if not isinstance(X, list | tuple):
        return np.asarray(X)
    try:
        found = np.asarray(X) if X else np.zeros(0)
    except ValueError:  # unequal lengths
        return None
    return found[..., None] if found.ndim == 2 else found  # lists of numbers, as where lengths differ


def _of_list(X: Sequence[object], what: str) -> Measured:
    parts: list[Any] = []
    for row, each in enumerate(X, 1):
        try:
            part: Any = np.asarray(each)
        except ValueError:
            part = np.zeros(0, object)
        if part.ndim == 1 and part.dtype != object and not (parts and parts[0].shape[1] != 1):
            part = part[:, None]
        if part.ndim != 2 or (parts and part.shape[1] != parts[0].shape[1]):
            wanted = f"(time, {parts[0].shape[1]})" if parts else "(time, channels)"
            turned = parts and part.ndim == 2 and len({part.shape[0], *(len(p) for p in parts)}) == 1
            raise InputError(
                f"Sequence {row:,} of {what} has the shape {part.shape}, but it must be {wanted}: one row a step, with "
                "the same channels in each sequence."
                + (" It looks as if channels came first: give [x.T for x in X]." if turned else "")
            )
        if not part.size:
            raise InputError(
                f"Sequence {row:,} of {what} has no step (its shape is {part.shape}), so there is nothing in it. Leave "
                "it out."
            )
        parts.append(_numbers(part, f"Sequence {row:,} of {what}"))
    values = padded(parts)
    _check_finite(values, what)
    return Measured(
        values, np.array([len(part) for part in parts], np.int32), np.zeros((len(parts), 0), np.float32)
    )


def _numbers(array: np.ndarray, what: str) -> Float32[np.ndarray, ...]:
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"{what} is an array of type {array.dtype}, but a network takes numbers. Give numbers, texts as codes "
            "or as one channel for each."
        )
    with np.errstate(over="ignore"):  # what becomes infinite is refused
        return array.astype(np.float32, copy=False)


def _check_finite(values: Float32[np.ndarray, "rows time channels"], what: str) -> None:
    is_wrong = np.isinf(values)
    if is_wrong.any():
        row, step, channel = (int(place) + 1 for place in np.argwhere(is_wrong)[0])
        raise InputError(
            f"{what} holds a number that is infinite, or too large for 32 bits: in sequence {row:,}, step {step:,}, "
            f"channel {channel:,}. Correct it, or put NaN for what was not measured."
        )


def _lengths(given: object, rows: int, time: int, what: str) -> Int32[np.ndarray, " rows"]:
    if given is None:
        return np.full(rows, time, np.int32)
    found: Int[np.ndarray, ...] = np.asarray(given)
    if found.shape != (rows,) or found.dtype.kind not in "iu":
        raise InputError(
            f"The lengths of {what} are of type {found.dtype} and shape {found.shape}, but each of {rows:,} sequences "
            "needs one whole number."
        )
    wrong = np.flatnonzero((found < 1) | (found > time))
    if len(wrong):
        raise InputError(
            f"The length of sequence {int(wrong[0]) + 1:,} of {what} is {shown(int(found[wrong[0]]))}, but it must be "
            f"from 1 to {time:,}, the steps of the array. Correct it, or leave the sequence out."
        )
    return found.astype(np.int32)
