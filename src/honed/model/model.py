"""`Model`: a weighted ensemble of networks that predicts tables; `load` reads one from a folder."""

from __future__ import annotations

import json
import math
import os
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np
import polars as pl
import safetensors
from safetensors.numpy import save as arrays_bytes

from honed import typed
from honed.encode.encoder import Encoded, Encoder, Inputs
from honed.encode.target import TargetEncoder, middle
from honed.errors import DataWarning, InputError, RunError
from honed.figures import counted
from honed.model import unfamiliar
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.run import disk, journal
from honed.run.plain import loads
from honed.settings import build
from honed.table.cells import some
from honed.table.columns import Schema
from honed.table.read import check_rows, from_frame

FORMAT = 2
_DOCUMENT, _WEIGHTS = "model.json", "weights.safetensors"
_FAR = 1e300  # a bound beyond it is none
_ROUNDING = 1e-6  # by which shares may miss their sum
_LEAST_SHARE = 1e-6  # of a class by a network that was trained by squared error


@dataclass(frozen=True)
class Member:
    """One trained network of an ensemble.

    Attributes
    ----------
    network, params : what `mlp.apply` needs.
    encoder : position in the model's encoders.
    target : how outputs become values; also says that outputs are logits (kind "classes").
    weight : share in the ensemble; a model's weights sum to 1.
    loss : what it was trained by: says how outputs of classes become probabilities.
    quantiles : the share that lies below each output, where the loss is "quantile".
    """

    network: NetworkSpec
    encoder: int
    target: TargetEncoder
    params: mlp.Parameters
    weight: float
    loss: str = "auto"
    quantiles: tuple[float, ...] = ()

    def predict(self, inputs: Inputs, rows: Encoded, thinning: int | None = None) -> np.ndarray:
        """Probabilities float64 (rows, classes), or values float64 (rows,) in the target's units."""
        outputs = mlp.predict(self.params, self.network, inputs, rows, thinning)
        return decode(self.target, outputs, self.loss, self.quantiles)


