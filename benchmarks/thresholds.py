"""How a threshold is best chosen from few rows: F1 and costs on new rows by `honed.model.decision`, and by two others.

usage: thresholds.py [--rows 100 1000 10000] [--seeds 60] [--json FILE]

Rows are drawn: the log-odds of the second class are normal, with mean -1 and deviation 1.5, and what is said of them is
`slope` times these and `shift`, so that slope 1 and shift 0 can be believed. Each way chooses on so many rows, and is
scored on 50,000 others: `half` is 0.5, `best` the threshold that is best on the rows, `theory` the one that is right
for probabilities that can be believed, and `honed` what a run takes. Means over seeds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from honed.metrics import found_by_score
from honed.model.decision import Decision, choose, rule

SAID = ((1.0, 0.0), (1.5, 0.0), (0.7, 0.5), (1.0, -1.0))  # slope and shift
RULES = ("f1", "cost:FP=1,FN=5", "cost:FP=10,FN=1")
NEW = 50_000


def main() -> None:
    """Draw, choose, and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    found = []
    print(f"{'slope':>5} {'shift':>5} {'rows':>6}  {'rule':<16}" + "".join(f"{name:>8}" for name in WAYS))
    for slope, shift in SAID:
        for rows in a.rows:
            for text in RULES:
                means = measured(text, rows, slope, shift, a.seeds)
                found.append({"slope": slope, "shift": shift, "rows": rows, "rule": text, **means})
                told = "".join(f"{value:8.3f}" for value in means.values())
                print(f"{slope:5g} {shift:5g} {rows:6}  {text:<16}{told}", flush=True)
    if a.json:
        a.json.write_text(json.dumps(found, indent=1))


def measured(text: str, rows: int, slope: float, shift: float, seeds: int) -> dict[str, float]:
    """The mean of F1, or of the cost of a row, on new rows by each way."""
    values: dict[str, list[float]] = {name: [] for name in WAYS}
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        seen, new = (drawn(rng, count, slope, shift) for count in (rows, NEW))
        for name, way in WAYS.items():
            decision = Decision(1, way(text, *seen), text, rows)
            values[name].append(rule(text).value(decision.outcome(new[0], decision.codes(new[1]))))
    return {name: float(np.mean(own)) for name, own in values.items()}


def drawn(rng: np.random.Generator, rows: int, slope: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """Class codes, and what is said of them: probabilities (rows, 2)."""
    odds = rng.normal(-1.0, 1.5, rows)
    truth = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    second = 1 / (1 + np.exp(-slope * odds - shift))
    return truth, np.stack([1 - second, second], axis=1)


def _half(text: str, truth: np.ndarray, told: np.ndarray) -> float:
    return 0.5


def _best(text: str, truth: np.ndarray, told: np.ndarray) -> float:
    """In the middle between two scores."""
    asked, count = rule(text), int((truth == 1).sum())
    found, called = found_by_score(truth == 1, told[:, 1])
    paid = -2 * found / (called + count)
    if asked.costs is not None:
        paid = asked.costs[0] * (called - found) + asked.costs[1] * (count - found)
    scores = np.append(np.unique(told[:, 1])[::-1], 0.0)
    best = int(np.argmin(paid))
    return float(scores[best : best + 2].mean())


def _theory(text: str, truth: np.ndarray, told: np.ndarray) -> float:
    asked = rule(text)
    if asked.costs is not None:
        return asked.costs[0] / sum(asked.costs)
    found, called = found_by_score(truth == 1, told[:, 1])
    return float((found / (called + (truth == 1).sum())).max())


def _honed(text: str, truth: np.ndarray, told: np.ndarray) -> float:
    return choose(text, 1, truth, told).threshold


WAYS: dict[str, Callable[[str, np.ndarray, np.ndarray], float]] = {
    "half": _half,
    "best": _best,
    "theory": _theory,
    "honed": _honed,
}


if __name__ == "__main__":
    main()
