"""Small tables, each odd in one way: columns of cells as a file has them, text by text.

from messy_tables import csv, labels
path.write_text(csv(labels("01", "1")))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

Columns = Mapping[str, Sequence[object]]


def csv(columns: Columns, separator: str = ",", above: str = "", below: str = "") -> str:
    """The table as a CSV file has it, between other lines; None is an empty cell, and nothing is quoted."""
    rows = zip(*columns.values(), strict=True)
    lines = [separator.join("" if cell is None else str(cell) for cell in row) for row in rows]
    return above + "\n".join([separator.join(columns), *lines]) + "\n" + below


def usual(rows: int = 30, seed: int = 0) -> dict[str, list[str]]:
    """A column of words and two of numbers, none of which is odd."""
    rng = np.random.default_rng(seed)
    return {
        "city": rng.choice(["Rome", "Paris", "Orléans"], rows).tolist(),
        "size": [f"{value:.1f}" for value in rng.uniform(40, 120, rows)],
        "price": [f"{value:.2f}" for value in rng.uniform(100, 900, rows)],
    }


def herd(rows: int = 100) -> Columns:
    """Twenty pigs, weighed again and again, whose numbers say nothing of them but which they are."""
    rng = np.random.default_rng(0)
    of = np.arange(rows) % 20
    start, feed = rng.normal(size=(2, 20))[:, of] + 0.05 * rng.normal(size=(2, rows))
    return {
        "pig": (rng.permutation(20) * 7 + 400)[of].tolist(),
        "start": start.tolist(),
        "feed": feed.tolist(),
        "weight": (rng.normal(size=20)[of] + feed + 0.1 * rng.normal(size=rows)).tolist(),
    }


def labels(*classes: object, rows: int = 60) -> Columns:
    """An input that tells the class exactly, and the classes in turn."""
    return {
        "x": [row % len(classes) for row in range(rows)],
        "y": [classes[row % len(classes)] for row in range(rows)],
    }


def switched(false: object, true: object, rows: int = 200, seed: int = 0) -> Columns:
    """A flag in the given spellings and a number; the target is 4 where the flag is true, plus the number."""
    rng = np.random.default_rng(seed)
    flag, number = rng.random(rows) < 0.5, rng.normal(size=rows)
    return {
        "flag": [true if on else false for on in flag],
        "z": [f"{value:.3f}" for value in number],
        "y": [f"{value:.3f}" for value in 4 * flag + number],
    }


def moments(rows: int = 300, seed: int = 0) -> list[datetime]:
    """Times between 2015 and 2020, to the minute, in no order."""
    minutes = np.random.default_rng(seed).integers(0, 3_000_000, rows)
    return [datetime(2015, 1, 1) + timedelta(minutes=int(minute)) for minute in minutes]


def by_the_clock(days: int = 20, seed: int = 0) -> Columns:
    """An hourly table whose target follows the hour of the day and a number beside it."""
    rng = np.random.default_rng(seed)
    at = [datetime(2020, 1, 1) + timedelta(hours=hour) for hour in range(24 * days)]
    number = rng.normal(size=len(at))
    target = 10 * np.sin(2 * np.pi * np.arange(len(at)) / 24) + number
    return {
        "when": [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in at],
        "x": [f"{value:.3f}" for value in number],
        "y": [f"{value:.3f}" for value in target],
    }


def spelled(spell: Callable[[float], str], rows: int = 200, seed: int = 0) -> Columns:
    """An amount between 10 and 2,000 as `spell` writes it, another number, and a target that both tell."""
    rng = np.random.default_rng(seed)
    amount, number = rng.uniform(10, 2000, rows).round(2), rng.normal(size=rows)
    return {
        "amount": [spell(float(value)) for value in amount],
        "z": [f"{value:.3f}" for value in number],
        "y": [f"{value:.3f}" for value in amount / 500 + number],
    }
