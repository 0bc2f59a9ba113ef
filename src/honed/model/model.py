"""`Model`: a weighted ensemble of networks that predicts tables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from honed.encode.target import TargetEncoder, middle
from honed.errors import InputError, warn
from honed.family import Encoder, Family, Inputs, Networks, Parameters, Rows, Specification, find_family
from honed.figures import counted
from honed.heads import Head, apart, beside, columns
from honed.lazily import pl
from honed.model import files
from honed.model.asked import was_array
from honed.model.decision import Decision
from honed.model.intervals import USUAL, Intervals, check_level, learn, learn_quantiles
from honed.model.outputs import Reading, decoded, sharpen
from honed.table.columns import Schema
from honed.table.native import TableLike

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int, Shaped

_FAR = 1e300  # a bound beyond it is none
_ROUNDING = 1e-6  # by which shares may miss their sum


@dataclass(frozen=True)
class Member:
    """One trained network of an ensemble.

    Attributes
    ----------
    network, params : what the family's networks need to predict.
    encoder : position in the model's encoders.
    target : how outputs become values; also says that outputs are logits (kind "classes").
    weight : share in the ensemble, of several heads in the answer of the first; a model's weights sum to 1.
    loss : what it was trained by: says how outputs of classes become probabilities.
    quantiles : the share that lies below each output, where the loss is "quantile".
    further : the same of the other heads, where there are several.
    voice : number of the settings that it has in common with others, which together are one voice.
    """

    network: Specification
    encoder: int
    target: TargetEncoder
    params: Parameters
    weight: float
    loss: str = "auto"
    quantiles: tuple[float, ...] = ()
    further: tuple[Reading, ...] = ()
    voice: int = 0

    def predict(
        self, networks: Networks, inputs: Inputs, rows: Rows, thinning: int | None = None
    ) -> Float64[np.ndarray, "rows classes"] | Float64[np.ndarray, " rows"]:
        """Probabilities, or values in the target's units; of several heads side by side."""
        outputs = networks.predict(self.params, self.network, inputs, rows, thinning)
        return decoded(self.readings, outputs)

    @property
    def readings(self) -> tuple[Reading, ...]:
        """How its outputs become answers, of each head."""
        return (Reading(self.target, self.loss, self.quantiles, weight=self.weight), *self.further)

    @property
    def shares(self) -> tuple[float, ...]:
        """Its share in the answer to each head."""
        return tuple(reading.weight for reading in self.readings)

    def begins(self, classes: int) -> tuple[int, ...]:
        """The places at which the outputs of each head but the first begin; the first one's has so many `classes`."""
        own = [classes or len(self.quantiles) or 1, *(reading.outputs for reading in self.further)]
        return tuple(itertools.accumulate(own[:-1]))


class Answer(NamedTuple):
    """What is predicted of one target: class texts with probabilities, or values and None."""

    said: Shaped[np.ndarray, " rows"]
    probabilities: Float64[np.ndarray, "rows classes"] | None


class Held(NamedTuple):
    """Of so many rows those whose values end at a bound, and at which bounds."""

    rows: int
    count: int
    below: bool
    above: bool


