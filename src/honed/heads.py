"""What a network is asked: its targets, each a `Head`, and answers to all of them side by side.

A network gives the outputs of all its heads in one array, in the order of the heads. Most have one. The first is the
main one: rows are shared out by it. What is said of rows by several heads lies side by side too, probabilities of
classes or one value a head, and so does the truth, a column a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Real, Shaped


@dataclass(frozen=True)
class Head:
    """One target of a network, and how its part of the outputs is learned.

    Attributes
    ----------
    name : of the target.
    classes : how many it has; 0 for numbers, each target on a scale of its own.
    loss : "auto" is the one of the training's settings where it fits the target, else the usual one.
    weight : factor on its loss in the sum of several.
    """

    name: str
    classes: int = 0
    loss: str = "auto"
    weight: float = 1.0

    @property
    def width(self) -> int:
        """Columns of its answer: probabilities, or one value."""
        return self.classes or 1


def beside(answers: Sequence[Shaped[np.ndarray, "rows ..."]]) -> Shaped[np.ndarray, "rows ..."]:
    """Answers or truths (rows,) or (rows, columns) side by side; one alone stays as it is."""
    if len(answers) == 1:
        return answers[0]
    return np.concatenate([answer.reshape(len(answer), -1) for answer in answers], axis=1)


def apart(told: Real[np.ndarray, "rows ..."], heads: Sequence[Head]) -> list[Real[np.ndarray, "rows ..."]]:
    """The answer of each head, probabilities (rows, classes) or values (rows,), of what `beside` put together."""
    if len(heads) == 1:
        return [told]
    parts = np.split(told, np.cumsum([head.width for head in heads])[:-1], axis=1)
    return [part if head.classes else part[:, 0] for part, head in zip(parts, heads, strict=True)]


def columns(
    of_heads: Shaped[np.ndarray, "... heads"], heads: Sequence[Head]
) -> Shaped[np.ndarray, "... columns"]:
    """Values by head (…, heads), each repeated for all columns of its head's answer: (…, columns)."""
    return np.repeat(of_heads, [head.width for head in heads], axis=-1)


def truths(truth: Real[np.ndarray, "rows ..."], heads: Sequence[Head]) -> list[Real[np.ndarray, " rows"]]:
    """The truth of each head, codes of classes or values (rows,), of what `beside` put together."""
    if len(heads) == 1:
        return [truth]
    return [
        column.astype(np.int32) if head.classes else column
        for column, head in zip(truth.T, heads, strict=True)
    ]


class Part(NamedTuple):
    """How a network learns a head: its loss by name, and how many of the outputs are its own."""

    loss: str
    outputs: int
