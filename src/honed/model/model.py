"""`Model`: a weighted ensemble of networks that predicts tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from honed.encode.target import TargetEncoder, middle
from honed.errors import InputError, warn
from honed.family import Encoder, Family, Inputs, Networks, Parameters, Rows, Specification, find_family
from honed.figures import counted
from honed.heads import Head, apart, beside
from honed.model import files
from honed.model.asked import was_array
from honed.table.columns import Schema
from honed.table.read import TableLike

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Shaped

_FAR = 1e300  # a bound beyond it is none
_ROUNDING = 1e-6  # by which shares may miss their sum
_LEAST_SHARE = 1e-6  # of a class by a network that was trained by squared error


class Reading(NamedTuple):
    """How a network's outputs for one head become its answer; see `Member`.

    outputs : how many of them are its own; of the main head all that the others leave.
    """

    target: TargetEncoder
    loss: str = "auto"
    quantiles: tuple[float, ...] = ()
    outputs: int = 0


@dataclass(frozen=True)
class Member:
    """One trained network of an ensemble.

    Attributes
    ----------
    network, params : what the family's networks need to predict.
    encoder : position in the model's encoders.
    target : how outputs become values; also says that outputs are logits (kind "classes").
    weight : share in the ensemble; a model's weights sum to 1.
    loss : what it was trained by: says how outputs of classes become probabilities.
    quantiles : the share that lies below each output, where the loss is "quantile".
    further : the same of the other heads, where there are several.
    """

    network: Specification
    encoder: int
    target: TargetEncoder
    params: Parameters
    weight: float
    loss: str = "auto"
    quantiles: tuple[float, ...] = ()
    further: tuple[Reading, ...] = ()

    def predict(
        self, networks: Networks, inputs: Inputs, rows: Rows, thinning: int | None = None
    ) -> Float64[np.ndarray, "rows classes"] | Float64[np.ndarray, " rows"]:
        """Probabilities, or values in the target's units; of several heads side by side."""
        outputs = networks.predict(self.params, self.network, inputs, rows, thinning)
        return decoded((Reading(self.target, self.loss, self.quantiles), *self.further), outputs)