@dataclass(frozen=True)
class Model:
    """A schema, encoders, and the networks that vote.

    `predict`, `predict_proba`, `predict_quantiles` and `predict_interval` take what the estimators take; the other
    methods take frames as `honed.table.read` makes them.

    Attributes
    ----------
    schema : what is known of the columns and of the target.
    encoders : what turns rows into numbers, in one or more ways.
    members : the networks, with their shares.
    temperature : divides the logarithm of the averaged probabilities (Guo et al. 2017, arXiv 1706.04599).
    family : address of the `honed.family.Family`, None for that of tables.
    further : temperatures of the other targets, where the networks have several heads; `predict_each` has the answers.
    intervals : how far those of values reach; None where nothing is known of that.
    decision : from which probability on the positive one of two classes is the answer; None for the likeliest class.
    """

    schema: Schema
    encoders: tuple[Encoder, ...]
    members: tuple[Member, ...]
    temperature: float = 1.0
    family: str | None = None
    further: tuple[float, ...] = ()
    intervals: Intervals | None = None
    decision: Decision | None = None

    @property
    def heads(self) -> tuple[Head, ...]:
        """What the networks are asked."""
        return tuple(Head(target.name, len(target.classes)) for target in self.schema.targets)

    @property
    def _family(self) -> Family:
        return find_family(self.family)

    def of_head(self, number: int) -> Model:
        """The model of one of its targets, which answers as this one does: the networks with a say in that alone."""
        members = [self._member_of(member, number) for member in self.members if member.shares[number]]
        return Model(
            replace(self.schema, target=self.schema.targets[number], further=()),
            self.encoders,
            tuple(members),
            (self.temperature, *self.further)[number],
            self.family,
        )

    def _member_of(self, member: Member, number: int) -> Member:
        """A member that answers one head: of arrays with an axis of outputs, that head's part."""
        begins, inputs = (0, *member.begins(len(self.classes))), self.encoders[member.encoder].inputs
        last = begins[-1] + member.further[-1].outputs
        ends, networks = (*begins[1:], last), self._family.networks
        whole, own = (
            networks.shapes(member.network, inputs, outputs)
            for outputs in (last, ends[number] - begins[number])
        )
        params, reading = dict[str, np.ndarray](), member.readings[number]
        for name, array in member.params.items():
            axes = [axis for axis, size in enumerate(whole[name]) if size != own[name][axis]]
            part = slice(begins[number], ends[number])
            params[name] = array[(slice(None),) * axes[0] + (part,)] if axes else array
        return Member(
            member.network,
            member.encoder,
            reading.target,
            params,
            reading.weight,
            reading.loss,
            reading.quantiles,
            (),
            member.voice,
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Class texts in the order of the probabilities; empty for regression."""
        return self.schema.target.classes

    @property
    def classes_(self) -> Shaped[np.ndarray, " classes"]:
        """Class labels as they were in the training table, in the order of the probabilities."""
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

    def predict(self, X: TableLike) -> Shaped[np.ndarray, " rows"]:
        """Labels as in the training table, by `decision` or the likeliest class of each row; or float64 values.

        Parameters
        ----------
        X : pandas, Polars or Arrow table with the columns of the training table by name, in any order; or array
            (rows, columns) or list of rows with those columns (without the target) by position. A model of pictures
            takes an array (rows, height, width[, channels]), a folder, a file, an archive (.npz) or a list of paths;
            one of sequences what its estimators take.

        Raises
        ------
        InputError
            The table does not fit the schema: a column is missing, or text stands in a numeric column. Pictures have
            another shape than in training, or a file cannot be read.

        Warns
        -----
        DataWarning
            Cells of a column are unseen in training, or values are held at the end of their range (`ends`).
        """
        frame = self._asked(X)
        if self.classes:
            return self.classes_[self.decided(self.probabilities(frame))]
        values = self.values(frame)
        self.warn_of_ends(values)
        return values

    def predict_each(self, X: TableLike) -> dict[str, Shaped[np.ndarray, " rows"]]:
        """The answer to each target by its name: labels or float64 values; see `predict`."""
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

    def predict_interval(self, X: TableLike, level: float = USUAL) -> Float64[np.ndarray, "rows 2"]:
        """The low and the high end of each row's interval, in the target's units and within `ends`.

        Parameters
        ----------
        level : the share of rows, from 0.5 to 0.99, whose truth lies in theirs; see `honed.model.intervals` for what
            that promises.

        Raises
        ------
        InputError
            No such level, too few rows to know it, a target of classes, or a model that was saved without intervals.
        """
        self.check_interval(level)
        return self.interval(self._asked(X), level)

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
        """`X`, as `predict` takes it, as a frame with the training table's names; of pictures and sequences arrays.

        Raises
        ------
        InputError
            Not a table, or an array of another width than the training table had. Of a model of pictures: no array of
            such, a path without a picture, a file that cannot be read, or files where training had arrays of fractions
            or of channels that no file has.
        """
        return self._family.raw(self.schema, self.encoders[0], X)

    def _asked(self, X: TableLike) -> pl.DataFrame:
        """The frame of `X`, with a word on columns of strange cells."""
        frame = self.frame_of(X)
        self.warn_of_odd(frame)
        return frame

    def warn_of_odd(self, frame: pl.DataFrame) -> None:
        """Say which cells, as the schema reads them, are unlike all of training."""
        for sentence in self._family.odd(self.schema, self.encoders[0], frame):
            warn(sentence)

    def each(self, frame: pl.DataFrame) -> list[Float64[np.ndarray, "rows ..."]]:
        """What each network says, in the order of `members`; who takes it asks no network again but for quantiles."""
        return [said for _, said in self._said(frame)]

    def told(
        self, frame: pl.DataFrame, each: Sequence[Float64[np.ndarray, "rows ..."]] | None = None
    ) -> Float64[np.ndarray, "rows ..."]:
        """What metrics take: probabilities (rows, classes) or values (rows,), of several heads side by side."""
        heads, heats = self.heads, (self.temperature, *self.further)
        parts = apart(self._average(frame, each=each), heads)
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

    def decided(self, probabilities: Float[np.ndarray, "rows classes"]) -> Int[np.ndarray, " rows"]:
        """The code of the class that is the answer for each row: by the decision, or the likeliest."""
        return probabilities.argmax(axis=1) if self.decision is None else self.decision.codes(probabilities)

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

    def check_interval(self, level: float) -> None:
        """Raise `InputError` where there are no intervals of that level; see `predict_interval`."""
        if self.schema.further:
            raise InputError(
                "Intervals are given for one target, and this model answers several. Train one for each."
            )
        if self.classes:
            raise InputError(
                f"The target {self.target!r} is a class, which no interval can hold: use the calibrated probability of "
                "each class (`predict_proba`, or the columns p_<class> of `honed predict`)."
            )
        check_level(level)
        if self.intervals is not None:
            self.intervals.at(level)
            return
        member = self.members[0]
        if member.loss == "quantile" and not middle(member.quantiles):
            raise InputError(
                f"The network predicts quantiles on one side of the median, {list(member.quantiles)}, between which no "
                "interval lies. Train with some on both sides, say quantiles=(0.05, 0.5, 0.95)."
            )
        raise InputError(
            "This model holds nothing to make intervals of: how far its predictions lay off on rows that did not train "
            "it. It was saved by an earlier version of honed, trained without rows to validate on (turn early stopping "
            "on), or its run was stopped before its end (`honed resume` goes on)."
        )

    def interval(
        self, frame: pl.DataFrame, level: float, each: Sequence[Float64[np.ndarray, " rows"]] | None = None
    ) -> Float64[np.ndarray, "rows 2"]:
        """The low and the high end of each row's interval; errors as `predict_interval`."""
        self.check_interval(level)
        known = self.intervals
        assert known is not None
        if known.quantiles:
            ends = known.beyond(self.quantile_values(frame)[:, [0, -1]], level)
        else:
            values, voices, shares = self.voices(frame, known.networks, each)
            ends = known.around(values, level, voices, shares)
        return np.clip(ends, *self.ends)

    def voices(
        self,
        frame: pl.DataFrame,
        networks: int,
        each: Sequence[Float64[np.ndarray, " rows"]] | None = None,
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, "voices rows"], list[float]]:
        """Values, what the first so many `networks` of each voice say on average, and the voices' shares."""
        total: Any = 0.0
        said_by: dict[int, list[np.ndarray]] = {}
        shares: dict[int, float] = {}
        for member, said in self._said(frame, each=each):
            total = total + member.weight * said
            shares[member.voice] = shares.get(member.voice, 0.0) + member.weight
            own = said_by.setdefault(member.voice, [])
            if len(own) < networks:
                own.append(said)
        voices = np.array([np.mean(own, axis=0) for own in said_by.values()])
        return total, voices, list(shares.values())

    def with_intervals(
        self,
        frame: pl.DataFrame,
        truth: Float64[np.ndarray, " rows"],
        groups: Int[np.ndarray, " rows"] | None = None,
    ) -> Model:
        """The model with intervals, learned from rows that did not train it; as it is where they say nothing of any.

        Parameters
        ----------
        truth : of these rows; class codes for classes.
        groups : of these rows, (rows,) whole numbers.
        """
        if self.classes or self.schema.further or not len(truth):
            return self
        found = self.quantiles(frame)
        if found is not None and found[0][0] < 0.5 < found[0][-1]:
            return replace(self, intervals=learn_quantiles(truth, found[1][:, [0, -1]], groups))
        if found is not None and not middle(found[0]):
            return self
        return replace(self, intervals=learn(truth, self.values(frame), groups=groups))

    def answers(self, frame: pl.DataFrame) -> Answer:
        """The answer of a model that has one; see `answers_each`."""
        self._check_one()
        return self.answers_each(frame)[0]

    def quiet_answers(self, frame: pl.DataFrame) -> Answer:
        """The same without a warning."""
        self._check_one()
        return self.quiet_answers_each(frame)[0]

    def answers_each(self, frame: pl.DataFrame) -> list[Answer]:
        """The answer to each target.

        Raises
        ------
        InputError
            The table does not fit the schema: a column is missing, or text stands in a numeric column.

        Warns
        -----
        DataWarning
            Cells of a column are unseen in training, or values are held at the end of their range (`ends`).
        """
        self.warn_of_odd(frame)
        answers = self.quiet_answers_each(frame)
        for number, answer in enumerate(answers):
            if answer.probabilities is None:
                self.warn_of_ends(answer.said, number)
        return answers

    def quiet_answers_each(self, frame: pl.DataFrame) -> list[Answer]:
        """The same without a warning."""
        told = zip(self.heads, self.schema.targets, apart(self.told(frame), self.heads), strict=True)
        return [
            Answer(np.array(target.classes, dtype=object)[self.decided(said)], said)
            if head.classes
            else Answer(said, None)
            for head, target, said in told
        ]

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value that can be predicted, in the target's units; infinite where unbounded."""
        return self.ends_of(0)

    def ends_of(self, head: int) -> tuple[float, float]:
        """The same of the head with that number."""
        targets = [(member.target, *(own.target for own in member.further))[head] for member in self.members]
        bounds = np.array([[target.low, target.high] for target in targets])
        low, high = np.array([member.shares[head] for member in self.members]) @ np.clip(bounds, -_FAR, _FAR)
        return (-math.inf if low <= -_FAR / 2 else float(low)), (
            math.inf if high >= _FAR / 2 else float(high)
        )

    def warn_of_ends(self, values: Float[np.ndarray, "rows ..."], head: int = 0) -> None:
        """Give a `DataWarning` where predicted values end at a bound.

        `values` (rows,), or (rows, several) such as quantiles or samples, of which a row is held where one of them is.
        Not at 0, where targets that are never negative end.
        """
        self.warn_of_held(self.held(values, head), head)

    def held(self, values: Float[np.ndarray, "rows ..."], head: int = 0) -> Held:
        """How many of these values end at a bound; see `warn_of_ends`."""
        low, high = self.ends_of(head)
        slack = _ROUNDING * (high - low) if math.isfinite(high - low) else 0.0
        below = (values <= low + slack) & (low != 0) & (low < high)
        above = (values >= high - slack) & (low < high)
        held = below | above
        count = int((held if held.ndim == 1 else held.any(axis=1)).sum())
        return Held(len(values), count, bool(below.any()), bool(above.any()))

    def warn_of_held(self, held: Held, head: int = 0) -> None:
        """Give the warning of `warn_of_ends`."""
        count = held.count
        if not count:
            return
        low, high = self.ends_of(head)
        ends = [f"{end:.6g}" for end, is_met in ((low, held.below), (high, held.above)) if is_met]
        what = f"{self.schema.targets[head].name!r}: " if self.schema.further else ""
        warn(
            f"{what}{counted(count, 'prediction')} of {held.rows:,} {'is' if count == 1 else 'are'} held at "
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
                "voice": member.voice,
                "arrays": list(member.params),
            }
            for member in self.members
        ]
        for member, saved in zip(self.members, members, strict=True):
            if member.further:
                saved["further"] = [
                    {
                        "target": own.target.to_json(),
                        "loss": own.loss,
                        "quantiles": list(own.quantiles),
                        "weight": own.weight,
                    }
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
        if self.intervals is not None:
            document["intervals"] = self.intervals.to_json()
        if self.decision is not None:
            document["decision"] = self.decision.to_json()
        files.write(folder, document, arrays)

    def _average(
        self,
        frame: pl.DataFrame,
        thinning: int | None = None,
        each: Sequence[Float64[np.ndarray, "rows ..."]] | None = None,
    ) -> Float64[np.ndarray, "rows classes"] | Float64[np.ndarray, " rows"]:
        total: Any = 0.0
        for member, said in self._said(frame, thinning, each):
            if not member.further:
                total = total + member.weight * said
                continue
            # What a network says of a target that it never learned may be infinite; it has no share in that.
            shares = columns(np.array(member.shares), self.heads)
            total = total + np.multiply(shares, said, where=shares > 0, out=np.zeros_like(said))
        return total

    def _said(
        self,
        frame: pl.DataFrame,
        thinning: int | None = None,
        each: Sequence[Float64[np.ndarray, "rows ..."]] | None = None,
    ) -> Iterator[tuple[Member, np.ndarray]]:
        """Each member with what it predicts; that is `each`, where it is known."""
        if each is not None:
            yield from zip(self.members, each, strict=True)
            return
        encoded: dict[int, Rows] = {}
        networks = self._family.networks
        for member in self.members:
            encoder = self.encoders[member.encoder]
            if member.encoder not in encoded:
                encoded[member.encoder] = encoder.encode(frame)
            yield member, member.predict(networks, encoder.inputs, encoded[member.encoder], thinning)
