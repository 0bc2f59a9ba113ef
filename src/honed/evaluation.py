"""Every metric of the task, for a model on a table that holds the target."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from honed.errors import InputError
from honed.report.progress import figure
from honed.search.metrics import METRICS
from honed.table.columns import target_rows, target_values

if TYPE_CHECKING:
    from honed.model import Model
    from honed.table.read import Table


@dataclass(frozen=True)
class Evaluation:
    """Scores by metric.

    Attributes
    ----------
    rows : rows that were scored.
    left_out : rows whose target is missing.
    scores : by scikit-learn's names; errors of a regression in the target's units, log-loss in nats.
    """

    task: str
    rows: int
    left_out: int
    scores: dict[str, float]

    def as_json(self) -> str:
        """One JSON object."""
        content = {"task": self.task, "rows": self.rows, "left_out": self.left_out, "scores": self.scores}
        return json.dumps(content, indent=2)

    def as_text(self) -> str:
        """A small table for a person."""
        width = max(map(len, self.scores))
        lines = [f"{self.task}, {self.rows:,} rows"]
        lines += [f"  {name.ljust(width)}  {figure(value, pad=True)}" for name, value in self.scores.items()]
        return "\n".join(lines)


def evaluate(model: Model, table: Table) -> Evaluation:
    """Score `model` on the rows of `table` whose target is present.

    Raises
    ------
    InputError
        No target column, no row with a target, a class the model has not seen, or a cell it cannot read.
    """
    schema = model.schema
    name, task = schema.target.name, schema.target.task
    if name not in table.frame.columns:
        raise InputError(
            f"{table.source} has no column {name!r}, the target, so predictions cannot be compared with "
            "the truth. Add the column, or use `honed predict`."
        )
    rows = target_rows(table, schema)
    if len(rows) == 0:
        raise InputError(
            f"{table.source}: the target {name!r} is missing in all {table.frame.height:,} rows, so there is "
            "nothing to compare with. Fill the column, or use `honed predict`."
        )
    truth = target_values(table, schema, rows)
    answers, probabilities = model.answers(table.frame)  # whole, so that messages name the file's rows
    told = (answers if probabilities is None else probabilities)[rows]
    scores = {metric.name: metric.score(truth, told) for metric in METRICS.values() if task in metric.tasks}
    return Evaluation(task, len(rows), table.frame.height - len(rows), scores)
