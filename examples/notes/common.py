"""What the scripts of this folder share: data, the look of the pictures, and where the results go.

Each script writes NAME.svg, NAME.json and NAME.txt into docs/notes, or into the folder given as its argument.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split

mpl.use("svg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PURPLE, RED, BROWN = "#3d85d6", "#e07b28", "#2f9e77", "#a468d0", "#dd4a4a", "#a07a4a"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, RED, BROWN, "#cf5fa8", "#8a8f2a")
GREY = "#808080"  # readable on white and on black
LOADERS = {
    "digits": load_digits,
    "breast cancer": load_breast_cancer,
    "diabetes": load_diabetes,
    "wine": load_wine,
}

mpl.rcParams.update(
    {
        "svg.hashsalt": "honed",  # with no date, the same run makes the same bytes
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.size": 9,
        "axes.titlesize": 9.5,
        "text.color": GREY,
        "axes.labelcolor": GREY,
        "axes.edgecolor": GREY,
        "axes.titlecolor": GREY,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "axes.grid": True,
        "grid.color": GREY,
        "grid.alpha": 0.2,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "lines.markersize": 4.5,
    }
)


def load(name: str) -> tuple[np.ndarray, np.ndarray]:
    """One of scikit-learn's real tables: values (rows, columns) and the target (rows,)."""
    values, target = LOADERS[name](return_X_y=True)
    return values, target


def split(name: str, seed: int, rows: int | None = None, test: float = 0.3) -> list[np.ndarray]:
    """X_train, X_test, y_train, y_test; with `rows`, only so many to train on and the same test rows."""
    X, y = load(name)
    classes = len(np.unique(y)) < 20
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=test, random_state=seed, stratify=y if classes else None
    )
    if rows is not None and rows < len(y):
        X, _, y, _ = train_test_split(
            X, y, train_size=rows, random_state=seed, stratify=y if classes else None
        )
    return [np.asarray(part) for part in (X, X_test, y, y_test)]


def mean(values: Iterable[float]) -> float:
    """The mean."""
    return float(np.mean(list(values)))


def spread(values: Iterable[float]) -> float:
    """The standard deviation over seeds."""
    return float(np.std(list(values), ddof=1))


def axes(columns: int = 1, height: float = 3.2, **options: Any) -> tuple[Figure, Any]:
    """A figure 7 inches wide and its axes, one or an array."""
    figure, parts = plt.subplots(1, columns, figsize=(7, height), layout="constrained", **options)
    return figure, parts


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of plain text: the first column to the left, the others to the right."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    shown = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join(shown) + "\n"


def write(name: str, figures: dict[str, Any], text: str, **pictures: Figure) -> None:
    """Print `text`; write it, the figures, and the pictures as NAME.svg or NAME-KEY.svg ("main" is the first)."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "notes"
    print(text, end="")
    (folder / f"{name}.txt").write_text(text)
    (folder / f"{name}.json").write_text(json.dumps(_short(figures), indent=1, ensure_ascii=False) + "\n")
    for key, figure in pictures.items():
        path = folder / (f"{name}.svg" if key == "main" else f"{name}-{key}.svg")
        figure.savefig(path, metadata={"Date": None})


def _short(value: Any) -> Any:
    """Numbers with four digits, since more would differ from machine to machine; keys of letters and digits."""
    if isinstance(value, dict):
        return {re.sub(r"\W+", "_", str(key)).strip("_"): _short(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_short(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
