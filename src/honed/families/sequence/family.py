"""Sequences as a family: `SEQUENCE`, where each part of the contract says which module does it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.families.sequence.encoder import SequenceEncoder
from honed.families.sequence.inputs import SequenceInputs, Sequences
from honed.families.sequence.measured import Measured, of_arrays
from honed.families.sequence.networks import NETWORKS
from honed.families.sequence.told import COMPARED, facts, told, words
from honed.families.usual import UsualFamily
from honed.family import Asked, Exported, Fitted, HowRead, Raw, Rivals
from honed.findings import Finding
from honed.lazily import pl
from honed.nets.sequence_spec import SequenceSpec
from honed.table.columns import Schema
from honed.table.read import from_frame
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Int, Shaped

    from honed.families.sequence.source import SequenceSource
    from honed.report.facts import Network, RunFacts
    from honed.report.parts import Unseen
    from honed.search.options import Options
    from honed.table.split import Splits
    from honed.train.recipe import Preset

SCALED = "scaled"
_SEQUENCE_SECONDS = 2e-5  # that rules on data take for each, on one core


class SequenceFamily(UsualFamily):
    """`honed.family.Family` for sequences of the same channels."""

    networks = NETWORKS
    specification = SequenceSpec
    encodings = (SCALED,)
    searched_encodings = (SCALED,)
    plainest = "random kernels"
    compared = COMPARED

    def read(self, options: Options, places: Mapping[str, str]) -> SequenceSource:
        """From archives or long tables."""
        from honed.families.sequence.source import from_files

        return from_files(options, places)

    def learn(self, source: SequenceSource, rows: Int[np.ndarray, " rows"], encoding: str) -> SequenceEncoder:
        """The scale of each channel, from these rows alone."""
        return source.learn(rows)

    def encoder(self, value: JSON, place: str, schema: Schema) -> SequenceEncoder:
        """See `SequenceEncoder.from_json`."""
        return SequenceEncoder.from_json(value, place)

    def inputs(self, value: JSON) -> SequenceInputs:
        """See `SequenceInputs.from_json`."""
        return SequenceInputs.from_json(value)

    def arrays(self, rows: Sequences) -> dict[str, Shaped[np.ndarray, "rows ..."]]:
        """By the names that they have in `Sequences`."""
        return {name: part for name, part in rows._asdict().items() if part is not None}

    def rows(self, arrays: Mapping[str, Shaped[np.ndarray, "rows ..."]]) -> Sequences:
        """Of those arrays."""
        return Sequences(**arrays)

    def raw(self, schema: Schema, encoder: SequenceEncoder, rows: Raw) -> Measured | pl.DataFrame:
        """Arrays and lists of sequences, or a long table."""
        if isinstance(rows, Measured):
            return rows
        if hasattr(rows, "columns") or hasattr(rows, "column_names"):
            return from_frame(rows).frame
        return of_arrays(rows)

    def asked(self, data: str, schema: Schema, encoder: SequenceEncoder, how: HowRead) -> Asked:
        """See `honed.families.sequence.asked`."""
        from honed.families.sequence.asked import asked

        return asked(data, schema, encoder, how)

    def odd(self, schema: Schema, encoder: SequenceEncoder, rows: Raw) -> list[str]:
        """Steps that are missing where training had all, and sequences far longer than all of training."""
        from honed.families.sequence.asked import odd

        return odd(encoder, rows)

    def rivals(self, rows: Sequences, inputs: SequenceInputs) -> Rivals:
        """See `honed.families.sequence.rivals`."""
        from honed.families.sequence.rivals import rivals

        return rivals(rows, inputs)

    def presets(self, task: str, rows: int, inputs: SequenceInputs, epochs: int) -> tuple[Preset, ...]:
        """See `honed.families.sequence.presets`."""
        from honed.families.sequence.presets import presets

        return presets(task, rows, inputs, epochs)

    def most(self, rows: int, *, is_brief: bool) -> Mapping[str, int]:
        """Units of a layer over time."""
        from honed.families.sequence.presets import widest

        return {"width": widest(is_brief=is_brief)}

    def look_seconds(self, schema: Schema) -> float:
        """By the number of sequences."""
        return schema.rows * _SEQUENCE_SECONDS

    def findings(self, source: SequenceSource, splits: Splits, metric: str, encoding: str) -> list[Finding]:
        """See `honed.families.sequence.findings`."""
        from honed.families.sequence.findings import findings

        return findings(source, splits)

    def opening(self, schema: Schema) -> list[str]:
        """How many sequences there are."""
        return [f"Sequences: {schema.rows:,}."]

    def told(self, spec: SequenceSpec) -> list[str]:
        """Without those that say nothing in this network."""
        return told(spec)

    def facts(self, spec: SequenceSpec, inputs: SequenceInputs, outputs: int) -> Network:
        """See `honed.families.sequence.told`."""
        return facts(spec, inputs, outputs)

    def words(self, spec: SequenceSpec, outputs: int) -> str:
        """See `honed.families.sequence.told`."""
        return words(spec, outputs)

    @property
    def exports(self) -> Mapping[str, str]:
        """ONNX, and modules of PyTorch."""
        return {"onnx": ".onnx", "torch": ".py"}

    def export(self, model: Fitted, format: str, stem: str) -> Exported:
        """See `honed.families.exports`."""
        from honed.families.sequence import graph, pytorch

        return graph.exported(model) if format == "onnx" else pytorch.exported(model, stem)

    def made_rows(self, model: Fitted) -> Measured:
        """Waves of different speed."""
        encoder: SequenceEncoder = model.encoders[0]
        time, channels, scales = encoder.inputs.time, encoder.inputs.channels, len(encoder.mean)
        waves = np.sin(np.arange(time)[None, :, None] / np.arange(2, 5)[:, None, None])
        mean, spread = np.array(encoder.mean), np.array(encoder.spread)
        beside = np.zeros((3, scales - channels)) + mean[channels:]
        values = waves * spread[:channels] + mean[:channels]
        return Measured(values.astype(np.float32), np.full(3, time, np.int32), beside.astype(np.float32))

    def unseen(self, run: Path, facts: RunFacts, summary: Mapping[str, JSON], trained_again: bool) -> Unseen:
        """See `honed.families.sequence.unseen`."""
        from honed.families.sequence.unseen import unseen

        return unseen(run, summary, trained_again)


SEQUENCE = SequenceFamily()