@dataclass(frozen=True)
class Model:
    """A schema, encoders, and the networks that vote.

    `predict`, `predict_proba` and `predict_quantiles` take what the estimators take; the other methods take frames as
    `honed.table.read` makes them. `temperature` divides the logarithm of the averaged probabilities (Guo et al. 2017,
    arXiv 1706.04599). `family` is the address of the `honed.family.Family`, None for that of tables. Where the networks
    have several heads, `further` has the temperatures of the other targets, and `predict_each` the answers.
    """

    schema: Schema
    encoders: tuple[Encoder, ...]
    members: tuple[Member, ...]
    temperature: float = 1.0
    family: str | None = None
    further: tuple[float, ...] = ()

    @property
    def heads(self) -> tuple[Head, ...]:
        """What the networks are asked."""
        return tuple(Head(target.name, len(target.classes)) for target in self.schema.targets)

    @property
    def _family(self) -> Family:
        return find_family(self.family)

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
        return was_array(self.schema)

    def predict(self, X: TableLike) -> np.ndarray:
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
        self.warn_of_ends(values)
        return values

    def predict_each(self, X: TableLike) -> dict[str, np.ndarray]:
        """The answer to each target by its name: labels (rows,) or float64 values (rows,); see `predict`."""
        told = apart(self.told(self._asked(X)), self.heads)
        for number, (head, answer) in enumerate(zip(self.heads, told, strict=True)):
            if not head.classes:
                self.warn_of_ends(answer, number)
        answers = zip(self.schema.targets, told, strict=True)
        return {
            target.name: target.typed_classes()[answer.argmax(axis=1)] if target.classes else answer
            for target, answer in answers
        }

    def predict_proba_each(self, X: TableLike) -> dict[str, Float64[np.ndarray, "rows classes"]]:
        """Probabilities by the name of each target that has classes; see `predict_proba`."""
        answers = zip(self.heads, apart(self.told(self._asked(X)), self.heads), strict=True)
        return {head.name: answer for head, answer in answers if head.classes}

    def predict_proba(self, X: TableLike) -> Float64[np.ndarray, "rows classes"]:
        """Probabilities in the order of `classes_`; each row sums to 1."""
        if not self.classes:
            raise InputError(
                f"The target {self.target!r} is a quantity, so there are no classes to give probabilities of. "
                "Use predict."
            )
        return self.probabilities(self._asked(X))

    def predict_quantiles(self, X: TableLike) -> Float64[np.ndarray, "rows quantiles"]:
        """Values below which each share of rows lies; needs loss="quantile"."""
        values = self.quantile_values(self._asked(X))
        self.warn_of_ends(values)
        return values

    def quantile_values(self, frame: pl.DataFrame) -> Float64[np.ndarray, "rows quantiles"]:
        """The values of `quantiles`, or an `InputError` without quantiles."""
        found = self.quantiles(frame)
        if found is None:
            raise InputError(
                "This network predicts one value a row. For quantiles fit with loss='quantile' and, say, "
                "quantiles=(0.1, 0.5, 0.9)."
            )
        return found[1]

    def frame_of(self, X: TableLike) -> pl.DataFrame:
        """`X`, as `predict` takes it, as a frame with the training table's names.

        Raises
        ------
        InputError
            Not a table, or an array of another width than the training table had.
        """
        return self._family.raw(self.schema, X)

    def _asked(self, X: TableLike) -> pl.DataFrame:
        """The frame of `X`, with a word on columns of strange cells."""
        frame = self.frame_of(X)
        self._warn_of_odd(frame)
        return frame

    def _warn_of_odd(self, frame: pl.DataFrame) -> None:
        for sentence in self._family.odd(self.schema, frame):
            warn(sentence)

    def told(self, frame: pl.DataFrame) -> np.ndarray:
        """What metrics take: probabilities (rows, classes) or values (rows,), of several heads side by side."""
        heads, heats = self.heads, (self.temperature, *self.further)
        parts = apart(self._average(frame), heads)
        return beside(
            [
                sharpen(part, heat) if head.classes else part
                for head, part, heat in zip(heads, parts, heats, strict=True)
            ]
        )

    def _check_one(self) -> None:
        """Refuse to give the one answer of a model that has several."""
        if self.schema.further:
            names = ", ".join(repr(target.name) for target in self.schema.targets)
            raise InputError(
                f"This model answers {len(self.schema.targets)} targets ({names}), so there is no one answer. Use "
                "predict_each, or predict_proba_each."
            )

    def probabilities(self, frame: pl.DataFrame) -> Float64[np.ndarray, "rows classes"]:
        """Each row is positive and sums to 1."""
        self._check_one()
        return sharpen(self._average(frame), self.temperature)

    def values(self, frame: pl.DataFrame) -> Float64[np.ndarray, " rows"]:
        """In the target's own units."""
        self._check_one()
        return self._average(frame)

    def samples(self, frame: pl.DataFrame, count: int) -> Float64[np.ndarray, "samples ..."]:
        """What `count` networks say that dropout makes of this one: probabilities or values, samples first.

        Raises
        ------
        InputError
            No network of the model has dropout, or the count is below 1.
        """
        self._check_one()
        if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 1:
            raise InputError(f"samples is {count!r}, but it must be a whole number of 1 or more.")
        if not any(any(self._family.networks.dropouts(m.network).values()) for m in self.members):
            raise InputError(
                "The network has no dropout, so all samples would be the same. Train with dropout, say 0.2, or leave "
                "samples out."
            )
        drawn = [self._average(frame, thinning) for thinning in range(count)]
        return np.stack([sharpen(each, self.temperature) if self.classes else each for each in drawn])

    def quantiles(
        self, frame: pl.DataFrame
    ) -> tuple[tuple[float, ...], Float64[np.ndarray, "rows shares"]] | None:
        """The shares, and values below which those parts lie; None without quantiles.

        Each row's values rise: where outputs cross they are sorted (Chernozhukov et al. 2010, arXiv 0704.3649).
        """
        self._check_one()
        member = self.members[0]
        if member.loss != "quantile":
            return None
        encoder = self.encoders[member.encoder]
        networks, rows = self._family.networks, encoder.encode(frame)
        outputs = networks.predict(member.params, member.network, encoder.inputs, rows)
        return member.quantiles, np.sort(member.target.decode(outputs), axis=1)

    def answers(
        self, frame: pl.DataFrame
    ) -> tuple[Shaped[np.ndarray, " rows"], Float64[np.ndarray, "rows classes"] | None]:
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
        self._warn_of_odd(frame)
        if not self.classes:
            values = self.values(frame)
            self.warn_of_ends(values)
            return values, None
        probabilities = self.probabilities(frame)
        return np.array(self.classes, dtype=object)[probabilities.argmax(axis=1)], probabilities

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value that can be predicted, in the target's units; infinite where unbounded."""
        return self.ends_of(0)

    def ends_of(self, head: int) -> tuple[float, float]:
        """The same of the head with that number."""
        targets = [(member.target, *(own.target for own in member.further))[head] for member in self.members]
        bounds = np.array([[target.low, target.high] for target in targets])
        low, high = np.array([member.weight for member in self.members]) @ np.clip(bounds, -_FAR, _FAR)
        return (-math.inf if low <= -_FAR / 2 else float(low)), (
            math.inf if high >= _FAR / 2 else float(high)
        )

    def warn_of_ends(self, values: np.ndarray, head: int = 0) -> None:
        """Give a `DataWarning` where predicted values end at a bound.

        `values` (rows,), or (rows, several) such as quantiles or samples, of which a row is held where one of them is.
        Not at 0, where targets that are never negative end.
        """
        low, high = self.ends_of(head)
        slack = _ROUNDING * (high - low) if math.isfinite(high - low) else 0.0
        below = (values <= low + slack) & (low != 0) & (low < high)
        above = (values >= high - slack) & (low < high)
        held = below | above
        count = int((held if held.ndim == 1 else held.any(axis=1)).sum())
        if not count:
            return
        ends = [f"{end:.6g}" for end, is_met in ((low, below.any()), (high, above.any())) if is_met]
        what = f"{self.schema.targets[head].name!r}: " if self.schema.further else ""
        warn(
            f"{what}{counted(count, 'prediction')} of {len(values):,} {'is' if count == 1 else 'are'} held at "
            f"{' or '.join(ends)}, the end of the training targets' range with its margin, though the network would go "
            "further. Look at these rows; with a larger prediction_margin in training (inf for no bound) they go on."
        )

    def save(self, folder: Path) -> None:
        """Write `model.json` and `weights.safetensors` into an existing folder."""
        arrays = {
            f"{number}/{name}": value
            for number, member in enumerate(self.members)
            for name, value in member.params.items()
        }
        members: list[files.MemberDocument] = [
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
        ]
        for member, saved in zip(self.members, members, strict=True):
            if member.further:
                saved["further"] = [
                    {"target": own.target.to_json(), "loss": own.loss, "quantiles": list(own.quantiles)}
                    for own in member.further
                ]
        document: files.Document = {
            "format": files.FORMAT,
            "schema": self.schema.to_json(),
            "encoders": [encoder.to_json() for encoder in self.encoders],
            "temperature": self.temperature,
            "members": members,
        }
        if self.further:
            document["further"] = list(self.further)
        if self.family is not None:
            document["family"] = self.family
        files.write(folder, document, arrays)

    def _average(
        self, frame: pl.DataFrame, thinning: int | None = None
    ) -> Float64[np.ndarray, "rows classes"] | Float64[np.ndarray, " rows"]:
        encoded: dict[int, Rows] = {}
        networks = self._family.networks
        total: Any = 0.0
        for member in self.members:
            encoder = self.encoders[member.encoder]
            if member.encoder not in encoded:
                encoded[member.encoder] = encoder.encode(frame)
            total = total + member.weight * member.predict(
                networks, encoder.inputs, encoded[member.encoder], thinning
            )
        return total


