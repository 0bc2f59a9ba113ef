"""What each move of the coach buys: every one of them on the leaders of several tables, beside random edits.

usage: moves.py SUITE [--rows 1000] [--leaders 2] [--random 8] [--seeds 0] [--tables NAME ...] [--json FILE]

SUITE holds suite.json (name, task, target, files of each table) and the tables; by default those that
`benchmarks/search.py` does not use. On each the defaults and six random candidates are trained on three folds; each
move and each random edit of the best of them is then a training on the same folds and seeds. An effect is what an edit
saves of its parent's loss, in the table's usual standard error of such an effect, so that tables weigh alike, and at
most 5; `gain` is the mean of the effects with those below zero as zero: what a search gets that keeps the better of
both. --json keeps what is done, and goes on from it.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from jobs import check_all, run_all

TABLES = ("california_housing", "adult", "diamonds", "letter", "diabetes_130us", "nursery")
FOLDS, EPOCHS, STRANGERS = 3, 64, 6
MOST = 5.0  # errors that one effect counts for
RANDOM = "random"


def main() -> None:
    """Measure every table, and print what each move bought."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--leaders", type=int, default=2)
    parser.add_argument("--random", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.one:
        tables = {t["name"]: t for t in json.loads((a.suite / "suite.json").read_text())}
        name, seed = a.one
        print(json.dumps(measure(a.suite, tables[name], int(seed), a.rows, a.leaders, a.random)))
        return
    settings = ["--rows", str(a.rows), "--leaders", str(a.leaders), "--random", str(a.random)]
    jobs = [(name, str(seed)) for seed in a.seeds for name in a.tables]
    found = run_all([__file__, str(a.suite), *settings], jobs, a.workers, a.json)
    print_moves(found)
    check_all(found, jobs)


def measure(
    suite: Path, table: dict[str, Any], seed: int, rows: int, leaders: int, strays: int
) -> list[dict[str, Any]]:
    """The edits of one table: ``{"move", "leader", "recipe", "settings", "effect", "error", ...}`` each."""
    from honed.families.table.moves import moves
    from honed.families.table.presets import presets
    from honed.families.table.source import TableSource
    from honed.run.in_process import InProcess
    from honed.run.journal import Journal
    from honed.search import diagnosis
    from honed.search.candidate import Candidate
    from honed.search.options import Options
    from honed.search.prepare import prepare_source
    from honed.search.runner import Runner
    from honed.search.signs import signs
    from honed.search.space import Space
    from honed.search.stores import MemoryStore
    from honed.search.training import Training
    from honed.table.read import from_frame, read

    data = suite / table["files"][0]
    frame = read(data).frame.head(rows)
    options = Options(str(data), table["target"], trials=1, seed=seed, task=table["task"])
    prepared = prepare_source(TableSource.of(from_frame(frame), options), options)
    train = len(prepared.splits.folds[0].train)
    with InProcess("honed.search.job:Worker") as executor:
        runner = Runner(prepared, Journal.create(None, {}), MemoryStore(), executor, pad=True)
        inputs = runner.inputs()
        ready = presets(prepared.schema.target.task, train, inputs.continuous, EPOCHS)
        space = Space(
            ready,
            prepared.targets,
            prepared.family.searched_encodings,
            batch=ready[0].training.batch(train),
            structures=99,
            seed=seed,
            most={"width": 512},
            without=() if inputs.continuous else ("numeric_embedding",),
        )

        def losses(candidate: Candidate) -> tuple[np.ndarray, list[Training]]:
            trainings = [Training("full", candidate, str(fold)) for fold in range(FOLDS)]
            done = runner.train(trainings)
            each = [done[t].loss if t in done else math.inf for t in trainings]
            return np.array(each), trainings

        first = space.defaults()
        first += space.candidates(space.propose(STRANGERS, STRANGERS, first[0]))
        known = [(candidate, *losses(candidate)) for candidate in first]
        known = [one for one in known if np.isfinite(one[1]).all()]
        known.sort(key=lambda one: float(one[1].mean()))
        rng = np.random.default_rng(seed)
        found = []
        for place, (parent, before, trainings) in enumerate(known[:leaders]):
            cases = [diagnosis.case(runner, t) for t in trainings]
            seen = signs(cases)
            if seen is None:
                continue
            notes = moves(parent.network, parent.training, seen)
            advice = [(note.id, space.fitting(parent, note.advice)) for note in notes]
            advice += [
                (RANDOM, space.stray(parent, 1, float(rng.uniform(0.5, 2)), rng, compiles=True))
                for _ in range(strays)
            ]
            for move, changes in advice:
                if not changes:
                    continue
                after, _ = losses(space.edited(parent, changes))
                saved = (before - after) / abs(before.mean())
                is_number = np.isfinite(saved).all()
                found.append(
                    {
                        "move": move,
                        "leader": place,
                        "recipe": parent.values["recipe"],
                        "settings": {name: str(value) for name, value in changes.items()},
                        **{name: getattr(seen, name) for name in ("rise", "gap", "place")},
                        "effect": float(saved.mean()) if is_number else None,
                        "error": float(saved.std(ddof=1) / math.sqrt(FOLDS)) if is_number else None,
                    }
                )
    return found


def print_moves(found: dict[str, list[dict[str, Any]]]) -> None:
    """By move, the most gainful first: edits, share above zero, mean effect, gain."""
    by_move: dict[str, list[float]] = {}
    for edits in found.values():
        usual = float(np.median([edit["error"] for edit in edits if edit["error"] is not None]))
        for edit in edits:
            effect = -math.inf if edit["effect"] is None else edit["effect"] / usual
            by_move.setdefault(edit["move"], []).append(min(max(effect, -MOST), MOST))
    print(f"{'move':<24}{'edits':>6}{'better':>8}{'effect':>8}{'gain':>7}")
    for move, effects in sorted(by_move.items(), key=lambda item: -np.maximum(item[1], 0).mean()):
        own = np.array(effects)
        print(
            f"{move:<24}{len(own):>6}{(own > 0).mean():>8.0%}{own.mean():>+8.2f}{np.maximum(own, 0).mean():>7.2f}"
        )


if __name__ == "__main__":
    main()
