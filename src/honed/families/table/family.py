"""Tables as a family: `TABLE`, where each part of the contract says which module does it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from honed import typed
from honed.encode import binned, combined, crossed, means, screening
from honed.encode.categorical import RARE
from honed.encode.encoder import Encoded, Encoder, Inputs, fit
from honed.encode.numeric import ScalingName
from honed.families.table import idle, suiting
from honed.families.table.networks import NETWORKS
from honed.family import Exported, HowRead, Parameters, Raw, Rivals, Signs
from honed.findings import Finding, worst_first
from honed.heads import beside
from honed.lazily import pl
from honed.model import asked, unfamiliar
from honed.nets.mlp import feature_count
from honed.nets.spec import NetworkSpec
from honed.table.by_time import stretches
from honed.table.cells import brief, numbers
from honed.table.columns import Schema
from honed.table.kinds import USED
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Real, Shaped

    from honed.diagnosis.data.case import DataCase
    from honed.families.table.source import TableSource
    from honed.families.table.streamed import StreamedSource
    from honed.model.model import Model
    from honed.report.facts import Network, RunFacts
    from honed.report.parts import Unseen
    from honed.search.options import Options
    from honed.table.split import Splits
    from honed.table.target import Target
    from honed.train.recipe import Preset
    from honed.train.spec import TrainingSpec

ROBUST = "robust"  # numbers by their quartiles, so that values far beyond all others do no harm
SCREENED = screening.ENCODING  # so too, and of very many numbers only the few that say most
BY_TARGET = means.ENCODING  # so too, and each level of many also gives the target's mean in its rows
IN_PAIRS = combined.ENCODING  # so too, and some pairs of numbers give their ratio and the like
CROSSED = crossed.ENCODING  # so too, and some pairs of categories are one more each
BINNED = binned.ENCODING  # so too, and numbers also give the bin that each is in
_ROBUSTLY = (ROBUST, SCREENED, BY_TARGET, IN_PAIRS, CROSSED, BINNED)
_CELL_SECONDS, _COLUMN_SECONDS, _LEARNED_SECONDS = 4e-7, 7e-4, 4e-6  # that rules on data take, on one core
_ROW = re.compile(r"\brows? \d")  # a finding that names rows
_TOLD = ("depth", "width", "taper", "normalization", "residual", "activation", "numeric_embedding")
_TOLD += ("embedding_sigma", "dropout")


class TableFamily:
    """`honed.family.Family` for tables with numbers, dates, booleans, categories and lists."""

    networks = NETWORKS
    specification = NetworkSpec
    encodings = (ROBUST, "standard", "none", SCREENED, BY_TARGET, IN_PAIRS, CROSSED, BINNED)
    # Those with more inputs do not pay on all tables (`benchmarks/ways_to_encode.py`): see `suiting_encodings`.
    searched_encodings = (ROBUST,)
    plainest = "narrowing"
    compared = (*_TOLD[:3], "activation", "normalization", "residual", "numeric_embedding", "dropout")

    def read(self, options: Options, places: Mapping[str, str]) -> TableSource | StreamedSource:
        """From CSV or Parquet files; large ones are streamed."""
        if options.refit is not None:
            from honed.families.table.grown import grown

            return grown(options, places)
        from honed.families.table import streamed
        from honed.families.table.source import from_files

        found = streamed.from_files(options, places.get("data", options.data), valid=places.get("valid"))
        return from_files(options, places) if found is None else found

    def glance(self, options: Options, places: Mapping[str, str]) -> TableSource | None:
        """See `honed.families.table.early`."""
        from honed.families.table import early

        return early.glance(options, places.get("data", options.data))

    def suiting_encodings(self, source: TableSource | StreamedSource) -> tuple[str, ...]:
        """See `honed.families.table.suiting`; of a large table none, as encoding it once more takes long."""
        from honed.families.table.streamed import StreamedSource

        return () if isinstance(source, StreamedSource) else suiting.encodings(source.schema, len(source.y))

    def idle_encodings(self, source: TableSource | StreamedSource) -> dict[str, str]:
        """See `honed.families.table.idle`."""
        return idle.encodings(source.schema, len(source.y))

    def settled(
        self, source: TableSource | StreamedSource, rows: Int[np.ndarray, " rows"]
    ) -> TableSource | StreamedSource:
        """Codes for missing are empty cells, and what can only stay at its last value is left out, where that helps.

        See `honed.families.table.coded` and `trend`.
        """
        from honed.families.table import coded, trend
        from honed.families.table.streamed import StreamedSource

        if isinstance(source, StreamedSource):
            return source.settled()
        return trend.settled(coded.settled(source, rows), rows)

    def learn(
        self, source: TableSource | StreamedSource, rows: Int[np.ndarray, " rows"], encoding: str
    ) -> Encoder:
        """Scales of numbers and levels of categories; `encoding` says how numbers are scaled, and which are kept.

        Of a large table those of the rows say it that are in its sample.
        """
        from honed.families.table.streamed import StreamedSource

        if isinstance(source, StreamedSource):
            source, rows = source.learned_from(rows)
        only = _screened(source, rows) if encoding == SCREENED else None
        scaling = encoding if encoding in get_args(ScalingName) else ROBUST
        schema, places = source.schema, source.places[rows]
        # along time, what comes later than all rows is asked about in earnest
        y, time = beside([source.y, *(own.y for own in source.further)])[rows], schema.time
        tied = _tied(source, rows) if encoding in (BY_TARGET, CROSSED) else None
        return fit(
            source.table,
            schema,
            places,
            scaling=scaling,
            time=time,
            only=only,
            y=y,
            by_target=encoding == BY_TARGET,
            tied=tied,
            in_pairs=encoding == IN_PAIRS,
            crossing=encoding == CROSSED,
            binning=encoding == BINNED,
        )

    def encoded(self, source: TableSource, encoder: Encoder, train: Int[np.ndarray, " train"]) -> Encoded:
        """Means of the target are out of fold, by groups or stretches of time where there are some."""
        frame = source.take(np.arange(len(source.y), dtype=np.int32))
        y = beside([source.y, *(own.y for own in source.further)])[train]
        return encoder.encode_to_train(frame, train, source.schema, y, _tied(source, train))

    def encoded_in_parts(self, encoder: Encoder, rows: pl.DataFrame) -> Encoded:
        """Texts that may have taught their scores have those by others."""
        return encoder.encode(rows, has_taught=True)

    def encoder(self, value: JSON, place: str, schema: Schema) -> Encoder:
        """See `Encoder.from_json`."""
        encoder = Encoder.from_json(value, place)
        names = {column.name for column in schema.columns if column.used}
        typed.require(names >= set(encoder.names), place, "names columns that the schema has not")
        return encoder

    def inputs(self, value: JSON) -> Inputs:
        """See `Inputs.from_json`."""
        return Inputs.from_json(value)

    def arrays(self, rows: Encoded) -> dict[str, Real[np.ndarray, "rows _"]]:
        """``numeric`` and ``codes``."""
        return rows._asdict()

    def rows(self, arrays: Mapping[str, Real[np.ndarray, "rows _"]]) -> Encoded:
        """Of ``numeric`` and ``codes``."""
        return Encoded(arrays["numeric"], arrays["codes"])

    def raw(self, schema: Schema, encoder: Encoder, rows: Raw) -> pl.DataFrame:
        """A table of any library, or an array whose columns go by position."""
        return asked.frame_of(schema, rows)

    def asked(self, data: str, schema: Schema, encoder: Encoder, how: HowRead) -> None:
        """A table is read as one."""
        return

    def odd(self, schema: Schema, encoder: Encoder, rows: pl.DataFrame) -> list[str]:
        """Columns with cells that are unseen in training, or lie before or after all of it."""
        return unfamiliar.sentences(schema, rows) + encoder.said_of(encoder.beyond(rows))

    def rivals(self, rows: Encoded, inputs: Inputs) -> Rivals:
        """Scaled numbers with flags, and the codes of categories."""
        levels = (*inputs.onehot, *inputs.embedded)
        return Rivals(rows.numeric, rows.codes, levels, bool(inputs.embedded), RARE)

    def presets(self, task: str, rows: int, inputs: Inputs, epochs: int) -> tuple[Preset, ...]:
        """See `honed.families.table.presets`."""
        from honed.families.table.presets import presets

        return presets(task, rows, inputs.continuous, epochs, screened=SCREENED)

    def most(self, rows: int, *, is_brief: bool) -> Mapping[str, int]:
        """See `honed.families.table.presets`."""
        from honed.families.table.presets import widest

        return {"width": widest(rows, is_brief=is_brief)}

    def idle(self, inputs: Inputs) -> Collection[str]:
        """The embedding of numbers where there are none."""
        return () if inputs.continuous else ("numeric_embedding",)

    def moves(self, spec: NetworkSpec, training: TrainingSpec, signs: Signs) -> list[Finding]:
        """See `honed.families.table.moves`."""
        from honed.families.table.moves import moves

        return moves(spec, training, signs)

    def known_to_rules(self, spec: NetworkSpec) -> NetworkSpec:
        """The rules were written for these networks."""
        return spec

    def look_seconds(self, schema: Schema) -> float:
        """By rows and columns, and by what of them the rules that learn look at."""
        from honed.diagnosis.data.case import MOST_COLUMNS, MOST_ROWS

        rows, columns = schema.rows, len(schema.columns)
        learned = min(rows, MOST_ROWS) * min(columns, MOST_COLUMNS)
        return rows * columns * _CELL_SECONDS + columns * _COLUMN_SECONDS + learned * _LEARNED_SECONDS

    def findings(
        self, source: TableSource | StreamedSource, splits: Splits, metric: str, encoding: str
    ) -> list[Finding]:
        """See `honed.diagnosis.data`; of a large table what its sample shows, but for what names rows."""
        from honed.diagnosis import data
        from honed.families.table.streamed import StreamedSource

        is_robust = encoding in _ROBUSTLY
        if isinstance(source, StreamedSource):
            found = data.findings(_case(source.sample, source.shared, metric), robust=is_robust)
            return [finding for finding in found if not _ROW.search(finding.what)]
        case = _case(source, splits, metric)
        if not source.further:
            return data.findings(case, robust=is_robust)
        rest = tuple(rule for rule in data.RULES if rule not in data.OF_TARGET)
        found = data.findings(case, robust=is_robust, rules=rest)
        for alone in source.of_each():
            of_one = data.findings(_case(alone, splits, metric), rules=data.OF_TARGET)
            name = brief(alone.schema.target.name)
            found += [replace(each, what=f"{name!r}: {each.what}") for each in of_one]
        return worst_first(found)

    def unexplained(
        self, findings: Iterable[Finding], known: Sequence[Finding], encoding: str
    ) -> list[Finding]:
        """Values far beyond all others explain some of them."""
        from honed.diagnosis.data.far import uncovered

        return uncovered(findings, known, robust=encoding in _ROBUSTLY)

    def doubts(
        self,
        source: TableSource | StreamedSource,
        splits: Splits,
        metric: str,
        said: Float[np.ndarray, "said ..."],
        rows: Int[np.ndarray, " said"],
    ) -> list[Finding]:
        """Labels that look wrong; not looked for in a large table."""
        from honed.diagnosis.data.labels import wrong_labels
        from honed.families.table.streamed import StreamedSource

        if isinstance(source, StreamedSource):
            return []
        return wrong_labels(_case(source, splits, metric, predictions=said, predicted_rows=rows))

    def opening(self, schema: Schema) -> list[str]:
        """Columns by kind, those left out with the reason, and cells that were read as something else."""
        counts = [(kind, sum(column.kind == kind for column in schema.columns)) for kind in USED]
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in counts if count)
        left_out = (column for column in schema.columns if not column.used and column.kind != "excluded")
        return [
            f"Rows: {schema.rows:,}. Columns: {kinds}.",
            *(f"Column {column.name!r} ({column.kind}) {_left_out(column.reason)}." for column in left_out),
            *(
                f"Column {column.name!r}: {evidence}."
                for column in schema.columns
                if (evidence := column.reading.evidence())
            ),
            *_target_reading(schema.target),
        ]

    def told(self, spec: NetworkSpec) -> list[str]:
        """Without those that say nothing in this network."""
        idle = {"embedding_sigma"} if spec.numeric_embedding is None else set()
        idle |= {name for name in ("normalization", "residual") if not getattr(spec, name)}
        if spec.hidden_sizes is not None:
            idle |= {"depth", "width", "taper"}
        if not spec.layers:
            idle |= {"depth", "width", "taper", "activation", "dropout"}
        return [name for name in _TOLD if name not in idle]

    def facts(self, spec: NetworkSpec, inputs: Inputs, outputs: int) -> Network:
        """Sizes and functions of the layers."""
        return {
            "inputs": feature_count(spec, inputs),
            "hidden": list(spec.sizes(outputs)),
            "outputs": outputs,
            "activation": activation_words(spec),
            "numeric_embedding": spec.numeric_embedding,
        }

    def words(self, spec: NetworkSpec, outputs: int) -> str:
        """Such as "3 × 128 relu", "256-128 mish, periodic" or "linear"."""
        sizes = spec.sizes(outputs)
        if not sizes:
            text = activation_words(spec)
        elif len(set(sizes)) == 1:
            text = f"{len(sizes)} × {sizes[0]} {activation_words(spec)}"
        else:
            text = "-".join(map(str, sizes)) + f" {activation_words(spec)}"
        return text + (", periodic" if spec.numeric_embedding else "")

    @property
    def exports(self) -> Mapping[str, str]:
        """A script of NumPy, ONNX, and modules of PyTorch."""
        return {"script": ".py", "onnx": ".onnx", "torch": ".py"}

    def export(self, model: Model, format: str, stem: str) -> Exported:
        """See `honed.families.table.exports`."""
        from honed.families.table.exports import graph, pytorch, script

        return {"script": script, "onnx": graph, "torch": pytorch}[format].exported(model, stem)

    def made_rows(self, model: Model) -> pl.DataFrame:
        """Of some cells of each column, that the schema keeps."""
        from honed.families.table.exports.described import made_frame

        return made_frame(model)

    def unused(self, params: Parameters, spec: NetworkSpec, encoder: Encoder) -> list[str]:
        """Columns, by `honed.model.sparsity`."""
        from honed.model import sparsity

        return list(sparsity.zero_columns(params, spec, encoder))

    def unseen(
        self, run: Path, facts: RunFacts, summary: Mapping[str, JSON], trained_again: bool
    ) -> Unseen | None:
        """See `honed.families.table.unseen`."""
        from honed.families.table.unseen.part import unseen

        return unseen(run, facts, dict(summary), trained_again)


def _tied(source: TableSource, rows: Int[np.ndarray, " rows"]) -> Int[np.ndarray, " rows"] | None:
    """Numbers of what ties those rows to others: groups, or stretches of time."""
    if source.groups is not None:
        return source.groups[rows]
    return None if source.times is None else stretches(source.times.values[rows])


def _screened(source: TableSource, rows: Int[np.ndarray, " rows"]) -> set[str] | None:
    """Names of the numeric columns that say most of the target in those rows; None where all of them are kept.

    Of several targets each may need others.
    """
    if source.further:
        return None
    names = [column.name for column in source.schema.columns if column.kind == "numeric"]
    count = screening.kept(len(source.y))
    if count >= len(names):
        return None
    some = rows[screening.sample(len(rows))]
    frame = source.table.frame.select(names)[source.places[some].tolist()]
    values = np.stack([numbers(frame[name]) for name in names], axis=1)
    has_classes = source.schema.target.task != "regression"
    found = screening.order(values, source.y[some], has_classes=has_classes)[:count]
    return {names[place] for place in found}


def activation_words(network: NetworkSpec) -> str:
    """The activation, or those of the layers in their order; "linear" without a hidden layer."""
    if not network.layers:
        return "linear"
    return "/".join(network.activations) if isinstance(network.activation, tuple) else network.activation


def _target_reading(target: Target) -> list[str]:
    """How the target's cells are read, and what predictions are then."""
    evidence = target.reading.evidence()
    if not evidence:
        return []
    if target.reading.form == "quantity":
        unit = f" in {target.reading.unit}" if target.reading.unit else ""
        evidence += f"; predictions are plain numbers{unit}"
    if target.reading.emptied:
        evidence += ", and such rows are left out"
    return [f"Target {target.name!r}: {evidence}."]


def _left_out(reason: str) -> str:
    return reason if reason.startswith("left out") else f"left out: {reason}"


def _case(
    source: TableSource, splits: Splits, metric: str, **said: Shaped[np.ndarray, "said ..."]
) -> DataCase:
    from honed.diagnosis.data.case import DataCase

    return DataCase.of(source.table, source.schema, source.places, source.y, splits, metric=metric, **said)


TABLE = TableFamily()
