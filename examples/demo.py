"""What `make demo` runs: a real table, 30 seconds of tuning, predictions for rows it has not seen, the score.

The table is scikit-learn's copy of the breast cancer data (569 rows, 30 numeric columns).
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import polars as pl
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

BUDGET = "30s"
MEASURED = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)


def main(folder: Path) -> None:
    train, test = write_tables(folder)
    run, predictions = new_folder(folder / "run"), folder / "predictions.csv"
    honed("fit", train, "--target", "diagnosis", "--budget", BUDGET, "--out", run)
    honed("predict", run, test, "--out", predictions)
    print("\nThe score on the test rows:", flush=True)
    honed("evaluate", run, test)
    command = os.path.relpath(Path(sys.executable).with_name("honed"))
    print(f"\nPredictions: {predictions}\nThe run:     {run}\nThe reasons: {command} show {run}")


def write_tables(folder: Path) -> tuple[Path, Path]:
    """train.csv and test.csv, a quarter of the rows in the second."""
    values, codes = load_breast_cancer(return_X_y=True)
    names = [("malignant", "benign")[code] for code in codes]
    columns = [f"{part} {what}" for part in ("mean", "error of", "worst") for what in MEASURED]
    table = pl.DataFrame(values, schema=columns).with_columns(pl.Series("diagnosis", names))
    rows = train_test_split(range(table.height), test_size=0.25, random_state=0, stratify=names)
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "train.csv", folder / "test.csv"
    for path, chosen in zip(paths, rows, strict=True):
        table[chosen].write_csv(path)
    return paths


def new_folder(path: Path) -> Path:
    """`path`, or with the first free number behind it: a run never writes over another."""
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"run-{number}")
    return path


def honed(*words: object) -> None:
    """Show a command and run it; end with its status where it fails."""
    arguments = [str(word) for word in words]
    print("\n$ honed", shlex.join(arguments), flush=True)
    status = subprocess.run([sys.executable, "-m", "honed", *arguments]).returncode
    if status != 0:
        sys.exit(status)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
