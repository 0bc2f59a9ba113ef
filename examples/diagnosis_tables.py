"""Writes the tables that the pages about diagnosis use: digits.csv, and its first 200 rows as few.csv.

usage: diagnosis_tables.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
from sklearn.datasets import load_digits


def write(folder: Path) -> None:
    """Both tables, as CSV."""
    digits = load_digits()
    frame = pl.DataFrame(digits.data, schema=list(digits.feature_names))
    frame = frame.with_columns(digit=pl.Series(digits.target))
    frame.write_csv(folder / "digits.csv")
    frame.head(200).write_csv(folder / "few.csv")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
