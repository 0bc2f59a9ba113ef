"""Untrained models of pictures and of sequences, which tests of exports give away and ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from waves import waves

from honed.encode import target
from honed.families.found import IMAGE as IMAGE
from honed.families.found import SEQUENCE as SEQUENCE
from honed.families.image.encoder import ImageEncoder
from honed.families.image.inputs import ImageInputs
from honed.families.sequence.encoder import SequenceEncoder, Static
from honed.families.sequence.layout import of_table
from honed.families.sequence.long import of_frame
from honed.families.sequence.measured import Measured, of_arrays
from honed.family import find_family
from honed.model import Member, Model
from honed.nets.cnn_spec import CnnSpec
from honed.nets.sequence_spec import SequenceSpec
from honed.table.columns import Schema
from honed.table.target import Target

CLASSES = ("cat", "dog", "fox")
PIXELS = np.random.default_rng(0).integers(0, 256, (20, 9, 10, 3)).astype(np.uint8)
SCALES = tuple(
    ImageEncoder(ImageInputs(9, 10, 3, (120.0 + shift, 110.0, 100.0), (60.0, 50.0, 70.0))) for shift in (0, 9)
)
PICTURES = {
    "plain": CnnSpec(channels=(4, 5), blocks=1, normalization=None),
    "mirrored": CnnSpec(channels=4, stages=1, augment=("flip",), activation="silu"),
    "whitened": CnnSpec(
        channels=(4, 4), residual=True, pool_behind="first", head="dense", hidden_sizes=(6,), whitening=True
    ),
    "averaged": CnnSpec(channels=4, blocks=2, pooling="average", normalization="layer", stride=2),
    "one place left": CnnSpec(channels=3, stages=5, blocks=1, growth=1.0, activation="gelu"),
    "strided": CnnSpec(channels=4, stages=4, pooling="stride", residual=True, kernel_size=5),
}
OVER_TIME = {
    "gru": SequenceSpec(width=5),
    "gru both ways": SequenceSpec(width=4, layers=2, bidirectional=True),
    "plain recurrence": SequenceSpec(cell="rnn", width=5, pooling="mean", residual=False),
    "everything": SequenceSpec(
        cell="lstm", layers=2, width=4, bidirectional=True, blocks=2, kernel_size=3, stride=2, random_kernels=16,
        pooling="attention", hidden_sizes=(6,),
    ),
    "convolutions": SequenceSpec(layers=0, blocks=3, width=5, pooling="max", normalization="layer", stride=3),
    "fixed kernels": SequenceSpec(layers=0, random_kernels=20),
}  # fmt: skip


def even() -> Measured:
    """All of one length, with nothing missing and nothing beside."""
    return of_arrays(waves(30)[0])


def uneven() -> Measured:
    """Of unequal length, some numbers of which are missing, with two beside, of which one is empty at times."""
    X, lengths, _ = waves(30)
    X[::4, 3:6, 1] = np.nan
    found = of_arrays(X, lengths=lengths)
    beside = np.arange(60, dtype=np.float32).reshape(30, 2)
    beside[::7, 1] = np.nan
    return Measured(found.values, found.lengths, beside)


def encoders(rows: Measured) -> list[SequenceEncoder]:
    return [SequenceEncoder.of(part, Static.of(rows)) for part in (rows, rows[::2])]


def of_long_table(frame: pl.DataFrame) -> tuple[SequenceEncoder, Measured]:
    """What a table as `waves.table` has it, without its target, teaches, and its sequences."""
    numbers = np.unique(frame["who"].to_numpy(), return_inverse=True)[1]
    layout, _ = of_table(frame, "who", "second", numbers, (), (), "t.csv")
    rows = of_frame(frame, layout, "t.csv").sequences
    return SequenceEncoder.of(rows, Static.of(rows, layout)), rows


def model(
    address: str,
    encoders: Sequence[Any],
    specs: Sequence[Any],
    rows: Any,
    classes: tuple[str, ...] = CLASSES,
    temperature: float = 1.3,
) -> Any:  # a `Model`, which is asked about pictures or sequences here
    """Networks with unequal shares, each of them with an encoder of its own where there are several."""
    networks, codes = find_family(address).networks, np.arange(60) % max(len(classes), 1)
    kind, y = ("classes", codes) if classes else ("log", np.exp(np.sin(np.arange(60.0))))
    decoder, shares = target.fit(y, kind), np.arange(1.0, len(specs) + 1)
    members = []
    for number, spec in enumerate(specs):
        encoder = encoders[number % len(encoders)]
        start = networks.start(spec, encoder.inputs, len(classes) or 1, encoder.encode(rows), number)
        rng = np.random.default_rng(number)
        params = {
            name: value
            if networks.role(name) == "fixed"
            else value + 0.1 * rng.random(value.shape, np.float32)
            for name, value in start.items()
        }
        share = float(shares[number] / shares.sum())
        members.append(Member(spec, number % len(encoders), decoder, params, share))
    goal = Target("kind", "multiclass" if classes else "regression", classes, "the test says so")
    return Model(Schema((), goal, 60, 0), tuple(encoders), tuple(members), temperature, address)
