"""Runs on the same data beside each other: `compare`, their scores on rows that none has seen, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path

import numpy as np

from honed.errors import InputError
from honed.figures import counted, figure
from honed.findings import finite
from honed.model import load
from honed.report.facts import Facts
from honed.run.folder import RunFolder
from honed.search import by_hand
from honed.search.options import Options
from honed.search.paired import paired
from honed.search.prepare import Prepared, prepare
from honed.search.versions import Begun
from honed.settings import Value
from honed.typed import JSON

_UNTOLD = {
    "data",
    "target",
    "further",
    "log",
    "memory",
    "refit",
    "schema",
    "settings",
}  # the same, of no weight, or told by the network's settings


@dataclass(frozen=True)
class Compared:
    """One run among others.

    Attributes
    ----------
    score, low, high : of the metric on the common rows, with its 95 % interval.
    less, less_low, less_high : this score less that of the first run, drawn on the same rows; None for the first.
    settings : its options and the settings of its network that differ between the runs.
    """

    run: str
    score: float
    low: float
    high: float
    less: float | None
    less_low: float | None
    less_high: float | None
    settings: dict[str, Value]


@dataclass(frozen=True)
class Comparison:
    """Runs in the order given, and on what they were compared."""

    metric: str
    greater_is_better: bool
    rows: int
    runs: tuple[Compared, ...]

    def to_json(self) -> dict[str, JSON]:
        """Plain values; None for what is undefined."""
        return finite(asdict(self))

    def as_text(self) -> str:
        """A table for a person, and a line for each setting that differs."""
        better = "higher" if self.greater_is_better else "lower"
        lines = [f"{self.metric} on {counted(self.rows, 'row')} that no run has seen ({better} is better)"]
        width = max(len(each.run) for each in self.runs)
        for each in self.runs:
            line = f"  {each.run.ljust(width)}  {figure(each.score, pad=True)} ({_ends(each.low, each.high)})"
            if each.less is not None:
                line += f"  {each.less:+.4g} ({_ends(each.less_low, each.less_high)}) to {self.runs[0].run}"
            lines.append(line)
        names = list(self.runs[0].settings)
        lines += ["", "What differs" if names else "No option and no setting of the network differs."]
        across = max(map(len, names), default=0)
        for name in names:
            values = " | ".join(str(each.settings[name]) for each in self.runs)
            lines.append(f"  {name.ljust(across)}  {values}")
        return "\n".join(lines)


def compare(runs: Sequence[Path]) -> Comparison:
    """Score what each run's score is of, on rows that none of them has seen, by the metric of the first.

    Raises
    ------
    InputError
        Fewer than two runs, or one that is not done, or they learned from other data or another target, or there is no
        row that all kept apart.
    """
    if len(runs) < 2:
        raise InputError("One run has nothing to be compared with. Give two or more.")
    told = [_Told(run) for run in runs]
    first = told[0]
    for other in told[1:]:
        other.check_beside(first)
    common = reduce(np.intersect1d, [each.outer for each in told])
    if not len(common):
        raise InputError(
            "No row was kept apart by all of these runs, so each score would be of rows that another has seen. Give "
            "runs with the same --seed, or score both with `honed evaluate` on rows that are new to them."
        )
    metric, rows = first.prepared.metric, first.positions(common)
    truth, groups = first.prepared.truth[rows], first.prepared.groups_of(rows)
    answers = [each.answers(common) for each in told]
    settings = _differing([each.settings() for each in told])
    scores = paired(metric.score, truth, answers, groups)
    compared = [
        Compared(str(run), *score, own) for run, score, own in zip(runs, scores, settings, strict=True)
    ]
    return Comparison(metric.name, metric.higher_is_better, len(common), tuple(compared))


class _Told:
    """A run, with its data as it shared them out."""

    def __init__(self, run: Path) -> None:
        self.run = run
        folder = RunFolder.open(run)
        if not (run / "summary.json").exists():
            raise InputError(f"{run} has no score yet. Let it end, or go on with `honed resume {run}`.")
        self._facts = folder.read_json("summary.json", Facts)
        self._begun = folder.read_json("run.json", Begun)
        self._options: Options = self._begun["options"]
        places = folder.places(folder.read_json("run.json", dict[str, JSON]))
        sharing = by_hand.sharing(self._options) if self._options.is_by_hand else None
        self.prepared: Prepared = prepare(self._options, places, sharing)
        if self.prepared.source.fingerprint != self._begun["fingerprint"]:
            raise InputError(
                f"The data of {run} have changed since it was started, so its rows are not known any more. Put "
                "them back as they were, or score each run with `honed evaluate` on one table that is new to all."
            )
        self.outer = self.prepared.source.places[self.prepared.splits.outer]

    def check_beside(self, first: _Told) -> None:
        """Refuse a run that cannot be compared with that one."""
        mine, other = self.prepared, first.prepared
        if mine.source.fingerprint != other.source.fingerprint:
            raise InputError(
                f"{self.run} learned from other data than {first.run}, so no row is common to them. Score both with "
                "`honed evaluate` on one table."
            )
        own, theirs = (
            [(target.name, target.classes) for target in each.schema.targets] for each in (mine, other)
        )
        if own != theirs:
            words = [
                " and ".join(f"{target.name!r} ({target.task})" for target in each.schema.targets)
                for each in (mine, other)
            ]
            raise InputError(
                f"{self.run} predicts {words[0]}, and {first.run} {words[1]}: one score cannot be of both."
            )

    def positions(self, places: np.ndarray) -> np.ndarray:
        """Where rows at these ascending places of the data are among this run's."""
        return _found(self.prepared.source.places, places)

    def answers(self, places: np.ndarray) -> np.ndarray:
        """What the model that was scored says of those rows."""
        model = load(self.run / "scored" if (self.run / "scored").is_dir() else self.run)
        rows = self.prepared.source.take(self.positions(places))
        return model.told(self.prepared.family.raw(model.schema, model.encoders[0], rows))

    def settings(self) -> dict[str, Value]:
        """Options, and settings of the network, by name."""
        options = {name: value for name, value in asdict(self._options).items() if name not in _UNTOLD}
        return {**options, **{choice["setting"]: choice["value"] for choice in self._facts["choices"]}}


def _found(own: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Positions of ascending places among a run's own, whose order each run draws anew where it streams its rows."""
    found = np.flatnonzero(np.isin(own, places))
    return found[np.argsort(own[found])]


def _differing(settings: Sequence[dict[str, Value]]) -> list[dict[str, Value]]:
    """Of each run the settings in which any differs; None for what one does not have."""
    names = dict.fromkeys(name for each in settings for name in each)
    apart = [name for name in names if len({str(each.get(name)) for each in settings}) > 1]
    return [{name: each.get(name) for name in apart} for each in settings]


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{figure(low)} to {figure(high)}"
