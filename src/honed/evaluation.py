"""Every metric of the task, for a model on a table that holds the target, or several; then one number for all too."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict

import numpy as np

from honed import predictions
from honed.errors import InputError
from honed.figures import counted, figure
from honed.heads import Head
from honed.lazily import pl
from honed.metrics import METRICS, class_code, constant, together
from honed.report import decided
from honed.report.facts import Decided, Decision
from honed.report.layout import aligned
from honed.run.folder import RunFolder
from honed.table import bad_cells
from honed.table.cells import counts, match, some, texts
from honed.table.columns import target_rows, target_values
from honed.table.read import Table
from honed.typed import JSON

if TYPE_CHECKING:
    from honed.family import Asked
    from honed.model import Model
    from honed.model.decision import Decision as Rule
    from honed.model.model import Answer
    from honed.table.columns import Schema


class OfDecision(NamedTuple):
    """The model's decision between two classes, and what it comes to on the rows."""

    decision: Decision
    outcome: Decided


@dataclass(frozen=True)
class OfTarget:
    """Scores of one target by metric.

    Attributes
    ----------
    rows : rows that were scored.
    missing : rows left out because the target is missing.
    unseen : rows left out because training has not seen their class, by class.
    scores : by scikit-learn's names; errors of a regression in the target's units, log-loss in nats; NaN for what is
        undefined on these rows.
    share : the default loss as a share of what the best constant answer has on these rows (`honed.metrics.together`).
    positive : the class that average precision is of, with two classes.
    decided : what the model's decision comes to; None where it predicts the likeliest class. The scores of answers
        (accuracy, balanced accuracy, F1) are then of what it predicts.
    """

    target: str
    task: str
    rows: int
    missing: int
    unseen: dict[str, int]
    scores: dict[str, float]
    share: float
    positive: str | None = None
    decided: OfDecision | None = None

    def left_out(self) -> list[str]:
        """A sentence for each reason why rows were left out."""
        said = []
        if self.missing:
            said.append(f"Left out {counted(self.missing, 'row')} whose target is missing.")
        if self.unseen:
            said.append(
                f"Left out {counted(sum(self.unseen.values()), 'row')} whose class training has not seen "
                f"({some(list(self.unseen))}): no answer to them can be right, and the scores say nothing of them."
            )
        return said

    def to_json(self) -> dict[str, JSON]:
        """Plain values; None for a score that is undefined."""
        content: dict[str, JSON] = {
            "task": self.task,
            "rows": self.rows,
            "left_out": {"missing_target": self.missing, "unseen_class": sum(self.unseen.values())},
            "unseen_classes": list(self.unseen),
            "positive": self.positive,
            "scores": {name: None if math.isnan(value) else value for name, value in self.scores.items()},
        }
        if self.decided is not None:
            content["decision"] = {**self.decided.decision, "outcome": self.decided.outcome}
        return content

    def lines(self) -> list[str]:
        """A small table for a person."""
        width = max(map(len, self.scores))
        lines = [f"{self.task}, {counted(self.rows, 'row')}"]
        for name, value in self.scores.items():
            said = "undefined" if math.isnan(value) else figure(value, pad=True)
            of = METRICS[name].positive is not None and self.positive is not None
            lines.append(f"  {name.ljust(width)}  {said}" + (f"  (of {self.positive!r})" if of else ""))
        if self.decided is not None:
            own, outcome = self.decided
            said = [decided.rule_words(own), decided.outcome_words(own, outcome)]
            lines += ["", *said, *(f"  {line}" for line in aligned(decided.confusion(own, outcome)))]
        return lines


