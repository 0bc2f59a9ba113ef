"""A model of sequences as an ONNX file, from what was measured to answers: `exported`."""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from honed.families.exports import voted
from honed.families.exports.traced import ROWS, Graph, Namespace
from honed.families.sequence.encoder import SequenceEncoder
from honed.families.sequence.inputs import SequenceInputs, Sequences
from honed.families.sequence.measured import Measured
from honed.families.sequence.networks import NETWORKS
from honed.family import Exported, Parameters
from honed.model.model import Model
from honed.nets.sequence_spec import SequenceSpec

if TYPE_CHECKING:
    from honed.lazily import pl

_STEPS = 4  # of the sequences that are computed beside a graph


def exported(model: Model) -> Exported:
    """The file, which takes sequences of any number of steps.

    Raises
    ------
    InputError
        The packages onnx or onnxruntime are missing.
    """
    encoders = cast("tuple[SequenceEncoder, ...]", model.encoders)
    channels = encoders[0].inputs.channels
    beside = len(encoders[0].mean) - channels

    def encoded(graph: Graph, xp: Namespace) -> list[Sequences]:
        values = graph.input("values", np.zeros((ROWS, _STEPS, channels), np.float32), ("rows", "time"))
        lengths = graph.input("lengths", np.full(ROWS, _STEPS))
        numbers: Any = np.zeros((ROWS, beside), np.float32)
        numbers = graph.input("beside", numbers) if beside else numbers
        return [encoder.scaled(values, lengths, numbers, xp) for encoder in encoders]

    def fed(rows: Measured | pl.DataFrame) -> dict[str, np.ndarray]:
        found = encoders[0].measured(rows)
        given = {"values": found.values, "lengths": found.lengths.astype(np.int64), "beside": found.beside}
        return given if beside else {name: given[name] for name in ("values", "lengths")}

    inputs = [
        f"'values', float32 (rows, time, {channels}), NaN where nothing was measured",
        "'lengths', int64 (rows,)",
        *([f"'beside', float32 (rows, {beside})"] if beside else []),
    ]
    said = f"Inputs are {'; '.join(inputs)}."
    return voted.exported(model, _apply, encoded, fed, said, encoders[0].static.said_of_names())


def _apply(
    params: Parameters, spec: SequenceSpec, inputs: SequenceInputs, rows: Sequences, xp: ModuleType
) -> Any:
    """Outputs of sequences of any lengths, also where those of training were all as long as their array."""
    return NETWORKS.apply(params, spec, dataclasses.replace(inputs, is_ragged=True), rows, xp)
