"""What `make demo` runs: a real table, 30 seconds of tuning, predictions for rows it has not seen, the score.

The table is scikit-learn's copy of the breast cancer data (569 rows, 30 numeric columns).
"""

import shlex
import subprocess
import sys
from pathlib import Path

import polars as pl
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

BUDGET = "30s"


def main(folder: Path) -> None:
    train, test = write_tables(folder)
    run, predictions = new_folder(folder / "run"), folder / "predictions.csv"
    honed("fit", train, "--target", "diagnosis", "--budget", BUDGET, "--out", run)
    honed("predict", run, test, "--out", predictions)
    print("\nThe score on the test rows:", flush=True)
    honed("evaluate", run, test)
    print(f"\nPredictions: {predictions}\nThe run:     {run}\nThe reasons: honed show {run}")


def write_tables(folder: Path) -> tuple[Path, Path]:
    """train.csv and test.csv, a quarter of the rows in the second."""
    data = load_breast_cancer()
    columns = {str(name): column for name, column in zip(data["feature_names"], data["data"].T, strict=True)}
    names = [str(data["target_names"][code]) for code in data["target"]]
    table = pl.DataFrame({**columns, "diagnosis": names})
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
    """Show a command and run it."""
    arguments = [str(word) for word in words]
    print("\n$ honed", shlex.join(arguments), flush=True)
    subprocess.run([sys.executable, "-m", "honed", *arguments], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
