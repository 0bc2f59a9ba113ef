"""What ways to encode rows are worth: one network of each table in each way, on rows that nothing was chosen by.

usage: ways_to_encode.py SUITE [--tables NAME ...] [--encodings bins target pairs crosses] [--rows 8000]
       [--seeds 0 1] [--epochs 16] [--trials N] [--workers 1] [--json FILE]

SUITE holds suite.json (name, task, target, files of each table) and the tables, of whose training rows so many are
drawn; the test files are left alone. The network is the first preset of a search, trained by hand, and only the way to
encode differs; "robust", the usual one, is always among them. Printed are, of each table and seed, the losses on rows
that neither trained nor chose the epoch, and their percent of that of "robust".

With --trials there are two whole searches of so many candidates in their place: "robust", in which that is the only way
(`--encoding robust`), and "unasked", which tries by itself the ways that suit. Their losses are on the test files.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from jobs import check_all, run_all

if TYPE_CHECKING:
    from honed.search.options import Options

USUAL, UNASKED = "robust", "unasked"
METRICS = {"binary": "log_loss", "multiclass": "log_loss", "regression": "root_mean_squared_error"}


def main() -> None:
    """Train all, and print a line for each table and seed."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--encodings", nargs="+", default=["bins", "target", "pairs", "crosses"])
    parser.add_argument("--rows", type=int, default=8_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--trials", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    a = parser.parse_args()
    tables = {
        table["name"]: table
        for table in json.loads((a.suite / "suite.json").read_text())
        if table["task"] in METRICS and table["name"] in (a.tables or [table["name"]])
    }
    if a.one:
        name, encoding, seed = a.one
        how = encoding, int(seed), a.rows
        if a.trials:
            print(json.dumps(measure_search(a.suite, tables[name], *how, a.trials)))
        else:
            print(json.dumps(measure(a.suite, tables[name], *how, a.epochs)))
        return
    encodings = [USUAL, UNASKED] if a.trials else list(dict.fromkeys([USUAL, *a.encodings]))
    jobs = [(name, each, str(seed)) for name in tables for seed in a.seeds for each in encodings]
    size = ["--trials", str(a.trials)] if a.trials else ["--epochs", str(a.epochs)]
    command = [__file__, str(a.suite), "--rows", str(a.rows), *size]
    found = run_all(command, jobs, a.workers, a.json)
    print_losses(found, list(tables), encodings, a.seeds)
    check_all(found, jobs)


def measure(suite: Path, table: dict[str, Any], encoding: str, seed: int, rows: int, epochs: int) -> float:
    """The loss on unseen rows."""
    from honed.families.table.presets import presets
    from honed.search import by_hand
    from honed.search.candidate import plain

    frame = _drawn(suite / table["files"][0], rows, seed)
    preset = presets(table["task"], frame.height, 1, epochs)[0]
    settings = plain(preset.network) | plain(preset.training) | {"encoding": encoding}
    with tempfile.TemporaryDirectory() as folder:
        options = _options(folder, frame, table, seed)
        options = replace(options, settings=settings, metric=METRICS[table["task"]])
        facts: Any = by_hand.train(options, Path(folder) / "run")
        return facts["scores"]["network"]["value"]


def measure_search(
    suite: Path, table: dict[str, Any], encoding: str, seed: int, rows: int, trials: int
) -> float:
    """The loss of a whole search's model on the test file."""
    from honed import answering, model
    from honed.search.tune import fit

    train, test = (suite / file for file in table["files"])
    with tempfile.TemporaryDirectory() as folder:
        options = _options(folder, _drawn(train, rows, seed), table, seed)
        asked, run = () if encoding == UNASKED else (encoding,), Path(folder) / "run"
        facts: Any = fit(replace(options, trials=trials, encodings=asked, workers=1), run)
        print(*facts["notes"], facts["time"], file=sys.stderr)
        found = answering.evaluate(run, model.load(run), str(test), None, say=lambda _: None)
    return found.each[0].scores[METRICS[table["task"]]]


def _read(file: Path) -> pl.DataFrame:
    return pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)


def _drawn(file: Path, rows: int, seed: int) -> pl.DataFrame:
    """So many rows of a file."""
    frame = _read(file)
    if frame.height > rows:
        some = np.sort(np.random.default_rng(seed).permutation(frame.height)[:rows])
        frame = frame[some]
    return frame


def _options(folder: str, frame: pl.DataFrame, table: dict[str, Any], seed: int) -> Options:
    """Of rows that are written there."""
    from honed.search.options import Options

    if all(kind == pl.String for kind in frame.dtypes):
        frame.write_csv(data := Path(folder) / "rows.csv")
    else:
        frame.write_parquet(data := Path(folder) / "rows.parquet")
    return Options(str(data), table["target"], task=table["task"], time=table.get("time"), seed=seed)


def print_losses(found: dict[str, float], tables: list[str], encodings: list[str], seeds: list[int]) -> None:
    """A line for each table and seed: the loss in each way, with its percent of the usual one; blank if it failed."""
    wide = max(map(len, ["table", *tables]))
    print("table".ljust(wide) + "  seed" + "".join(encoding.rjust(19) for encoding in encodings))
    for name in tables:
        for seed in seeds:
            usual = found.get(f"{name}/{USUAL}/{seed}", np.nan)
            line = f"{name:{wide}}{seed:6}"
            for encoding in encodings:
                loss = found.get(f"{name}/{encoding}/{seed}")
                figure = "" if loss is None else f"{loss:#.5g}".rstrip(".") + f" ({100 * loss / usual:.1f})"
                line += figure.rjust(19)
            print(line.rstrip())


if __name__ == "__main__":
    main()
