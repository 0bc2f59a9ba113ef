"""Every metric of the task, for a model on a table that holds the target."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from honed.errors import InputError
from honed.figures import counted, figure
from honed.metrics import METRICS, class_code
from honed.run.folder import RunFolder
from honed.table.cells import counts, match, some, texts
from honed.table.columns import target_rows, target_values

if TYPE_CHECKING:
    from honed.model import Model
    from honed.table.columns import Schema
    from honed.table.read import Table


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
    """

    task: str
    rows: int
    missing: int
    unseen: dict[str, int]
    scores: dict[str, float]
    positive: str | None = None

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
        return json.dumps(content, indent=2)

    def as_text(self) -> str:
        """A small table for a person."""
        width = max(map(len, self.scores))
        lines = [f"{self.task}, {counted(self.rows, 'row')}"]
        for name, value in self.scores.items():
            said = "undefined" if math.isnan(value) else figure(value, pad=True)
            of = METRICS[name].positive is not None and self.positive is not None
            lines.append(f"  {name.ljust(width)}  {said}" + (f"  (of {self.positive!r})" if of else ""))
        return "\n".join(lines)


class RunOptions(TypedDict, total=False):
    """The positive class of two, and whether the file's lines were taken as they are."""

    positive: str | None
    as_is: bool


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
    schema = model.schema
    name, task = schema.target.name, schema.target.task
    if name not in table.frame.columns:
        raise InputError(
            f"{table.source} has no column {name!r}, the target, so predictions cannot be compared with "
            "the truth. Add the column, or use `honed predict`."
        )
    table = replace(table, frame=schema.read(table.frame, table.source))
    rows = target_rows(table, schema)
    if len(rows) == 0:
        raise InputError(
            f"{table.source}: the target {name!r} is missing in every row, so there "
            "is nothing to compare with. Fill the column, or use `honed predict`."
        )
    missing, unseen = table.frame.height - len(rows), {}
    if schema.target.classes:
        rows, unseen = _of_known_class(table, schema, rows)
    truth = target_values(table, schema, rows)
    code = None if positive is None else class_code(positive, task, schema.target.classes)
    answers, probabilities = model.answers(table.frame)  # whole, so that messages name the file's rows
    told = (answers if probabilities is None else probabilities)[rows]
    metrics = [metric for metric in METRICS.values() if task in metric.tasks]
    scores = {m.name: (m if code is None else m.of(code)).score(truth, told) for m in metrics}
    of = schema.target.classes[1 if code is None else code] if task == "binary" else None
    return Evaluation(task, len(rows), missing, unseen, scores, of)


def _of_known_class(table: Table, schema: Schema, rows: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
    """The rows whose class training has seen, and how many others there are of each class."""
    column = table.frame[schema.target.name][rows]
    is_unseen = match(column, schema.target.classes) == -2
    unseen = counts(texts(column).filter(is_unseen))
    if is_unseen.all():
        raise InputError(
            f"{table.source}: training has seen the class of no row ({some(list(unseen))}; it has seen "
            f"{some(schema.target.classes)}), so no answer can be right. Correct the column {schema.target.name!r}."
        )
    return rows[~is_unseen], unseen
