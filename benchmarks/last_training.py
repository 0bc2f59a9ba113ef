"""How many epochs the last training, on all rows, should have: rules that look at the curves of the folds, compared.

usage: last_training.py SUITE [--rows 1500] [--seeds 0 1 2] [--tables NAME ...] [--workers 2] [--json FILE]

SUITE holds suite.json (name, task, target, files of each table) and the tables. Of each table that many rows are
learned from, by the two first defaults on five folds and then on all of them, three times; others are predicted by the
mean of the three. The same three seeds are trained for every rule, and once for each number of epochs, so that rules
differ by that number alone. The loss is log-loss or the root mean squared error, given in percent of that of the first
rule; behind the mean its standard error.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jobs import check_all, run_all

TABLES = (
    "german_credit",
    "wine_quality",
    "ames_housing",
    "online_shoppers",
    "bike_sharing",
    "adult",
    "letter",
)
TABLES += ("california_housing", "diamonds", "dry_bean")
FOLDS, EPOCHS, AGAIN, TESTED = 5, 64, 3, 3_000
RULES = (
    "joint",
    "median",
    "joint, smoothed",
    "joint, in logs",
    "joint, middle half",
    "joint, a tenth more",
    "last",
)
WINDOW = 5  # epochs that are smoothed over


def main() -> None:
    """Measure every table, and print the losses by rule."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.one:
        tables = {t["name"]: t for t in json.loads((a.suite / "suite.json").read_text())}
        name, seed = a.one
        print(json.dumps(measure(a.suite, tables[name], int(seed), a.rows)))
        return
    jobs = [(name, str(seed)) for seed in a.seeds for name in a.tables]
    found = run_all([__file__, str(a.suite), "--rows", str(a.rows)], jobs, a.workers, a.json)
    print_losses(found, a.tables)
    check_all(found, jobs)


def measure(suite: Path, table: dict[str, Any], seed: int, rows: int) -> list[dict[str, dict[str, float]]]:
    """For each default the epochs and the loss of each rule."""
    import polars as pl

    from honed.families.table.presets import presets
    from honed.families.table.source import TableSource
    from honed.metrics import row_losses
    from honed.run.in_process import InProcess
    from honed.run.journal import Journal
    from honed.search import save
    from honed.search.options import Options
    from honed.search.prepare import prepare_source
    from honed.search.runner import Runner
    from honed.search.space import Space
    from honed.search.stores import MemoryStore
    from honed.search.training import Training
    from honed.table.columns import target_values
    from honed.table.read import from_frame, read
    from honed.trials import ALL

    whole = read(suite / table["files"][0]).frame
    order = np.random.default_rng(seed).permutation(whole.height)
    rows = min(rows, 3 * whole.height // 4)
    learned, tested = (whole[part.tolist()] for part in (order[:rows], order[rows : rows + TESTED]))
    options = Options("", table["target"], trials=1, seed=seed, task=table["task"])
    prepared = prepare_source(TableSource.of(from_frame(learned), options), options)
    schema = prepared.schema
    if schema.target.classes:
        tested = tested.filter(pl.col(table["target"]).is_in(list(schema.target.classes)))
    truth = target_values(from_frame(tested), schema, np.arange(tested.height))
    fold = prepared.splits.folds[0]
    found = []
    with InProcess("honed.search.job:Worker") as executor:
        runner = Runner(prepared, Journal.create(None, {}), MemoryStore(), executor, pad=True)
        inputs = runner.inputs()
        ready = presets(schema.target.task, len(fold.train), inputs.continuous, EPOCHS)
        space = Space(
            ready,
            prepared.targets,
            prepared.family.searched_encodings,
            batch=ready[0].training.batch(len(fold.train)),
            structures=99,
            seed=seed,
            most={"width": 512},
            without=() if inputs.continuous else ("numeric_embedding",),
        )
        for candidate in space.defaults()[:2]:
            done = runner.train([Training("full", candidate, str(each)) for each in range(FOLDS)])
            values = [result.value for result in done.values()]
            by_rule = epochs_by(values)
            reached = {}
            for epochs in sorted(set(by_rule.values())):
                named = replace(candidate, number=EPOCHS * (1 + candidate.number) + epochs)
                again = [Training("again", named, ALL, each, stop_after=epochs) for each in range(AGAIN)]
                trained = runner.train(again)
                model = save.model(runner, [(each, (1 / AGAIN,)) for each in trained], (1.0,))
                told = model.probabilities(tested) if schema.target.classes else model.values(tested)
                loss = float(row_losses(truth, told).mean())
                reached[epochs] = loss if schema.target.classes else math.sqrt(loss)
            losses = {rule: {"epochs": epochs, "loss": reached[epochs]} for rule, epochs in by_rule.items()}
            found.append(losses)
    return found


def epochs_by(values: list[dict[str, Any]]) -> dict[str, int]:
    """Epochs by rule, from the results of the folds."""
    length = max(len(value["valid_loss"]) for value in values)
    curves = np.array(
        [
            value["valid_loss"] + value["valid_loss"][-1:] * (length - len(value["valid_loss"]))
            for value in values
        ]
    )
    total = curves.sum(axis=0)
    joint = int(np.argmin(total)) + 1
    best = [value["best_epoch"] for value in values]
    low, high = (int(np.quantile(best, share, method="nearest")) for share in (0.25, 0.75))
    padded = np.pad(total, WINDOW // 2, mode="edge")
    return {
        "joint": joint,
        "median": int(np.median(best)),
        "joint, smoothed": int(np.argmin(np.convolve(padded, np.ones(WINDOW), "valid"))) + 1,
        "joint, in logs": int(np.argmin(np.log(curves).sum(axis=0))) + 1,
        "joint, middle half": low + int(np.argmin(total[low - 1 : high])),
        "joint, a tenth more": min(EPOCHS, round(1.1 * joint)),
        "last": EPOCHS,
    }


def print_losses(found: dict[str, list[dict[str, dict[str, float]]]], tables: list[str]) -> None:
    """One line a table, and the mean of all."""
    print("table".ljust(20) + "".join(rule.rjust(24) for rule in RULES))
    shares: dict[str, list[float]] = {rule: [] for rule in RULES}
    for table in tables:
        cells = [each for key, own in found.items() if key.split("/")[0] == table for each in own]
        line = table.ljust(20)
        for rule in RULES:
            share = [100 * each[rule]["loss"] / each[RULES[0]]["loss"] for each in cells]
            epochs = np.mean([each[rule]["epochs"] for each in cells]) if cells else math.nan
            shares[rule] += share
            line += f"{np.mean(share) if share else math.nan:14.2f} ({epochs:5.1f} ep)"
        print(line)
    count = max(1, len(shares[RULES[0]]))
    line = "mean".ljust(20)
    for own in shares.values():
        line += f"{np.mean(own):14.2f} ± {np.std(own) / math.sqrt(count):4.2f}   " if own else "nan".rjust(24)
    print(line)


if __name__ == "__main__":
    main()
