"""What shuffling by windows costs on a file sorted by its target, beside a free shuffle of all rows in memory.

python benchmarks/windows.py
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from honed.families.table import TABLE, streamed
from honed.families.table.streamed import Sizes
from honed.report.progress import Silent
from honed.search import by_hand
from honed.search.new_run import new_run
from honed.search.options import Options
from honed.search.prepare import prepare_source

ROWS = 200_000
SETTINGS: dict[str, Any] = {
    "hidden_sizes": [128, 128],
    "activation": "silu",
    "epochs": 4,
    "batch_size": 256,
    "learning_rate": 0.004,
    "schedule": "one_cycle",
}


def table(rows: int) -> pl.DataFrame:
    """Fifteen numbers and five categories, of which a few decide the target; sorted by it."""
    rng = np.random.default_rng(0)
    numbers = {f"x{column}": rng.normal(size=rows) for column in range(15)}
    codes = {f"c{column}": rng.integers(0, size, rows) for column, size in enumerate((3, 12, 40, 100, 250))}
    x = [*numbers.values()]
    y = 2 * x[0] + np.sin(3 * x[1]) + codes["c1"] % 7 + x[2] * x[3] + rng.normal(0, 0.5, rows)
    frame = pl.DataFrame({**numbers, **codes, "y": y})
    return frame.with_columns(pl.format("l{}", name).alias(name) for name in codes).sort("y")


def score(path: Path, sizes: Sizes, seed: int) -> float:
    """The error on rows kept apart of a network by hand, with those limits of what is held in memory."""
    options = Options(str(path), "y", seed=seed, settings=SETTINGS)
    source = streamed.from_files(options, options.data, sizes) or TABLE.read(options, {})
    prepared = prepare_source(source, options, by_hand.sharing(options))
    with (
        tempfile.TemporaryDirectory() as folder,
        new_run(prepared, Path(folder, "run"), trials=1) as (run, journal),
    ):
        facts: Any = by_hand.go_on(prepared, run, journal, Silent())
    return facts["scores"]["network"]["value"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    ways = {"in memory": Sizes()}
    ways |= {f"windows of {rows:,}": Sizes(1, 1, bucket=rows) for rows in (20_000, 2_000)}
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sorted.parquet")
        table(ROWS).write_parquet(path)
        for way, sizes in ways.items():
            found[way] = [score(path, sizes, seed) for seed in range(arguments.seeds)]
            print(f"{way:20}", *(f"{value:.4f}" for value in found[way]), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
