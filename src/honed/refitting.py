"""A finished run on more rows, from Python: `refit`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from honed.model.model import Model


def refit(
    run: str | os.PathLike[str],
    data: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str] | None = None,
    *,
    budget: str | float | None = None,
    device: str | None = None,
) -> Model:
    """Train what a finished run has chosen on more rows, as `honed refit` does; the model that is best there.

    Architecture, settings, shares, calibration and the reading of columns stay. Networks are trained twice, going on
    from their weights and anew, and compared with the unchanged model on new rows that were kept apart from all
    trainings: the newest where the run follows time, whole groups where it has groups. The best is trained once more on
    all rows; its scores are in the new folder, as `honed show` tells them.

    Parameters
    ----------
    run : folder of a run that `honed fit` or `honed train` has made of a table. It stays as it is.
    data : path of the new rows, or several: files, folders or patterns of files with the columns of the run's table.
    out : folder of the new run, which must not exist yet; by default the run's with ``-refit`` at its end.
    budget : at most so much time, ``"5m"`` or seconds; by default what the trainings take.
    device : where to train: ``"cpu"``, ``"gpu"``, or ``"auto"`` for a GPU where there is one; by default as before.

    Raises
    ------
    InputError
        The run is not finished or not of a table; the new rows lack a column or the target, hold a class that it has
        not learned, or are too few; or the folder exists. Nothing is written.

    Examples
    --------
    >>> import honed
    >>> honed.refit("no/such/run", "new.csv")
    Traceback (most recent call last):
        ...
    honed.errors.InputError: no/such/run is not a folder; give the folder that `honed fit --out` has made
    """
    from honed import arguments, words
    from honed.model import load
    from honed.report.progress import of_caller
    from honed.search import more_rows

    seconds = words.seconds(budget) if isinstance(budget, str) else budget
    folder = more_rows.beside(Path(run)) if out is None else Path(out)
    named = [data] if isinstance(data, str | os.PathLike) else data
    word = arguments.data([os.fspath(path) for path in named])
    more_rows.refit(Path(run), word, folder, seconds, of_caller(), device)
    return load(folder)