@dataclass(frozen=True)
class Model:
    """A schema, encoders, and the networks that vote.

    `predict`, `predict_proba` and `predict_quantiles` take what the estimators take; the other methods take frames as
    `honed.table.read` makes them. `temperature` divides the logarithm of the averaged probabilities (Guo et al. 2017,
    arXiv 1706.04599).
    """

    schema: Schema
    encoders: tuple[Encoder, ...]
    members: tuple[Member, ...]
    temperature: float = 1.0

    @property
    def classes(self) -> tuple[str, ...]:
        """Class texts in the order of the probabilities; empty for regression."""
        return self.schema.target.classes

    @property
    def classes_(self) -> np.ndarray:
        """Class labels (classes,) as they were in the training table, in the order of the probabilities."""
        return self.schema.target.typed_classes()

    @property
    def target(self) -> str:
        """Name of the column that is predicted."""
        return self.schema.target.name

    @property
    def task(self) -> str:
        """ "binary", "multiclass" or "regression"."""
        return self.schema.target.task

    @property
    def was_array(self) -> bool:
        """Whether the columns of the training table have the names that those of an array get."""
        return all(column.name == f"x{number}" for number, column in enumerate(self.schema.columns))

    def predict(self, X: Any) -> np.ndarray:
        """Labels (rows,) as they were in the training table, the likeliest class of each row; or float64 values.

        Parameters
        ----------
        X : pandas, Polars or Arrow table with the columns of the training table by name, in any order; or array
            (rows, columns) or list of rows with those columns (without the target) by position.

        Raises
        ------
        InputError
            The table does not fit the schema: a column is missing, or text stands in a numeric column.

        Warns
        -----
        DataWarning
            Most cells of a column are unseen in training, or values are held at the end of their range (`ends`).
        """
        frame = self._asked(X)
        if self.classes:
            return self.classes_[self.probabilities(frame).argmax(axis=1)]
        values = self.values(frame)
        self.warn_of_ends(values, stacklevel=3)
        return values

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities float64 (rows, classes) in the order of `classes_`; each row sums to 1."""
        if not self.classes:
            raise InputError(
                f"The target {self.target!r} is a quantity, so there are no classes to give probabilities of. "
                "Use predict."
            )
        return self.probabilities(self._asked(X))

    def predict_quantiles(self, X: Any) -> np.ndarray:
        """Values float64 (rows, quantiles) below which each share of rows lies; needs loss="quantile"."""
        values = self.quantile_values(self._asked(X))
        self.warn_of_ends(values, stacklevel=3)
        return values

    def quantile_values(self, frame: pl.DataFrame) -> np.ndarray:
        """The values of `quantiles`, or an `InputError` without quantiles."""
        found = self.quantiles(frame)
        if found is None:
            raise InputError(
                "This network predicts one value a row. For quantiles fit with loss='quantile' and, say, "
                "quantiles=(0.1, 0.5, 0.9)."
            )
        return found[1]

    def frame_of(self, X: Any) -> pl.DataFrame:
        """`X`, as `predict` takes it, as a frame with the training table's names.

        Raises
        ------
        InputError
            Not a table, or an array of another width than the training table had.
        """
        names = [column.name for column in self.schema.columns]
        is_array = not hasattr(X, "columns") and not hasattr(X, "column_names")
        check_rows(X)
        if isinstance(X, (list, tuple)):
            X = np.array(X, dtype=object)
        frame = from_frame(X).frame
        if not is_array and not (self.was_array and set(names).isdisjoint(frame.columns)):
            return frame
        if frame.width != len(names):
            raise InputError(
                f"X has {counted(frame.width, 'column')}, and the network was trained with {len(names)}: {some(names)}"
                ". An array must have all of them, in this order, also those that the network does not use."
            )
        return frame.rename(dict(zip(frame.columns, names, strict=True)))

    def _asked(self, X: Any) -> pl.DataFrame:
        """The frame of `X`, with a word on columns of strange cells."""
        frame = self.frame_of(X)
        unfamiliar.warn(self.schema, frame, stacklevel=3)
        return frame

    def probabilities(self, frame: pl.DataFrame) -> np.ndarray:
        """float64 (rows, classes), each row positive and summing to 1."""
        return sharpen(self._average(frame), self.temperature)

    def values(self, frame: pl.DataFrame) -> np.ndarray:
        """float64 (rows,) in the target's own units."""
        return self._average(frame)

    def samples(self, frame: pl.DataFrame, count: int) -> np.ndarray:
        """What `count` networks say that dropout makes of this one: probabilities or values, samples first.

        Raises
        ------
        InputError
            No network of the model has dropout, or the count is below 1.
        """
        if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 1:
            raise InputError(f"samples is {count!r}, but it must be a whole number of 1 or more.")
        if not any(any(m.network.dropouts) or m.network.input_dropout for m in self.members):
            raise InputError(
                "The network has no dropout, so all samples would be the same. Train with dropout, say 0.2, or leave "
                "samples out."
            )
        drawn = [self._average(frame, thinning) for thinning in range(count)]
        return np.stack([sharpen(each, self.temperature) if self.classes else each for each in drawn])

    def quantiles(self, frame: pl.DataFrame) -> tuple[tuple[float, ...], np.ndarray] | None:
        """The shares, and float64 (rows, shares) values below which those parts lie; None without quantiles.

        Each row's values rise: where outputs cross they are sorted (Chernozhukov et al. 2010, arXiv 0704.3649).
        """
        member = self.members[0]
        if member.loss != "quantile":
            return None
        encoder = self.encoders[member.encoder]
        outputs = mlp.predict(member.params, member.network, encoder.inputs, encoder.encode(frame))
        return member.quantiles, np.sort(member.target.decode(outputs), axis=1)

    def answers(self, frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
        """Class texts and probabilities for classes, or values and None for regression.

        Raises
        ------
        InputError
            The table does not fit the schema: a column is missing, or text stands in a numeric column.

        Warns
        -----
        DataWarning
            Most cells of a column are unseen in training.
        """
        unfamiliar.warn(self.schema, frame, stacklevel=2)
        if not self.classes:
            values = self.values(frame)
            self.warn_of_ends(values, stacklevel=3)
            return values, None
        probabilities = self.probabilities(frame)
        return np.array(self.classes, dtype=object)[probabilities.argmax(axis=1)], probabilities

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value that can be predicted, in the target's units; infinite where unbounded."""
        bounds = np.array([[member.target.low, member.target.high] for member in self.members])
        low, high = np.array([member.weight for member in self.members]) @ np.clip(bounds, -_FAR, _FAR)
        return (-math.inf if low <= -_FAR / 2 else float(low)), (
            math.inf if high >= _FAR / 2 else float(high)
        )

    def warn_of_ends(self, values: np.ndarray, stacklevel: int) -> None:
        """Give a `DataWarning` where predicted values end at a bound; `stacklevel` as in `warnings.warn`.

        `values` (rows,), or (rows, several) such as quantiles or samples, of which a row is held where one of them is.
        Not at 0, where targets that are never negative end.
        """
        low, high = self.ends
        slack = _ROUNDING * (high - low) if math.isfinite(high - low) else 0.0
        below = (values <= low + slack) & (low != 0) & (low < high)
        above = (values >= high - slack) & (low < high)
        held = below | above
        count = int((held if held.ndim == 1 else held.any(axis=1)).sum())
        if not count:
            return
        ends = [f"{end:.6g}" for end, is_met in ((low, below.any()), (high, above.any())) if is_met]
        warnings.warn(
            f"{counted(count, 'prediction')} of {len(values):,} {'is' if count == 1 else 'are'} held at "
            f"{' or '.join(ends)}, the end of the training targets' range with its margin, though the network would go "
            "further. Look at these rows; with a larger prediction_margin in training (inf for no bound) they go on.",
            DataWarning,
            stacklevel=stacklevel,
        )

    def save(self, folder: Path) -> None:
        """Write `model.json` and `weights.safetensors` into an existing folder."""
        weights = arrays_bytes(
            {
                f"{number}/{name}": np.ascontiguousarray(value)
                for number, member in enumerate(self.members)
                for name, value in member.params.items()
            }
        )
        document = {
            "format": FORMAT,
            "schema": self.schema.to_json(),
            "encoders": [encoder.to_json() for encoder in self.encoders],
            "temperature": self.temperature,
            "members": [
                {
                    "network": asdict(member.network),
                    "encoder": member.encoder,
                    "target": member.target.to_json(),
                    "weight": member.weight,
                    "loss": member.loss,
                    "quantiles": list(member.quantiles),
                    "arrays": list(member.params),
                }
                for member in self.members
            ],
        }
        document["checksums"] = {"document": _checksum(_text(document)), "weights": _checksum(weights)}
        text = _text(document)
        disk.write_file(folder / _WEIGHTS, weights)
        disk.write_file(folder / _DOCUMENT, text)

    def _average(self, frame: pl.DataFrame, thinning: int | None = None) -> np.ndarray:
        encoded: dict[int, Encoded] = {}
        total: Any = 0.0
        for member in self.members:
            encoder = self.encoders[member.encoder]
            if member.encoder not in encoded:
                encoded[member.encoder] = encoder.encode(frame)
            total = total + member.weight * member.predict(encoder.inputs, encoded[member.encoder], thinning)
        return total


def load(path: str | Path) -> Model:
    """The model in a run's folder, or in a folder that an estimator's `save` wrote; works while the run goes on.

    Its `predict` and `predict_proba` take what the estimators take; see `Model`.

    Raises
    ------
    InputError
        There is no such folder, or no model in it yet.
    RunError
        The model is damaged or may not be read.
    """
    from honed.run.folder import read_whole

    path = Path(path)
    folder = path / "model" if os.path.isdir(path / "model") else path
    if not _is_there(folder / _DOCUMENT):
        there = "There is no model in it yet; wait a few seconds, or look at its journal.jsonl."
        if journal.has_failed(path / "journal.jsonl"):
            there = f"Its training ended without one; `honed diagnose {path}` says why."
        raise InputError(
            f"No model found at {str(path)!r}. "
            + (
                there
                if (path / "journal.jsonl").exists()
                else "Give the folder that `honed fit --out` wrote."
            )
        )
    return read_whole(folder, _read)


def decode(
    target: TargetEncoder, outputs: np.ndarray, loss: str = "auto", quantiles: Sequence[float] = ()
) -> np.ndarray:
    """Network outputs to probabilities (rows, classes), or to values (rows,) in the target's units.

    Outputs trained by squared error on classes are shares already: those below 0 count as nearly 0. Of several
    quantiles the median is the value, or what lies at 0.5 on the line between the two around it.
    """
    if target.kind != "classes":
        parts = (middle(quantiles) if loss == "quantile" else ()) or ((outputs.shape[1] // 2, 1.0),)
        if len(parts) == 1:
            return target.decode(outputs[:, parts[0][0]])
        return np.sum([part * target.decode(outputs[:, place]) for place, part in parts], axis=0)
    if loss == "squared":
        shares = np.maximum(np.asarray(outputs, np.float64), _LEAST_SHARE)
        return shares / shares.sum(axis=1, keepdims=True)
    return softmax(outputs)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities by row, float64."""
    shifted = np.asarray(logits, np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


def sharpen(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities whose logarithms are divided by the temperature; never exactly 0."""
    floor = np.finfo(np.float32).tiny
    if temperature == 1.0:
        kept = np.maximum(probabilities, floor)
        return kept / kept.sum(axis=1, keepdims=True)
    return np.maximum(softmax(np.log(np.maximum(probabilities, floor)) / temperature), floor)


def _is_there(path: Path) -> bool:
    """Whether something has that name, also where that may not be known."""
    try:
        os.stat(path)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


class _MemberDocument(TypedDict):
    """A member as `model.json` has it."""

    network: dict[str, Any]
    encoder: int
    target: Any
    weight: float
    loss: str
    quantiles: list[float]


class _Checksums(TypedDict):
    """CRC-32 of the other parts of `model.json` and of the weights' file, in hex."""

    document: str
    weights: str


class _Document(TypedDict):
    """The content of `model.json`; models of before the checksums have none."""

    schema: Any
    encoders: list[Any]
    temperature: float
    members: list[_MemberDocument]
    checksums: NotRequired[_Checksums]


def _read(folder: Path) -> Model:
    try:
        text, weights = (disk.read_file(folder / name) for name in (_DOCUMENT, _WEIGHTS))
    except OSError as error:
        raise RunError(
            f"The model in {folder} cannot be read: {error.strerror} ({error.filename}). A model is the two files "
            f"{_DOCUMENT} and {_WEIGHTS}; check that both are there and may be read."
        ) from error
    try:
        document = typed.take(dict[str, Any], _json(text), _DOCUMENT)
        if document.get("format") != FORMAT:
            raise RunError(
                f"The model in {folder} has format {typed.shown(document.get('format'))}, but this honed reads format "
                f"{FORMAT}. Install the version of honed that wrote it (see run.json)."
            )
        return _model(typed.take(_Document, document), weights)
    except (typed.Misfit, InputError) as error:
        found = str(error).rstrip(".")
        raise RunError(
            f"The model in {folder} is damaged: {found}. Copy it again from where it was made, or train again."
        ) from error


def _json(text: bytes) -> Any:
    try:
        return loads(text)
    except ValueError as error:
        raise typed.Misfit(f"{_DOCUMENT} is no JSON text ({error})") from None


def _model(document: _Document, weights: bytes) -> Model:
    """The model that both files describe; `Misfit` or `InputError` where they do not fit together."""
    _check_sums(document, weights)
    schema = Schema.from_json(document["schema"], "schema")
    encoders = tuple(
        Encoder.from_json(encoder, f"encoders[{number}]")
        for number, encoder in enumerate(document["encoders"])
    )
    names = {column.name for column in schema.columns if column.used}
    for number, encoder in enumerate(encoders):
        typed.require(
            names >= set(encoder.names), f"encoders[{number}]", "names columns that the schema has not"
        )
    arrays = _arrays(weights)
    members = tuple(
        _member(number, member, schema, encoders, arrays) for number, member in enumerate(document["members"])
    )
    typed.require(not arrays, _WEIGHTS, f"holds an array too much, {typed.shown(next(iter(arrays), ''))}")
    total = sum(member.weight for member in members)
    typed.require(abs(total - 1) < _ROUNDING, "members", f"have weights that sum to {total:g}, not 1")
    temperature = document["temperature"]
    typed.require(
        0 < temperature < math.inf, "temperature", f"is {temperature}, but it must be above 0 and finite"
    )
    return Model(schema, encoders, members, temperature)


def _member(
    number: int,
    document: _MemberDocument,
    schema: Schema,
    encoders: tuple[Encoder, ...],
    arrays: dict[str, np.ndarray],
) -> Member:
    """One member; its arrays are taken out of `arrays`."""
    place, place_of = f"members[{number}]", document["encoder"]
    typed.require(
        0 <= place_of < len(encoders), f"{place}.encoder", f"is {place_of} of {len(encoders)} encoders"
    )
    typed.require(
        0 < document["weight"] <= 1 + _ROUNDING, f"{place}.weight", f"is {document['weight']}, not a share"
    )
    target = TargetEncoder.from_json(document["target"], f"{place}.target")
    classes = len(schema.target.classes)
    typed.require(
        (target.kind == "classes") == bool(classes), f"{place}.target", "is not of the schema's task"
    )
    quantiles = tuple(document["quantiles"])
    rising = all(low < high for low, high in zip((0, *quantiles), (*quantiles, 1), strict=True))
    fits = rising if document["loss"] == "quantile" else not quantiles
    typed.require(fits, f"{place}.quantiles", f"are {typed.shown(quantiles)}, which its loss has not")
    (network,) = build([NetworkSpec], document["network"])
    params = {}
    shapes = mlp.shapes(network, encoders[place_of].inputs, classes or len(quantiles) or 1)
    for name, shape in shapes.items():
        where = f"{_WEIGHTS}: {number}/{name}"
        typed.require(f"{number}/{name}" in arrays, where, "is missing")
        params[name] = array = arrays.pop(f"{number}/{name}")
        typed.require(array.shape == shape, where, f"has shape {array.shape}, but the network needs {shape}")
        typed.finite(array, where)
        if name.endswith(".variance"):
            typed.require((array >= 0).all(), where, "holds a negative variance")
    return Member(network, place_of, target, params, document["weight"], document["loss"], quantiles)


def _arrays(weights: bytes) -> dict[str, np.ndarray]:
    """Arrays of a safetensors file by name, all float32."""
    try:
        found = safetensors.deserialize(weights)
    except safetensors.SafetensorError as error:
        raise typed.Misfit(f"{_WEIGHTS} is no file of arrays ({error})") from None
    for name, array in found:
        typed.require(array["dtype"] == "F32", f"{_WEIGHTS}: {name}", f"is of {array['dtype']}, not F32")
    return {name: np.frombuffer(array["data"], "<f4").reshape(array["shape"]) for name, array in found}


def _check_sums(document: _Document, weights: bytes) -> None:
    sums = document.get("checksums")
    if sums is None:
        return
    rest = {name: value for name, value in document.items() if name != "checksums"}
    for name, content in (("document", _text(rest)), ("weights", weights)):
        where = _DOCUMENT if name == "document" else _WEIGHTS
        typed.require(
            sums[name] == _checksum(content), where, "is not as it was written (its checksum differs)"
        )


def _text(document: Any) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()


def _checksum(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"
