"""A saved model asked about data on the disk, whatever these are: `predict` and `evaluate`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from honed import asked_table, batchwise, evaluation, predictions
from honed.evaluation import Evaluation
from honed.model import Model
from honed.run import terminal

Say = Callable[[str], None]


def predict(
    run: Path,
    model: Model,
    data: str,
    out: Path | None,
    level: float | None = None,
    *,
    take_bad_as_missing: bool = False,
    as_is: bool = False,
    say: Say = lambda sentence: None,
) -> int:
    """Write predictions to a file, or to standard output; how many there are.

    Parameters
    ----------
    run : the folder that the model is from. out : a file that `predictions.check_destination` lets pass, or None.
    level : of intervals, or None.

    Raises
    ------
    InputError
        The model cannot read the data.
    """
    asked = asked_table.by_family(run, model, data)
    if asked is not None:
        frame = predictions.of_asked(model, asked, level, say)
    else:
        batches = asked_table.in_batches(run, model, data, as_is)
        rows = batchwise.predict(model, batches, out, level, take_bad_as_missing=take_bad_as_missing, say=say)
        if rows is not None:
            return rows
        table = asked_table.whole(run, model, data, as_is, say, least_columns=1)
        frame = predictions.predict(model, table, level, take_bad_as_missing=take_bad_as_missing, say=say)
    if out is None:
        terminal.write(predictions.csv(frame))
    else:
        predictions.write(frame, out)
    return frame.height


def evaluate(
    run: Path, model: Model, data: str, positive: str | None, *, as_is: bool = False, say: Say
) -> Evaluation:
    """Every metric on the rows whose target is there; errors as `predict`."""
    asked = asked_table.by_family(run, model, data)
    if asked is not None:
        for sentence in (*asked.notes, *asked.warnings):
            say(sentence)
        return evaluation.evaluate_asked(model, asked, data, positive)
    found = batchwise.evaluate(model, asked_table.in_batches(run, model, data, as_is), positive, say)
    if found is not None:
        return found
    return evaluation.evaluate(model, asked_table.whole(run, model, data, as_is, say), positive)