@dataclass(frozen=True)
class Evaluation:
    """The scores of each target of a model; mostly of one."""

    each: tuple[OfTarget, ...]

    @property
    def relative_loss(self) -> float:
        """The mean over the targets of their `share`, where it is defined: 1 is a guess, 0 is perfect."""
        shares = [own.share for own in self.each if not math.isnan(own.share)]
        return float(np.mean(shares)) if shares else float("nan")

    def left_out(self) -> list[str]:
        """A sentence for each reason why rows were left out."""
        if len(self.each) == 1:
            return self.each[0].left_out()
        return [f"{own.target!r}: {sentence}" for own in self.each for sentence in own.left_out()]

    def as_json(self) -> str:
        """One JSON object; null for a score that is undefined. Of several targets one in it for each."""
        if len(self.each) == 1:
            return json.dumps(self.each[0].to_json(), indent=2)
        targets = {own.target: own.to_json() for own in self.each}
        share = None if math.isnan(self.relative_loss) else self.relative_loss
        return json.dumps({"relative_loss": share, "targets": targets}, indent=2)

    def as_text(self) -> str:
        """A small table for a person, or one for each of several targets."""
        if len(self.each) == 1:
            return "\n".join(self.each[0].lines())
        alike = [own.target for own in self.each if math.isnan(own.share)]
        share = "undefined" if math.isnan(self.relative_loss) else figure(self.relative_loss)
        count = counted(len(self.each) - len(alike), "target")
        lines = [f"relative_loss {share}: the mean loss of {count} as a share of a constant answer's."]
        if alike:
            lines.append(
                f"Without {some(alike)}, alike in all of these rows, where a constant is always right."
            )
        for own in self.each:
            first, *rest = own.lines()
            lines += ["", f"{own.target!r}: {first}", *rest]
        return "\n".join(lines)


class RunOptions(TypedDict, total=False):
    """The positive class of two, and how the file was read."""

    positive: str | None
    as_is: bool
    sheet: str | None


class _Run(TypedDict, total=False):
    options: RunOptions


def positive_of(run: Path) -> str | None:
    """The class that the run was told is the positive one; None for a folder that holds a model alone."""
    return options_of(run).get("positive")


def options_of(run: Path) -> RunOptions:
    """What of the run's options counts for tables that come later; empty for a folder that holds a model alone."""
    if not (run / "run.json").exists():
        return {}
    return RunFolder.open(run).read_json("run.json", _Run).get("options", {})


def evaluate(
    model: Model,
    table: Table,
    positive: str | None = None,
    say: Callable[[str], None] = lambda sentence: None,
    take_bad_as_missing: bool = False,
) -> Evaluation:
    """Score `model` on the rows of `table` whose target is present and, for classes, seen in training.

    Of several targets each has rows of its own.

    Parameters
    ----------
    positive : of two classes the one that average precision is of; default the second.
    say : is called with a sentence on words for missing that training did not have, and on what was taken as empty.
    take_bad_as_missing : take cells that cannot be read as their column's numbers or dates as empty.

    Raises
    ------
    InputError
        No target column, no row that can be scored, no such class, or a cell that the model cannot read.
    """
    parts = Parts(model, table.source, positive)
    parts.check_has_target(table)
    frame = model.schema.read(table.frame, table.source)
    bad_cells.say_of_words(table.frame, frame, model.schema.words_for_missing(), say)
    if take_bad_as_missing:
        frame, bad = predictions.emptied(model, frame, of_targets=True)
        if bad.count:
            say(bad_cells.said_of_emptied(*bad))
    parts.check_has_rows(frame)
    parts.add(frame, model.answers_each(frame))  # of the whole table, so that messages name the file's rows
    return parts.scored()


def evaluate_asked(model: Model, asked: Asked, source: str, positive: str | None = None) -> Evaluation:
    """The same of rows that a family has read.

    Raises
    ------
    InputError
        Their truth is not known, or there is none that can be scored.
    """
    parts = Parts(model, source, positive)
    name = model.schema.target.name
    if asked.truth is None:
        raise InputError(
            f"{source} does not say what is true of its rows ({name!r}), so predictions cannot be compared with it. "
            "Give data of the form that was learned from, or use `honed predict`."
        )
    frame = pl.DataFrame([pl.Series(name, asked.truth)])[asked.places]
    parts.check_has_rows(frame)
    parts.add(frame, model.answers_each(asked.rows))
    return parts.scored()


class Parts:
    """The rows of a table as far as they were asked about, part by part; then their scores.

    Parameters
    ----------
    source : the table, for messages. positive : see `evaluate`.
    """

    def __init__(self, model: Model, source: str, positive: str | None) -> None:
        targets = model.schema.targets
        if positive is not None and len(targets) > 1:
            raise InputError(
                f"The positive class {positive!r} is of one target, and this model answers {len(targets)}. Leave it "
                "out."
            )
        self._each = [
            _PartsOfTarget(number, model.schema, source, model.decision, positive)
            for number in range(len(targets))
        ]

    def check_has_target(self, table: Table) -> None:
        """Refuse a table that lacks a target."""
        for own in self._each:
            own.check_has_target(table)

    def check_has_rows(self, frame: pl.DataFrame) -> None:
        """Refuse a table of which no row can be scored, before it is asked about."""
        for own in self._each:
            own.check_has_rows(frame)

    def add(self, frame: pl.DataFrame, answers: Sequence[Answer], before: int = 0) -> None:
        """Take rows that were read, with their answers; `before` counts those of the file that come before them.

        Raises
        ------
        InputError
            A target that cannot be read, with its place.
        """
        for own, answer in zip(self._each, answers, strict=True):
            own.add(frame, answer, before)

    def scored(self) -> Evaluation:
        """The scores of all rows so far."""
        return Evaluation(tuple(own.scored() for own in self._each))


