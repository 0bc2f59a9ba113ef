"""What networks say of rows: columns are read, encoded, given to each network, and the outputs averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from honed.families.exports.parts.arithmetic import sharpened, softmax
from honed.families.exports.parts.encoding import Encoder
from honed.families.exports.parts.names import Answers, Arrays, Beside, Cell, Network, Row, Table


class Reader(Protocol):
    """How the cells of a column are read."""

    def read(self, cells: Sequence[Cell], name: str, beside: Beside) -> np.ndarray:
        """The cells as an array; the columns beside it may say how they are meant."""
        ...


@dataclass(frozen=True)
class Classes:
    """Outputs are logits of classes; `are_shares` says that they were trained to be shares by squared error."""

    are_shares: bool = False

    def of(self, outputs: np.ndarray) -> np.ndarray:
        """Probabilities (rows, classes)."""
        if not self.are_shares:
            return softmax(outputs)
        kept = np.maximum(np.asarray(outputs, np.float64), 1e-6)
        return kept / kept.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Values:
    """Outputs are standardised values, which end at `low` and `high`.

    Attributes
    ----------
    mean, scale : of the target in training, or of the logarithm of the target plus `offset` where there is one.
    middle : which outputs, in what proportion, are the answer.
    is_rate : whether what was learned is the target as a part of its mean, and outputs are logarithms of that.
    """

    mean: float
    scale: float
    low: float
    high: float
    offset: float | None = None
    middle: tuple[tuple[int, float], ...] = ((0, 1.0),)
    is_rate: bool = False

    def of(self, outputs: np.ndarray) -> np.ndarray:
        """Values (rows,)."""
        return np.sum([part * self.units(outputs[:, place]) for place, part in self.middle], axis=0)

    def units(self, outputs: np.ndarray) -> np.ndarray:
        """Outputs in the target's units."""
        values = np.asarray(outputs, np.float64) * self.scale + self.mean
        if self.offset is not None:
            values = np.exp(np.minimum(values, 700.0)) - self.offset
        return np.clip(values, self.low, self.high)


@dataclass(frozen=True)
class Member:
    """A network that votes: its shares, the number of its encoder, the function, and what its outputs are.

    Attributes
    ----------
    shares, outputs : of each target.
    ends : of several targets the places at which the outputs of the next one begin.
    """

    shares: tuple[float, ...]
    encoder: int
    network: Network
    outputs: tuple[Classes | Values, ...]
    ends: tuple[int, ...] = ()

    def answers(self, outputs: np.ndarray) -> list[np.ndarray]:
        """Of each target probabilities (rows, classes), or values (rows,)."""
        parts = np.split(outputs, self.ends, axis=1)
        return [own.of(part) for own, part in zip(self.outputs, parts, strict=True)]


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is predicted.

    Attributes
    ----------
    name : of one of several, in the names of its columns.
    classes : in the order of their probabilities; none for values.
    temperature : divides the logarithms of the averaged probabilities.
    decision : of two classes the one that is the answer, and from which probability on; None for the likeliest.
    """

    name: str = ""
    classes: tuple[str, ...] = ()
    temperature: float = 1.0
    decision: tuple[int, float] | None = None

    def columns(self, total: np.ndarray) -> Answers:
        """The columns that `honed predict` gives, for averaged probabilities or values."""
        of = f"_{self.name}" if self.name else ""
        if not self.classes:
            return {f"prediction{of}": total}
        found = sharpened(total, self.temperature)
        codes = found.argmax(axis=1)
        if self.decision is not None:
            positive, threshold = self.decision
            codes = np.where(found[:, positive] >= threshold, positive, 1 - positive)
        labels = np.array(self.classes, dtype=object)[codes]
        shares = {f"p{of}_{name}": found[:, i] for i, name in enumerate(self.classes)}
        return {f"prediction{of}": labels} | shares


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """From the cells of rows to what networks take.

    Attributes
    ----------
    columns : how the cells of each column are read.
    levels : of columns of words those that are told apart; the lower first, where there are two at most.
    encoders : what networks get of the columns.
    evidence : columns that may tell what separates decimals in cells that can be read in two ways.
    """

    columns: dict[str, Reader]
    levels: dict[str, tuple[str, ...]]
    encoders: tuple[Encoder, ...]
    evidence: tuple[str, ...] = ()

    def read(self, rows: Sequence[Row]) -> Table:
        """The columns of rows, each as an array."""
        there = {name for row in rows for name in row}
        lacking = [name for name in self.columns if name not in there]
        if lacking:
            raise ValueError(f"There is no column {lacking[0]!r}. Add it; its cells may be empty")
        cells = {name: [row.get(name) for row in rows] for name in {*self.columns, *self.evidence} & there}
        beside = {name: cells[name] for name in self.evidence if name in cells}
        return {name: reader.read(cells[name], name, beside) for name, reader in self.columns.items()}

    def encoded(self, rows: Sequence[Row]) -> list[tuple[np.ndarray, np.ndarray]]:
        """What each encoder makes of rows: numbers and flags (rows, numeric), and codes (rows, codes)."""
        table = self.read(rows)
        return [encoder.encode(table, self.levels) for encoder in self.encoders]


@dataclass(frozen=True, kw_only=True)
class Model(Encoding):
    """All that predicts.

    Attributes
    ----------
    members : the networks that vote.
    targets : what they predict.
    quantiles : the share that lies below each output, where the networks predict quantiles of one target.
    """

    members: tuple[Member, ...]
    targets: tuple[Target, ...]
    quantiles: tuple[float, ...] = ()

    def outputs(self, rows: Sequence[Row], weights: Arrays) -> list[np.ndarray]:
        """What each network gives for each row, (rows, outputs)."""
        encoded = self.encoded(rows)
        return [
            member.network(own_arrays(weights, number), *encoded[member.encoder])
            for number, member in enumerate(self.members)
        ]

    def answers(self, rows: Sequence[Row], weights: Arrays) -> Answers:
        """What `honed predict` gives: `prediction`, of classes also p_<class>, of quantiles q_<share>."""
        outputs = self.outputs(rows, weights)
        each = [member.answers(own) for member, own in zip(self.members, outputs, strict=True)]
        answers: Answers = {}
        for number, target in enumerate(self.targets):
            pairs = zip(self.members, each, strict=True)
            votes = [(member.shares[number], own[number]) for member, own in pairs]
            total = sum(share * vote for share, vote in votes if share)
            answers |= target.columns(np.asarray(total))
        first = self.members[0].outputs[0]
        if self.quantiles and isinstance(first, Values):
            ends = np.sort(first.units(outputs[0]), axis=1)
            answers |= {f"q_{share:g}": ends[:, i] for i, share in enumerate(self.quantiles)}
        return answers


def own_arrays(arrays: Arrays, number: int) -> Arrays:
    """The arrays of one network, whose names begin with its number."""
    start = f"{number}/"
    return {name.removeprefix(start): own for name, own in arrays.items() if name.startswith(start)}
