"""Which rows a run trained and chose on, and which it kept for the score: `write_folds`, `outer_rows`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from honed import typed
from honed.run import disk
from honed.run.arrays import pack, unpack
from honed.table.split import Splits

FILE = "folds.safetensors"


def write_folds(run: Path, rows: np.ndarray, splits: Splits) -> None:
    """Keep positions of rows, int32 and ascending: `outer`, and of fold 0 on `0/train` and `0/valid`.

    Positions count from 0 in the data; rows that the user gave to validate on follow its last one, those left out
    for a class that training lacks, or for being rows of the data too, not counted.

    Parameters
    ----------
    rows : positions of the rows that `splits` speaks of.
    """
    parts = {"outer": splits.outer}
    for number, fold in enumerate(splits.folds):
        parts |= {f"{number}/train": fold.train, f"{number}/valid": fold.valid}
    disk.write_file(run / FILE, pack({name: rows[part].astype(np.int32) for name, part in parts.items()}))


def outer_rows(run: Path) -> np.ndarray | None:
    """Positions int32 of the rows that were kept for the score; None where the run has not kept them.

    Raises
    ------
    RunError
        The file is damaged.
    """
    path = run / FILE
    if not path.exists():
        return None
    try:
        return unpack(disk.read_file(path)).arrays["outer"]
    except (OSError, KeyError, typed.Misfit) as error:
        raise disk.unreadable(path, error, "The folder is not a whole run.") from error
