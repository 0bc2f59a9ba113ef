"""Milliseconds for one row of 20 columns: `predict` of a loaded model in a warm process, by kind of table and of row.

usage: one_row.py [--calls 300] [--json FILE]

The networks have 3 layers of 256 units and periodic embeddings of numbers, and are not trained, which makes no
difference; an ensemble has 6. The least and the median of all calls are shown: the least is that of a quiet moment.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

import honed
from honed.encode import encoder, target
from honed.model import Member, Model
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.table.columns import infer, target_rows, target_values
from honed.table.read import from_frame

ROWS = 1_000
ENSEMBLE = 6
SPEC = NetworkSpec(hidden_sizes=(256, 256, 256), activation="mish", numeric_embedding="periodic")
TABLES = {  # columns of numbers, words and dates
    "numbers": (20, 0, 0),
    "numbers and words": (10, 10, 0),
    "with dates": (10, 8, 2),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    warnings.simplefilter("ignore")
    results = []
    print(f"{'20 columns':<20}{'networks':>9}  {'row of':<8}{'least':>8}{'median':>8}  ms")
    for name, counts in TABLES.items():
        frame = table(*counts)
        row = frame.drop("y")[3:4]
        for networks in (1, ENSEMBLE):
            model = loaded(frame, networks)
            rows = {"Polars": row, "pandas": row.to_pandas()}
            for kind, given in rows.items():
                least, median = timed(lambda own=given: model.predict(own), a.calls)  # noqa: B023
                print(f"{name:<20}{networks:>9}  {kind:<8}{least:>8.2f}{median:>8.2f}")
                results.append([name, networks, kind, least, median])
    if a.json:
        a.json.write_text(json.dumps(results, indent=1))


def table(numbers: int, words: int, dates: int) -> pl.DataFrame:
    """A table of that many columns, and a target of two classes."""
    rng = np.random.default_rng(0)
    columns: dict[str, object] = {f"n{place}": rng.normal(size=ROWS) for place in range(numbers)}
    for place in range(words):
        columns[f"w{place}"] = [f"word {code}" for code in rng.integers(0, 4 + 8 * place, ROWS)]
    for place in range(dates):
        days = np.datetime64("2020-01-01") + rng.integers(0, 900, ROWS)
        columns[f"d{place}"] = days.astype("M8[us]")
    columns["y"] = [("no", "yes")[code] for code in rng.integers(0, 2, ROWS)]
    return pl.DataFrame(columns)


def loaded(frame: pl.DataFrame, networks: int) -> Model:
    """An ensemble of that many networks, saved and loaded."""
    whole = from_frame(frame)
    schema = infer(whole, "y")
    whole = schema.read_training(whole)
    rows = target_rows(whole, schema)
    learned = encoder.fit(whole, schema, rows)
    decoder = target.fit(target_values(whole, schema, rows), "classes")
    sample = learned.encode(whole.frame)
    members = tuple(
        Member(SPEC, 0, decoder, mlp.initialize(SPEC, learned.inputs, 2, sample, seed), 1 / networks)
        for seed in range(networks)
    )
    with tempfile.TemporaryDirectory() as folder:
        Model(schema, (learned,), members).save(Path(folder))
        return honed.load(folder)


def timed(call: Callable[[], object], calls: int) -> tuple[float, float]:
    """The least and the median time of a call in milliseconds."""
    for _ in range(5):
        call()
    found = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        found.append(1e3 * (time.perf_counter() - start))
    return min(found), statistics.median(found)


if __name__ == "__main__":
    main()