def decoded(
    readings: Sequence[Reading], outputs: Float[np.ndarray, "rows outputs"]
) -> Float64[np.ndarray, "rows answers"] | Float64[np.ndarray, " rows"]:
    """What the outputs say, of several heads side by side; see `decode`."""
    own = [reading.outputs for reading in readings[1:]]
    ends = outputs.shape[1] - np.cumsum(own[::-1], dtype=int)[::-1]
    parts = np.split(outputs, ends, axis=1)
    return beside(
        [
            decode(reading.target, part, reading.loss, reading.quantiles)
            for reading, part in zip(readings, parts, strict=True)
        ]
    )


def decode(
    target: TargetEncoder,
    outputs: Float[np.ndarray, "rows outputs"],
    loss: str = "auto",
    quantiles: Sequence[float] = (),
) -> Float64[np.ndarray, "rows classes"] | Float64[np.ndarray, " rows"]:
    """Network outputs to probabilities, or to values in the target's units.

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


def softmax(logits: Float[np.ndarray, "rows classes"]) -> Float64[np.ndarray, "rows classes"]:
    """Probabilities by row."""
    shifted = np.asarray(logits, np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


def sharpen(
    probabilities: Float[np.ndarray, "rows classes"], temperature: float
) -> Float[np.ndarray, "rows classes"]:
    """Probabilities whose logarithms are divided by the temperature; never exactly 0."""
    floor = np.finfo(np.float32).tiny
    if temperature == 1.0:
        kept = np.maximum(probabilities, floor)
        return kept / kept.sum(axis=1, keepdims=True)
    return np.maximum(softmax(np.log(np.maximum(probabilities, floor)) / temperature), floor)
