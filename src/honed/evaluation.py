"""Every metric of the task, for a model on a table that holds the target."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict

import numpy as np
import polars as pl

from honed.errors import InputError
from honed.figures import counted, figure
from honed.metrics import METRICS, class_code
from honed.report import decided
from honed.report.facts import Decided, Decision
from honed.report.layout import aligned
from honed.run.folder import RunFolder
from honed.table.cells import counts, match, some, texts
from honed.table.columns import target_rows, target_values
from honed.table.read import Table
from honed.typed import JSON

if TYPE_CHECKING:
    from honed.family import Asked
    from honed.model import Model


class OfDecision(NamedTuple):
    """The model's decision between two classes, and what it comes to on the rows."""

    decision: Decision
    outcome: Decided


@dataclass(frozen=True)
class Evaluation:
    """Scores by metric.

    Attributes
    ----------
    rows : rows that were scored.
    missing : rows left out because their target is missing.
    unseen : rows left out because training has not seen their class, by class.
    scores : by scikit-learn's names; errors of a regression in the target's units, log-loss in nats; NaN for what is
        undefined on these rows.
    positive : the class that average precision is of, with two classes.
    decided : what the model's decision comes to; None where it predicts the likeliest class. The scores of answers
        (accuracy, balanced accuracy, F1) are then of what it predicts.
    """

    task: str
    rows: int
    missing: int
    unseen: dict[str, int]
    scores: dict[str, float]
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

    def as_json(self) -> str:
        """One JSON object; null for a score that is undefined."""
        content = {
            "task": self.task,
            "rows": self.rows,
            "left_out": {"missing_target": self.missing, "unseen_class": sum(self.unseen.values())},
            "unseen_classes": list(self.unseen),
            "positive": self.positive,
            "scores": {name: None if math.isnan(value) else value for name, value in self.scores.items()},
        }
        if self.decided is not None:
            content["decision"] = {**self.decided.decision, "outcome": self.decided.outcome}
        return json.dumps(content, indent=2)

    def as_text(self) -> str:
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
        return "\n".join(lines)


class RunOptions(TypedDict, total=False):
    """The positive class of two, how the file was read, and what a family alone knows."""

    positive: str | None
    as_is: bool
    sheet: str | None
    own: dict[str, JSON] | None


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


def evaluate(model: Model, table: Table, positive: str | None = None) -> Evaluation:
    """Score `model` on the rows of `table` whose target is present and, for classes, seen in training.

    Parameters
    ----------
    positive : of two classes the one that average precision is of; default the second.

    Raises
    ------
    InputError
        No target column, no row that can be scored, no such class, or a cell that the model cannot read.
    """
    parts = Parts(model, table.source, positive)
    parts.check_has_target(table)
    frame = model.schema.read(table.frame, table.source)
    parts.check_has_rows(frame)
    parts.add(frame, model.answers(frame))  # of the whole table, so that messages name the file's rows
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
    frame = pl.DataFrame([asked.truth.rename(name)])[asked.places]
    parts.check_has_rows(frame)
    parts.add(frame, model.answers(asked.rows))
    return parts.scored()


class Parts:
    """The rows of a table as far as they were asked about, part by part; then their scores.

    Parameters
    ----------
    source : the table, for messages. positive : see `evaluate`.
    """

    def __init__(self, model: Model, source: str, positive: str | None) -> None:
        self._schema, self._source, self._decision = model.schema, source, model.decision
        self._positive = positive
        self._truth: list[np.ndarray] = []
        self._told: list[np.ndarray] = []
        self._missing = 0
        self._unseen: Counter[str] = Counter()

    def check_has_target(self, table: Table) -> None:
        """Refuse a table that lacks the target."""
        name = self._schema.target.name
        if name not in table.frame.columns:
            raise InputError(
                f"{table.source} has no column {name!r}, the target, so predictions cannot be compared with "
                "the truth. Add the column, or use `honed predict`."
            )

    def check_has_rows(self, frame: pl.DataFrame) -> None:
        """Refuse a table of which no row can be scored, before it is asked about."""
        rows = self._rows(frame)[1]
        self._check(len(rows))

    def add(
        self, frame: pl.DataFrame, answers: tuple[np.ndarray, np.ndarray | None], before: int = 0
    ) -> None:
        """Take rows that were read, with their answers; `before` counts those of the file that come before them.

        Raises
        ------
        InputError
            A target that cannot be read, with its place.
        """
        table, rows = self._rows(frame)
        self._missing += frame.height - len(rows)
        if self._schema.target.classes:
            rows, unseen = self._of_known_class(frame, rows)
            self._unseen.update(unseen)
        said, probabilities = answers
        self._truth.append(target_values(table, self._schema, rows, before))
        self._told.append((said if probabilities is None else probabilities)[rows])

    def scored(self) -> Evaluation:
        """The scores of all rows so far."""
        task, classes = self._schema.target.task, self._schema.target.classes
        self._check(sum(map(len, self._truth)) + self._unseen.total())
        truth, told = np.concatenate(self._truth), np.concatenate(self._told)
        self._truth, self._told = [], []
        unseen = dict(sorted(self._unseen.items(), key=lambda item: (-item[1], item[0])))
        if not len(truth):
            raise InputError(
                f"{self._source}: training has seen the class of no row ({some(list(unseen))}; it has seen "
                f"{some(classes)}), so no answer can be right. Correct the column {self._schema.target.name!r}."
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
        return Evaluation(task, len(truth), self._missing, unseen, scores, of, own)

    def _rows(self, frame: pl.DataFrame) -> tuple[Table, np.ndarray]:
        table = Table(frame, self._source, "")
        return table, target_rows(table, self._schema)

    def _check(self, rows: int) -> None:
        if not rows:
            raise InputError(
                f"{self._source}: the target {self._schema.target.name!r} is missing in every row, so there "
                "is nothing to compare with. Fill the column, or use `honed predict`."
            )

    def _of_known_class(self, frame: pl.DataFrame, rows: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
        """The rows whose class training has seen, and how many others there are of each class."""
        column = frame[self._schema.target.name][rows]
        is_unseen = match(column, self._schema.target.classes) == -2
        return rows[~is_unseen], counts(texts(column).filter(is_unseen))
