"""What the first network of a run knows of small tables, by the steps that it may take.

usage: first_network.py [--steps 0 64 128 256 512] [--seeds 2]

The tables are scikit-learn's own. Of each seed a line has the loss of a guess on the rows that validate, and for each
number of steps the network's loss there, the steps that it took before it stopped by itself, and its seconds. With 0 it
makes 4 epochs.
"""

from __future__ import annotations

import argparse

import polars as pl
from sklearn import datasets

from honed.families.table.source import TableSource
from honed.run.in_process import InProcess
from honed.run.journal import Journal
from honed.search import first_network
from honed.search.new_run import PERFORM
from honed.search.options import Options
from honed.search.prepare import Prepared, constant, prepare_source
from honed.search.runner import Runner
from honed.search.stores import MemoryStore
from honed.table.read import from_frame

TABLES = {
    "diabetes": datasets.load_diabetes,
    "wine": datasets.load_wine,
    "iris": datasets.load_iris,
    "breast cancer": datasets.load_breast_cancer,
}


def main() -> None:
    """Train and print a line for each table and seed."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--steps", type=int, nargs="+", default=[0, 64, 128, 256, 512])
    parser.add_argument("--seeds", type=int, default=2)
    a = parser.parse_args()
    print(f"{'table':<14}{'rows':>5}{'guess':>7}" + "".join(f"{steps:>18}" for steps in a.steps))
    for name in TABLES:
        for seed in range(a.seeds):
            ready = prepared(name, seed)
            told = "".join(f"{of(ready, steps):>18}" for steps in a.steps)
            print(f"{name:<14}{len(ready.y):>5}{guess(ready):>7.4g}{told}", flush=True)


def prepared(name: str, seed: int) -> Prepared:
    """The table, with a budget of 5 s."""
    data = TABLES[name]()
    X, y = data["data"], data["target"]
    columns = {f"x{place}": X[:, place] for place in range(X.shape[1])}
    frame = pl.DataFrame({**columns, "y": y if name == "diabetes" else [f"class {code}" for code in y]})
    options = Options(name, "y", budget=5.0, seed=seed)
    return prepare_source(TableSource.of(from_frame(frame), options), options)


def guess(ready: Prepared) -> float:
    """The loss of the best one answer to all rows."""
    fold = ready.splits.folds[0]
    said = constant(ready.y[fold.train], len(ready.schema.target.classes), len(fold.valid))
    return ready.metric.loss(ready.truth[fold.valid], said)


def of(ready: Prepared, steps: int) -> str:
    """Loss, steps and seconds of the first network that may take so many."""
    first_network._STEPS = steps
    with InProcess(PERFORM) as executor:
        runner = Runner(ready, Journal.create(None, {}), MemoryStore(), executor)
        (result,) = runner.train([first_network.first(runner)]).values()
    return f"{result.loss:.3g} {result.value['steps']} {result.value['run_seconds']:.2f} s"


if __name__ == "__main__":
    main()
