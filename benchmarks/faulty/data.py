"""The rows of the programs: those that scikit-learn brings along, and made ones."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from sklearn import datasets
from torch import Tensor

from faulty.program import Rows

Halves = tuple[Rows, Rows]  # rows to train on, rows to validate on


@cache
def loaded(name: str) -> tuple[Any, Any]:
    """A table of scikit-learn's, and its targets."""
    return getattr(datasets, f"load_{name}")(return_X_y=True)


def halves(X: Any, y: Any, *, scaled: bool = True, rows: int = 1000, seed: int = 0) -> Halves:
    """The first `rows` in random order, 30 % of them to validate; `scaled` takes means and spreads of the others.

    Whole numbers as targets stay classes of shape (rows,), others become numbers of shape (rows, 1).
    """
    X, y = np.asarray(X, np.float32), np.asarray(y)
    order = np.random.default_rng(seed).permutation(len(X))[:rows]
    X, y = X[order], y[order]
    train = round(0.7 * len(X))
    if scaled:
        X = (X - X[:train].mean(0)) / (X[:train].std(0) + 1e-6)
    inputs = torch.from_numpy(X.astype(np.float32))
    targets = torch.from_numpy(y.astype(np.int64)) if y.dtype.kind in "iu" else column(y)
    return (inputs[:train], targets[:train]), (inputs[train:], targets[train:])


def column(y: Any) -> Tensor:
    """Numbers as targets of shape (rows, 1)."""
    return torch.from_numpy(np.asarray(y, np.float32).reshape(len(y), -1))


def scaled_targets(rows: Halves) -> Halves:
    """Targets with mean 0 and spread 1 over the training rows."""
    (inputs, targets), (others, held) = rows
    mean, spread = targets.mean(), targets.std()
    return (inputs, (targets - mean) / spread), (others, (held - mean) / spread)


def digits(*, divisor: float = 16.0, image: bool = False, rows: int = 1000) -> Halves:
    """Written digits of 8 by 8 pixels and 10 classes, as 64 columns or as images of one channel."""
    X, y = loaded("digits")
    X = np.asarray(X) / divisor
    return halves(X.reshape(-1, 1, 8, 8) if image else X, y, scaled=False, rows=rows)


def wine(*, scaled: bool = True) -> Halves:
    """178 wines of 3 classes, 13 columns of very different size."""
    return halves(*loaded("wine"), scaled=scaled)


def iris(*, scaled: bool = True) -> Halves:
    """150 flowers of 3 classes, 4 columns."""
    return halves(*loaded("iris"), scaled=scaled)


def cancer(*, scaled: bool = True, rows: int = 569) -> Halves:
    """569 tumours, yes or no as a number of shape (rows, 1), 30 columns."""
    X, y = loaded("breast_cancer")
    return halves(X, np.asarray(y, np.float32), scaled=scaled, rows=rows)


def diabetes() -> Halves:
    """442 patients, a number of mean 152 and spread 77, 10 columns."""
    return halves(*loaded("diabetes"))


def friedman(*, rows: int = 600, noise: float = 0.5) -> Halves:
    """A made function of 5 of 10 columns, scaled to mean 0 and spread 1."""
    X, y = datasets.make_friedman1(n_samples=rows, noise=noise, random_state=0)
    return scaled_targets(halves(X, y, rows=rows))


def rings(*, rows: int = 600, noise: float = 0.08) -> Halves:
    """Two circles, one in the other."""
    return halves(*datasets.make_circles(rows, noise=noise, factor=0.5, random_state=0), rows=rows)


def moons(*, rows: int = 600, noise: float = 0.15) -> Halves:
    """Two moons that clasp each other."""
    return halves(*datasets.make_moons(rows, noise=noise, random_state=0), rows=rows)


def blobs(*, rows: int = 800, classes: int = 5, spread: float = 1.2, scaled: bool = True) -> Halves:
    """Round clouds of points in two columns."""
    X, y, *_ = datasets.make_blobs(rows, centers=classes, cluster_std=spread, random_state=3)
    return halves(X, y, rows=rows, scaled=scaled)


def hard(*, rows: int = 1000, columns: int = 20, share: float | None = None, noise: float = 0.0) -> Halves:
    """A made table of two classes in several clouds; `share` of the rows are of the second one."""
    X, y = datasets.make_classification(
        rows,
        columns,
        n_informative=6,
        n_redundant=2,
        n_clusters_per_class=2,
        weights=None if share is None else [1 - share],
        flip_y=noise,
        class_sep=1.0,
        random_state=1,
    )
    return halves(X, y, rows=rows)


def curve(kind: str, *, rows: int = 400) -> Halves:
    """One column from -3 to 3 and a "sine", "square" or "line" of it, with a little noise."""
    generator = np.random.default_rng(5)
    x = generator.uniform(-3, 3, size=(rows, 1))
    y = {"sine": np.sin(2 * x), "square": x**2 - 3, "line": 2 * x + 1}[kind]
    return halves(x, y + 0.05 * generator.normal(size=x.shape), scaled=False, rows=rows)


def sequences(*, rows: int = 600, length: int = 12, columns: int = 3) -> Halves:
    """Sequences (rows, steps, columns) of noise whose class is whether the first column's sum is above 0."""
    generator = np.random.default_rng(6)
    X = generator.normal(size=(rows, length, columns)).astype(np.float32)
    return halves(X, (X[:, :, 0].sum(1) > 0).astype(np.int64), scaled=False, rows=rows)


def remembered(*, rows: int = 500, length: int = 60) -> Halves:
    """Sequences of noise with a mark in the second column of the first step, which the class is."""
    generator = np.random.default_rng(7)
    y = generator.integers(0, 2, rows)
    X = 0.3 * generator.normal(size=(rows, length, 2)).astype(np.float32)
    X[:, 0, 1] += 2.0 * y - 1.0
    return halves(X, y, scaled=False, rows=rows)
