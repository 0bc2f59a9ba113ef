"""Test scores of `honed fit` on a suite of tables, beside recorded peers; also budget, memory and first prediction.

usage: quality.py SUITE [--peers FILE] [--budget 60] [--seeds 0 1 2] [--tables NAME ...] [--json FILE]

SUITE holds suite.json (name, task, target, files of each table) and the tables. The peers' file has one JSON line
for each peer, table and seed, with its test scores. Each run is the command line, as a user would type it, in a
process of its own; ten seconds after the start `honed predict` is tried on the running folder.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

METRICS = {"binary": ("roc_auc", "auc"), "multiclass": ("log_loss", "logloss")}
METRICS["regression"] = ("root_mean_squared_error", "rmse")
PEERS = ("mlp", "optuna_torch", "hgb")
LEFT_OUT = ("german_credit",)  # 200 test rows say little


def main() -> None:
    """Run the suite and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--budget", type=float, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    tables = [
        table
        for table in json.loads((a.suite / "suite.json").read_text())
        if table["task"] in METRICS
        and table["name"] not in LEFT_OUT
        and table["name"] in (a.tables or [table["name"]])
    ]
    runs = []
    for seed in a.seeds:
        for table in tables:
            try:
                runs.append(measure(a.suite, table, a.budget, seed))
            except SystemExit as failure:  # the table below then rests on fewer seeds, and says so here
                print(failure, file=sys.stderr, flush=True)
                continue
            print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
            if a.json:
                a.json.write_text(json.dumps(runs, indent=1))
    print_table(tables, runs, peer_scores(a.peers))


def measure(suite: Path, table: dict[str, Any], budget: float, seed: int) -> dict[str, Any]:
    """One run: test score, seconds, peak memory, first prediction."""
    train, test = (suite / name for name in table["files"])
    metric = METRICS[table["task"]][0]
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        command = [
            *honed("fit"),
            str(train),
            "--target",
            table["target"],
            "--task",
            table["task"],
            "--metric",
            metric,
            "--budget",
            str(budget),
            "--seed",
            str(seed),
            "--out",
            str(run),
        ]
        start = time.monotonic()
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        peak, early = 0.0, None
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            if early is None and time.monotonic() - start > 10:
                command = [*honed("predict"), str(run), str(test), "--out", f"{scratch}/early.csv"]
                early = subprocess.run(command, capture_output=True, check=False).returncode == 0
            time.sleep(0.2)
        seconds = time.monotonic() - start
        if process.returncode:
            print(process.stderr.read() if process.stderr else "", file=sys.stderr)
            raise SystemExit(f"honed fit failed on {table['name']}")
        report = subprocess.run(
            [*honed("evaluate"), str(run), str(test), "--json"], capture_output=True, check=True
        )
        facts = json.loads((run / "summary.json").read_text())
    return {
        "table": table["name"],
        "seed": seed,
        "score": find(json.loads(report.stdout), metric),
        "seconds": round(seconds, 1),
        "peak_mb": round(peak),
        "early": early,
        "networks": facts["time"]["networks"],
        "compiling": round(facts["time"]["compiling"], 3),
        "verdict": facts["verdict"],
    }


def honed(command: str) -> list[str]:
    """The start of a command line."""
    return [sys.executable, "-m", "honed", command]


def find(report: dict[str, Any], metric: str) -> float:
    """The metric in what `honed evaluate --json` printed."""
    if metric not in report["scores"]:
        raise SystemExit(f"no {metric} in {report['scores']}")
    return float(report["scores"][metric])


def memory(pid: int) -> float:
    """Proportional set size of a process and all its descendants, MB."""
    total, todo = 0.0, [pid]
    while todo:
        each = todo.pop()
        try:
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
            for task in os.listdir(f"/proc/{each}/task"):
                todo += map(int, Path(f"/proc/{each}/task/{task}/children").read_text().split())
        except (OSError, StopIteration):
            continue
    return total


def peer_scores(path: Path | None) -> dict[tuple[str, str], float]:
    """Mean score over seeds by (table, peer)."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for line in path.read_text().splitlines() if path else []:
        entry = json.loads(line)
        for name in ("rmse", "auc", "logloss"):  # an AUC stands beside its log-loss
            if name in entry:
                found[entry["dataset"], entry["peer"]].append(entry[name])
                break
    return {key: statistics.mean(values) for key, values in found.items()}


def print_table(
    tables: list[dict[str, Any]], runs: list[dict[str, Any]], peers: dict[tuple[str, str], float]
) -> None:
    """One line a table: honed's mean and spread, each peer's mean, and who is better."""
    print(
        f"{'table':20} {'metric':8} {'honed':>10} {'spread':>9} "
        + " ".join(f"{peer:>13}" for peer in PEERS)
        + "  networks  compiling  seconds  peak MB  at 10 s"
    )
    wins = dict.fromkeys(PEERS, 0)
    both = 0
    for table in tables:
        own = [run for run in runs if run["table"] == table["name"]]
        if not own:
            continue
        short = METRICS[table["task"]][1]
        higher = short == "auc"
        scores = [run["score"] for run in own]
        mean = statistics.mean(scores)
        cells = []
        better = {}
        for peer in PEERS:
            score = peers.get((table["name"], peer))
            better[peer] = score is not None and (mean > score if higher else mean < score)
            wins[peer] += better[peer]
            cells.append(
                f"{score:12.5g}{'<' if better[peer] else ' '}" if score is not None else f"{'-':>13}"
            )
        both += better["mlp"] and better["optuna_torch"]
        print(
            f"{table['name']:20} {short:8} {mean:10.5g} {max(scores) - min(scores):9.3g} "
            + " ".join(cells)
            + f"  {statistics.median(run['networks'] for run in own):8.0f}"
            + f"  {statistics.median(run['compiling'] for run in own):9.1%}"
            + f"  {max(run['seconds'] for run in own):7.1f}  {max(run['peak_mb'] for run in own):7.0f}"
            + f"  {'yes' if all(run['early'] for run in own) else 'NO':>7}"
        )
    total = len({run["table"] for run in runs})
    print(
        f"better than both mlp and optuna_torch on {both} of {total}, than hgb on {wins['hgb']} of {total}"
        "  (<: honed is better)"
    )


if __name__ == "__main__":
    main()
