"""A saved model asked about data on the disk, whatever these are: `predict` and `evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from honed import addresses, asked_table, batchwise, evaluation, predictions
from honed.errors import InputError
from honed.evaluation import Evaluation
from honed.model import Model
from honed.run import terminal
from honed.table.bad_cells import BadCells

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
    sheet: str | None = None,
    query: str | None = None,
    say: Say = lambda sentence: None,
) -> int:
    """Write predictions to a file, or to standard output; how many there are.

    Parameters
    ----------
    run : the folder that the model is from. out : a file that `predictions.check_destination` lets pass, or None.
    level : of intervals, or None. sheet : of a workbook; None for the run's. query : of a
        database, whose address `data` is.

    Raises
    ------
    InputError
        The model cannot read the data.
    """
    _check_no_database(model, data)
    _check_bad_cells(model, take_bad_as_missing)
    asked = asked_table.by_family(run, model, data, as_is, sheet)
    if asked is not None:
        found, count = predictions.of_asked(model, asked, level, say), asked.count
    else:
        batches = None if sheet is not None else asked_table.in_batches(run, model, data, as_is)
        with _offering("predict"):
            rows = batchwise.predict(
                model, batches, out, level, take_bad_as_missing=take_bad_as_missing, say=say
            )
            if rows is not None:
                return rows
            table = asked_table.whole(run, model, data, as_is, say, least_columns=1, sheet=sheet, query=query)
            found = predictions.predict(model, table, level, take_bad_as_missing=take_bad_as_missing, say=say)
            count = found.height
    if out is None:
        terminal.write(predictions.csv(found))
    else:
        predictions.write(found, out)
    return count


def evaluate(
    run: Path,
    model: Model,
    data: str,
    positive: str | None,
    *,
    take_bad_as_missing: bool = False,
    as_is: bool = False,
    sheet: str | None = None,
    query: str | None = None,
    say: Say,
) -> Evaluation:
    """Every metric on the rows whose target is there; errors as `predict`."""
    _check_no_database(model, data)
    _check_bad_cells(model, take_bad_as_missing)
    asked = asked_table.by_family(run, model, data, as_is, sheet)
    if asked is not None:
        for sentence in (*asked.notes, *asked.warnings):
            say(sentence)
        return evaluation.evaluate_asked(model, asked, data, positive)
    batches = None if sheet is not None else asked_table.in_batches(run, model, data, as_is)
    with _offering("evaluate"):
        found = batchwise.evaluate(model, batches, positive, say, take_bad_as_missing)
        if found is not None:
            return found
        table = asked_table.whole(run, model, data, as_is, say, sheet=sheet, query=query)
        return evaluation.evaluate(model, table, positive, say, take_bad_as_missing)


@contextmanager
def _offering(command: str) -> Iterator[None]:
    """Tell of several cells that cannot be read how the command goes on past them."""
    try:
        yield
    except BadCells as error:
        raise InputError(f"{error} `honed {command} --bad-cells missing` takes them as empty.") from None


def _check_bad_cells(model: Model, take_bad_as_missing: bool) -> None:
    """Refuse to take cells as empty where the model's family reads the data itself."""
    if model.family is not None and take_bad_as_missing:
        raise InputError(
            "--bad-cells missing is about models of tables, and the model is of pictures or sequences. Leave it out; "
            "what cannot be read is named."
        )


def _check_no_database(model: Model, data: str) -> None:
    """Refuse an address where the rows are not those of a table."""
    if model.family is not None and addresses.is_address(data):
        raise InputError(
            "The model is of pictures or sequences, which are read from files, and the data are a database. Write its "
            "rows into a file first."
        )
