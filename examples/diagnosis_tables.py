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
    values, target = load_digits(return_X_y=True)
    frame = pl.DataFrame(values, schema=[f"pixel_{i // 8}_{i % 8}" for i in range(64)])
    frame = frame.with_columns(digit=pl.Series(target))
    frame.write_csv(folder / "digits.csv")
    frame.head(200).write_csv(folder / "few.csv")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