class _PartsOfTarget:
    """The same of one target, the one of the schema with that number."""

    def __init__(
        self, number: int, schema: Schema, source: str, decision: Rule | None, positive: str | None
    ) -> None:
        self._target, self._source, self._decision = schema.targets[number], source, decision
        self._schema = replace(schema, target=self._target, further=())
        self._positive = positive
        self._truth: list[np.ndarray] = []
        self._told: list[np.ndarray] = []
        self._missing = 0
        self._unseen: Counter[str] = Counter()

    def check_has_target(self, table: Table) -> None:
        name = self._target.name
        if name not in table.frame.columns:
            raise InputError(
                f"{table.source} has no column {name!r}, the target, so predictions cannot be compared with "
                "the truth. Add the column, or use `honed predict`."
            )

    def check_has_rows(self, frame: pl.DataFrame) -> None:
        rows = self._rows(frame)[1]
        self._check(len(rows))

    def add(self, frame: pl.DataFrame, answer: Answer, before: int) -> None:
        table, rows = self._rows(frame)
        self._missing += frame.height - len(rows)
        if self._target.classes:
            rows, unseen = self._of_known_class(frame, rows)
            self._unseen.update(unseen)
        said, probabilities = answer
        self._truth.append(target_values(table, self._schema, rows, before))
        self._told.append((said if probabilities is None else probabilities)[rows])

    def scored(self) -> OfTarget:
        task, classes = self._target.task, self._target.classes
        self._check(sum(map(len, self._truth)) + self._unseen.total())
        truth, told = np.concatenate(self._truth), np.concatenate(self._told)
        self._truth, self._told = [], []
        unseen = dict(sorted(self._unseen.items(), key=lambda item: (-item[1], item[0])))
        if not len(truth):
            raise InputError(
                f"{self._source}: training has seen the class of no row ({some(list(unseen))}; it has seen "
                f"{some(classes)}), so no answer can be right. Correct the column {self._target.name!r}."
            )
        positive = self._positive
        code = None if positive is None else class_code(positive, task, classes)
        metrics = [metric for metric in METRICS.values() if task in metric.tasks]
        scores = {m.name: (m if code is None else m.of(code)).score(truth, told) for m in metrics}
        of = classes[1 if code is None else code] if task == "binary" else None
        own = None
        if self._decision is not None:
            codes = self._decision.codes(told)
            sure = np.eye(2)[codes]
            scores |= {metric.name: metric.score(truth, sure) for metric in metrics if metric.of_answers}
            outcome = decided.of_rows(self._decision, truth, codes, told.argmax(axis=1))
            own = OfDecision(decided.facts(self._decision, classes), outcome)
        return OfTarget(
            self._target.name,
            task,
            len(truth),
            self._missing,
            unseen,
            scores,
            _share(truth, told, len(classes)),
            of,
            own,
        )

    def _rows(self, frame: pl.DataFrame) -> tuple[Table, np.ndarray]:
        table = Table(frame, self._source, "")
        return table, target_rows(table, self._schema)

    def _check(self, rows: int) -> None:
        if not rows:
            raise InputError(
                f"{self._source}: the target {self._target.name!r} is missing in every row, so there "
                "is nothing to compare with. Fill the column, or use `honed predict`."
            )

    def _of_known_class(self, frame: pl.DataFrame, rows: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
        """The rows whose class training has seen, and how many others there are of each class."""
        column = frame[self._target.name][rows]
        is_unseen = match(column, self._target.classes) == -2
        return rows[~is_unseen], counts(texts(column).filter(is_unseen))


def _share(truth: np.ndarray, told: np.ndarray, classes: int) -> float:
    """The default loss as a share of that of the best constant answer to these rows; NaN where that is always right."""
    if len(np.unique(truth)) < 2:
        return float("nan")
    heads = (Head("", classes),)
    return together(heads, [constant(truth, classes, len(truth))], truth).score(truth, told)
