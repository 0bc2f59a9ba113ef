"""What a destination is told: of the events of a journal by `Teller`, of what came of it all by `ended`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from honed.family import Family
from honed.logs.destination import Best, Ended, Run, Training
from honed.optional import optional
from honed.report.facts import Facts
from honed.run.plain import dumps
from honed.settings import Value
from honed.train.spec import TrainingSpec
from honed.trials import FULL, Key
from honed.typed import JSON, Misfit

CURVES = ("train_loss", "valid_loss", "rate")  # of a training's record

# Beside what a family compares: knobs of training that a search moves.
_MOVED = ("learning_rate", "batch_size", "optimizer", "schedule", "weight_decay", "l1", "l2", "epochs")
_BESIDE = {"target": "target_transform", "encoding": "encoding"}  # "target" is the column of a run
_STAGES = ("quick", *FULL, "confirm", "by hand")  # those that say something of a candidate
_ENDS = {"": "value", "_low": "low", "_high": "high"}  # of a score, in its name and in the facts
_CUT = 300  # characters of what a failed training met


def settings(family: Family, own: Mapping[str, JSON]) -> dict[str, Value]:
    """Settings of a candidate, flat: those that a search moves, and others that are not as by default.

    Parameters
    ----------
    own : what the journal holds of it, which is what is not as by default.
    """
    given = {**own["network"], **own["training"]}
    usual = asdict(family.specification()) | asdict(TrainingSpec())
    names = dict.fromkeys([*family.compared, *_MOVED, *given])
    found = {name: given.get(name, usual.get(name)) for name in names}
    return found | {said: own[name] for name, said in _BESIDE.items() if name in own}


def part(key: Key) -> str:
    """Which of its candidate's trainings it is.

    Examples
    --------
    >>> part(Key("full", 3, "0", 0)), part(Key("confirm", 3, "0", 2)), part(Key("quick", 3, "0", 0))
    ('fold_0', 'fold_0_seed_2', 'quick')
    """
    if key.stage == "quick":
        return "quick"
    return f"fold_{key.fold}" + (f"_seed_{key.seed}" if key.seed else "")


class Teller:
    """Turns the events of one run, in their order, into what a destination is told.

    Parameters
    ----------
    family : of its networks.
    """

    def __init__(self, run: Run, family: Family) -> None:
        self._run, self._family = run, family
        self._done: Counter[int] = Counter()
        self._full: dict[int, dict[str, float]] = defaultdict(dict)
        self._names: dict[int, str] = {}  # of candidates; the journal names none where a training failed
        self._best = 0

    def of(self, event: Mapping[str, JSON]) -> Training | Best | None:
        """What that event tells, None for nothing."""
        if event["kind"] == "model" and event.get("folds") and event["loss"] is not None:
            self._best += 1
            return Best(self._run.sign * event["loss"], self._best, event["at"])
        if event["kind"] != "result":
            return None
        try:
            key = Key.parse(event["key"])
        except Misfit:  # of what the run is compared with
            return None
        outcome = event["outcome"]
        if key.stage not in _STAGES or (not outcome["ok"] and outcome["error"] == "late"):
            return None
        self._done[key.number] += 1
        if not outcome["ok"]:
            return self._failed(key, outcome, event["at"])
        return self._training(key, outcome["value"], event["at"])

    def _training(self, key: Key, value: Mapping[str, JSON], at: float) -> Training:
        is_only = key.stage == "by hand"
        which = "" if is_only else f"/{part(key)}"
        scores, loss = {}, value.get("loss")
        if loss is not None:
            scores[f"{self._run.metric}{which}"] = self._run.sign * loss
            if key.stage in FULL:
                own = self._full[key.number]
                own[key.fold] = loss
                scores[self._run.metric] = self._run.sign * sum(own.values()) / len(own)
        curves = {f"{name}{which}": finite(value[name]) for name in CURVES if name in value}
        told = settings(self._family, value["settings"]) if "settings" in value else {}
        took = value.get("run_seconds", 0.0) + value.get("compile_seconds", 0.0)
        name = self._names[key.number] = value.get("candidate", f"trial {key.number}")
        number = None if is_only else key.number
        return Training(number, name, told, curves, scores, self._done[key.number], at - took, at)

    def _failed(self, key: Key, outcome: Mapping[str, JSON], at: float) -> Training:
        number = None if key.stage == "by hand" else key.number
        met = (str(outcome.get("detail") or outcome["error"]).strip().splitlines() or [""])[-1]
        name = self._names.get(key.number, f"trial {key.number}")
        return Training(number, name, {}, {}, {}, self._done[key.number], at, at, met[:_CUT] or "failed")


def finite(curve: Sequence[float | None]) -> list[float | None]:
    """The curve with None where it is no finite number."""
    return [value if value is not None and math.isfinite(value) else None for value in curve]


def ended(
    how: Literal["done", "stopped", "failed"], at: float, facts: Facts | None, run: Path | None
) -> Ended:
    """What came of a run: scores, the settings that were chosen, and pages.

    Parameters
    ----------
    facts : the content of `summary.json`, None where there is none.
    run : its folder, of which the report is; None for a run in memory.
    """
    if facts is None:
        return Ended(how, at)
    scores = dict[str, float]()
    told: Any = facts["scores"]  # by name, which a checker does not see
    for name, score in told.items():
        ends = {f"score/{name}{end}": score.get(of) for end, of in _ENDS.items()}
        scores |= {key: value for key, value in ends.items() if value is not None}
    words = {name: str(facts[name]) for name in ("task", "metric", "uses")}
    words |= {"verdict": facts["verdict"]} if "verdict" in facts else {}
    chosen = {f"chosen.{choice['setting']}": str(choice["value"]) for choice in facts["choices"]}
    files = {"summary.json": dumps(facts, indent=2).encode()}
    files |= optional("The page of `honed show` in the log", lambda: {"show.txt": _shown(facts)}, {})
    if run is not None:
        files |= optional("The report in the log", lambda: {"report.html": _report(run)}, {})
    return Ended(how, at, scores, words | chosen, files)


def _shown(facts: Facts) -> bytes:
    from honed.report import text

    return text.page(facts).encode()


def _report(run: Path) -> bytes:
    from honed.report import html

    return html.page(run).encode()
