"""What the trials of a search tell: their `history`, their `settings`, and the `importance` of each setting."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from honed.figures import counted, figure, in_words
from honed.report.files import Files, ranking
from honed.report.parts import Axis, History, Importance, Line, Place, Settings
from honed.settings import Value
from honed.trials import FULL

_MOST_LINES = 60  # trials in the picture of settings, the best ones
_MOST_AXES = 8
_LEAST_POINTS = 3  # of a search that is worth a picture
_LATE = 0.8  # of the search's trainings; a best one found after that says that time was short


def history(files: Files) -> History | None:
    """Trainings in the order in which they ended, and the best full one so far."""
    if files.by_hand or not files.results:
        return None
    quick: list[Place] = []
    full: list[Place] = []
    best: list[float] = []
    pending: dict[int, list[float]] = defaultdict(list)
    folds = ranking(files)[1]
    for place, (key, value) in enumerate(files.results.items(), 1):
        if value.get("loss") is None or key.stage not in ("quick", *FULL):
            continue
        name = value.get("candidate", f"trial {key.number}")
        if key.stage == "quick":
            quick.append((place, files.sign * value["loss"], name))
            continue
        pending[key.number].append(value["loss"])
        if len(pending[key.number]) == folds:
            full.append((place, files.sign * float(np.mean(pending[key.number])), name))
            better = min if files.sign > 0 else max
            best.append(better([full[-1][1], *best[-1:]]))
    if len(full) + len(quick) < _LEAST_POINTS:
        return None
    says = f"{counted(len(quick), 'trial')} on the first rung, {len(full)} trained in full"
    improving = False
    if best:
        at = best.index(best[-1])
        improving = len(best) >= 5 and at + 1 > _LATE * len(best) and best[-1] != best[0]
        says += f"; the best, {full[at][2]} with {figure(best[-1])}, was number {at + 1} of {len(full)}"
    return {"says": says + ".", "quick": quick, "full": full, "best": best, "improving": improving}


def importance(files: Files) -> Importance | None:
    """The share of the losses' variance that each setting explains alone."""
    found = files.shares
    if not found or not found[0]["share"]:
        return None
    first = found[0]
    says = (
        f"Over {len(files.trials)} fully trained trials, {first['setting']} alone explains {first['share']:.0%} of "
        "what set their (ranked) losses apart"
    )
    weak = sum(each["share"] < 0.05 for each in found)
    return {
        "says": says + f"; {weak} of {len(found)} settings explain less than 5%.",
        "method": "ε² of ranked losses by groups of values",
        "trials": len(files.trials),
        "settings": found,
    }


def settings(files: Files) -> Settings | None:
    """The settings that differ between trials as axes, and the trials as lines over them."""
    trials, values = files.trials[:_MOST_LINES], files.settings[:_MOST_LINES]
    losses = files.losses[:_MOST_LINES]
    if len(trials) < _LEAST_POINTS:
        return None
    order = {each["setting"]: -each["share"] for each in files.shares}
    axes = [_axis(name, [each[name] for each in values]) for name in values[0]]
    axes = sorted((axis for axis in axes if axis), key=lambda axis: order.get(axis["name"], 0.0))[:_MOST_AXES]
    if len(axes) < 2:
        return None
    strength = np.linspace(1, 0, len(trials))
    drawn: list[Line] = [
        {
            "name": f"{trial['name']}: {figure(files.sign * loss)}",
            "places": [_place(axis, each[axis["name"]]) for axis in axes],
            "strength": float(strong),
        }
        for trial, loss, each, strong in zip(trials, losses, values, strength, strict=True)
    ]
    best = ", ".join(f"{axis['name']} {in_words(values[0][axis['name']])}" for axis in axes[:3])
    top = values[: max(2, len(values) // 4)]
    same = [a["name"] for a in axes if len({str(each[a["name"]]) for each in top}) == 1]
    says = f"The best trial has {best}"
    says += (
        f"; the best {len(top)} agree on {', '.join(same)}."
        if same
        else f"; the best {len(top)} agree on nothing."
    )
    return {"says": says, "axes": axes, "trials": drawn}


def _axis(name: str, values: Sequence[Value]) -> Axis | None:
    """A row of the picture, or None where all trials agree."""
    if len({str(value) for value in values}) < 2:
        return None
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) == len(values) and len(set(numbers)) > 4:
        low, high = min(numbers), max(numbers)
        return {"name": name, "low": low, "high": high, "log": low > 0 and high / low > 20}
    known = {str(value): value for value in values}
    levels = sorted(
        known,
        key=lambda text: (
            (not isinstance(known[text], (int, float)), known[text], text)
            if isinstance(known[text], (int, float))
            else (True, 0, text)
        ),
    )
    return {"name": name, "levels": [in_words(known[text]) for text in levels]}


def _place(axis: Axis, value: Value) -> float:
    if "levels" in axis:
        return (axis["levels"].index(in_words(value)) + 0.5) / len(axis["levels"])
    low, high = axis["low"], axis["high"]
    if axis["log"]:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)
