"""How many trials the coach saves: the best validation loss after each of them, beside TPE alone and random edits.

usage: search.py SUITE [--trials 40] [--rows 4000] [--seeds 0 1 2] [--tables NAME ...] [--json FILE]

SUITE holds suite.json (name, task, target, files of each table) and the tables. All three searches have the same
space, rungs, folds, seeds and number of trials; they differ in who proposes after the first generation, and TPE alone
has larger generations. The loss of a candidate is the mean over the plan's folds of a training of full length; a trial
that was not fully trained lowers nothing. Beside it: the test loss of the best candidate's networks together, and the
trainings that it took, since an edit is always trained in full. Nothing is confirmed, assembled or trained again. Runs
are spread over the cores, each in a process of its own; --json keeps what is done, and goes on from it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from jobs import check_all, run_all
from sklearn.metrics import log_loss, root_mean_squared_error

if TYPE_CHECKING:
    from honed.model.model import Model

TABLES = ("german_credit", "wine_quality", "ames_housing", "online_shoppers", "dry_bean", "bike_sharing")
ARMS = ("tpe", "random", "coach")


def main() -> None:
    """Run every arm, table and seed, and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--arms", nargs="+", default=list(ARMS))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    a = parser.parse_args()
    tables = {t["name"]: t for t in json.loads((a.suite / "suite.json").read_text())}
    if a.one:
        name, arm, seed = a.one
        print(json.dumps(measure(a.suite, tables[name], arm, int(seed), a.trials, a.rows)))
        return
    jobs = [(name, arm, str(seed)) for seed in a.seeds for name in a.tables for arm in a.arms]
    command = [__file__, str(a.suite), "--trials", str(a.trials), "--rows", str(a.rows)]
    found = run_all(command, jobs, a.workers, a.json)
    print_table(found, a.tables, a.seeds, a.arms)
    print_ledger(found)
    check_all(found, jobs)


def measure(
    suite: Path, table: dict[str, Any], proposer: Any, seed: int, trials: int, rows: int
) -> dict[str, Any]:
    """One search: ``{"best", "test", "trainings", "ledger"}``.

    `best` is the least validation loss after each trial, None while there is none; `test` is the log-loss of classes,
    or the root mean squared error.
    """
    from honed.families.table.source import TableSource
    from honed.report.progress import Silent
    from honed.run.in_process import InProcess
    from honed.run.journal import Journal
    from honed.search.clock import Clock
    from honed.search.explore import explore
    from honed.search.options import Options
    from honed.search.prepare import prepare_source
    from honed.search.runner import Runner
    from honed.search.stores import MemoryStore
    from honed.table.read import from_frame

    train, test = (pl.read_csv(suite / file, infer_schema_length=None) for file in table["files"])
    train, name = train.head(rows), table["target"]
    if table["task"] != "regression":
        train = train.with_columns(pl.col(name).cast(pl.String))
    options = Options(
        table["name"], name, trials=trials, seed=seed, workers=1, task=table["task"], proposer=proposer
    )
    prepared = prepare_source(TableSource.of(from_frame(train), options), options)
    models: list[Model] = []
    with InProcess("honed.search.job:Worker") as executor:
        runner = Runner(prepared, Journal.create(None, {}), MemoryStore(), executor, pad=True)
        _, _, explored = explore(runner, Clock(time.monotonic(), None), Silent(), models.append, lambda: None)
    losses, model = explored.losses, models[-1]
    best = [min((losses[n] for n in losses if n <= last), default=None) for last in range(trials)]
    if table["task"] == "regression":
        error = root_mean_squared_error(test[name].to_numpy(), model.values(test))
    else:
        truth = [model.classes.index(label) for label in test[name].cast(pl.String)]
        error = log_loss(truth, model.probabilities(test), labels=list(range(len(model.classes))))
    return {"best": best, "test": float(error), "trainings": runner.networks, "ledger": explored.ledger}


def reached(best: list[float | None], goal: float) -> int | None:
    """Trials until the loss is `goal` or less, None where it never is."""
    return next((count for count, loss in enumerate(best, 1) if loss is not None and loss <= goal), None)


def print_table(found: dict[str, Any], tables: list[str], seeds: list[int], arms: list[str]) -> None:
    """By table: TPE's final loss, each arm's change from it, trials to reach it, test loss, trainings; medians last."""
    print(
        f"{'table':<16}{'search':<8}{'valid':>10}{'change':>9}{'worst':>9}{'trials to it':>18}{'test':>9}{'trained':>9}"
    )
    counts: dict[str, list[float]] = {arm: [] for arm in arms}
    changes: dict[str, list[float]] = {arm: [] for arm in arms}
    for table in tables:
        for arm in arms:
            pairs = [
                (found[own], found[base])
                for seed in seeds
                if (own := f"{table}/{arm}/{seed}") in found and (base := f"{table}/tpe/{seed}") in found
            ]
            if not pairs:
                continue
            differences = [100 * (one["best"][-1] / tpe["best"][-1] - 1) for one, tpe in pairs]
            needed = [reached(one["best"], tpe["best"][-1]) for one, tpe in pairs]
            of = len(pairs[0][1]["best"])
            counts[arm].append(statistics.median(of + 1 if n is None else n for n in needed))
            changes[arm].append(statistics.mean(differences))
            said = " ".join("-" if n is None else str(n) for n in needed)
            test = statistics.mean(100 * (one["test"] / tpe["test"] - 1) for one, tpe in pairs)
            valid = statistics.mean(one["best"][-1] for one, _ in pairs)
            trained = statistics.mean(one["trainings"] for one, _ in pairs)
            print(
                f"{table:<16}{arm:<8}{valid:>10.5g}{changes[arm][-1]:>+8.2f}%{max(differences):>+8.2f}%{said:>18}"
                f"{test:>+8.2f}%{trained:>9.0f}"
            )
    for arm in arms:
        if counts[arm]:
            print(
                f"{'all, median':<16}{arm:<8}{'':>10}{statistics.median(changes[arm]):>+8.2f}%{'':>9}"
                f"{statistics.median(counts[arm]):>18g}"
            )


def print_ledger(found: dict[str, Any]) -> None:
    """By finding: how many of its edits there were, how many were better, how many won, and those of their controls."""
    seen: dict[str, list[dict[str, Any]]] = {}
    for key, run in found.items():
        if "/coach/" in key:
            for entry in run["ledger"]:
                seen.setdefault(entry["finding"], []).append(entry)
    print(f"\n{'finding':<26}{'edits':>6}{'better':>8}{'won':>6}{'beat control':>14}")
    for name, entries in sorted(seen.items(), key=lambda item: -len(item[1])):
        better = statistics.mean((e["effect"] or -1) > 0 for e in entries)
        both = [
            e["effect"] > e["control"]["effect"]
            for e in entries
            if e["control"] and e["effect"] is not None and e["control"]["effect"] is not None
        ]
        against = f"{statistics.mean(both):.0%} of {len(both)}" if both else ""
        print(
            f"{name:<26}{len(entries):>6}{better:>8.0%}{statistics.mean(e['won'] for e in entries):>6.0%}{against:>14}"
        )


if __name__ == "__main__":
    main()
