"""The files of a run, read once for its page: `Files`, and how its candidates rank: `ranking`."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from honed import typed
from honed.family import Family, find_known_family
from honed.findings import Finding
from honed.metrics import choose, find
from honed.optional import optional
from honed.report import measures
from honed.report.facts import Experiment, Facts, RunFacts, Score, Trained, Trial
from honed.report.findings import FILE, Content
from honed.report.parts import Share, State
from honed.run import journal, paths
from honed.run.folder import RunFolder
from honed.run.holder import holder
from honed.table.document import Document
from honed.train.spec import TrainingSpec
from honed.trials import FULL, Key, trainings
from honed.typed import JSON

Part = dict[str, JSON]  # of a file whose content is not typed, such as a record of a training
_Given = TypeVar("_Given")

_LIFE = (
    "done",
    "stopped",
    "failed",
    "extended",
    "resumed",
)  # events of the journal that end a run or take it up again
_TRAINED = ("learning_rate", "schedule", "optimizer", "weight_decay", "l2", "l1", "batch_size")


class Files:
    """What the folder of a run holds, read once; what is not there yet is empty."""

    def __init__(self, run: Path) -> None:
        folder = RunFolder.open(run)
        self.path = run
        self.run = folder.read_json("run.json", RunFacts)
        self.options = self.run["options"]
        self.schema: Part = self._read(folder, "schema.json", Document) or {}
        self.summary: Part = self._read(folder, "summary.json", Facts) or {}
        trials: list[Trial] = self._read(folder, "trials.json", list[Trial]) or []
        self.trials = [trial for trial in trials if math.isfinite(_loss(trial))]
        self.losses = [_loss(trial) for trial in self.trials]
        self.ledger: list[Experiment] = self._read(folder, "ledger.json", list[Experiment]) or []
        found = (self._read(folder, FILE, Content) or {}).get("findings", [])
        self.findings: list[Finding] = list(found)
        self.events, wrong = _events(run / "journal.jsonl")
        self.results: dict[Key, Part] = {}
        try:
            self.results = _results(self.events)
        except typed.Misfit as error:
            wrong = str(error)
        self.has_journal = not wrong
        self.scores: dict[str, Score] = dict(self.summary.get("scores", {}))
        self.left_out: list[str] = []
        if wrong:
            how = "shown up to where it is damaged" if self.results else "left out, as it is damaged"
            self.left_out.append(
                f"What journal.jsonl tells, such as learning curves and the history of the search, is {how}: {wrong}."
            )

    def part(self, what: str, work: Callable[[], _Given], instead: _Given) -> _Given:
        """What `work` gives; where it fails `instead`, and a sentence in `left_out`."""
        return optional(what, work, instead, self.left_out.append)

    def data(self) -> list[str]:
        """The path of its data as the user gave it, or each of several."""
        return self._given("data", self.options["data"])

    def new_data(self) -> list[str]:
        """The same of the rows that `honed refit` was given."""
        more = self.options.get("more") or ()
        return self._given(f"more/{len(more) - 1}", more[-1]) if more else self.data()

    def _given(self, name: str, word: str) -> list[str]:
        return paths.parts(word, self.run.get("paths", {}).get(name))

    @property
    def family(self) -> Family:
        """The family of its networks."""
        return find_known_family(self.options.get("family"))

    @property
    def by_hand(self) -> bool:
        """Whether one network was trained with given settings (`honed train`)."""
        return not self.is_refit and self.options["budget"] is None and self.options["trials"] is None

    @property
    def is_refit(self) -> bool:
        """Whether the settings of a finished run were trained on more rows (`honed refit`)."""
        return self.options.get("refit") is not None

    @property
    def state(self) -> State:
        """ "done", "stopped" with Ctrl-C, "running", "failed" without a model, or "interrupted": it was killed."""
        ends = [event["kind"] for event in self.events if event["kind"] in _LIFE]
        if ends and ends[-1] in ("done", "stopped", "failed"):
            return ends[-1]
        if holder(self.path) is not None:
            return "running"
        state = None if self.has_journal else self.summary.get("state")
        return state if state in ("done", "stopped") else "interrupted"

    @property
    def task(self) -> str:
        """binary, multiclass or regression; "" as long as nobody knows."""
        return self.summary.get("task") or self.schema.get("target", {}).get("task", "")

    @property
    def metric(self) -> str:
        if self.schema.get("further"):
            return "relative_loss"
        return self.summary.get("metric") or self.options["metric"] or choose(None, self.task).name

    @property
    def sign(self) -> int:
        """-1 where a greater score is better: the journal holds losses, people read scores."""
        metric = find(self.metric)
        greater = self.summary.get("greater_is_better", metric is not None and metric.higher_is_better)
        return -1 if greater else 1

    @functools.cached_property
    def settings(self) -> list[Part]:
        """Of each trial those settings that a search moves; a trial keeps only what differs from the defaults."""
        family = self.family
        defaults = asdict(family.specification()) | asdict(TrainingSpec())
        has_encodings = len({trial.get("encoding") for trial in self.trials}) > 1
        found = []
        for trial in self.trials:
            values = defaults | trial["network"] | trial["training"]
            own = {name: values[name] for name in (*family.compared, *_TRAINED)}
            own |= {"target": trial["target"]} if self.task == "regression" else {}
            found.append(own | ({"encoding": trial.get("encoding")} if has_encodings else {}))
        return found

    @functools.cached_property
    def shares(self) -> list[Share]:
        """Share of the trials' losses that each setting explains."""
        return measures.importances(self.settings, self.losses)

    def result(self) -> Part:
        """The record of the network trained by hand; nothing of a search."""
        return next(iter(self.results.values()), {}) if self.by_hand else {}

    @staticmethod
    def _read(folder: RunFolder, name: str, kind: Any) -> Any:
        return folder.read_json(name, kind) if (folder.path / name).exists() else None


@dataclass(frozen=True)
class Ranked:
    """A fully trained candidate: its mean loss over the folds that count, and its records, fold after fold."""

    number: int
    loss: float | None  # None for a network trained by hand without rows to validate on
    records: list[Part]


def ranking(files: Files) -> tuple[list[Ranked], int]:
    """Fully trained candidates, the best first, and the number of folds on which they are compared.

    As the run itself ranked them at its end; until then by the journal: those that were trained on most folds.
    """
    full: dict[int, list[Part]] = defaultdict(list)
    for key, value in sorted(files.results.items()):
        if key.stage in FULL and value.get("loss") is not None:
            full[key.number].append(value)
    most = max(map(len, full.values()), default=1)
    if files.trials and files.state in ("done", "stopped"):
        ranked = [
            Ranked(t["number"], t["loss"], full[t["number"]]) for t in files.trials if t["number"] in full
        ]
        return ranked, files.trials[0].get("folds", most)
    whole = {number: records for number, records in full.items() if len(records) == most}
    order = sorted(whole, key=lambda number: (_mean_loss(whole[number]), number))
    return [Ranked(number, _mean_loss(whole[number]), whole[number]) for number in order], most


def _loss(trial: Trial) -> float:
    return math.inf if trial["loss"] is None else trial["loss"]


def _mean_loss(records: Sequence[Part]) -> float:
    return float(np.mean([record["loss"] for record in records]))


def _events(path: Path) -> tuple[list[Part], str]:
    """As `journal.legible`; a run that has only begun has none."""
    return journal.legible(path) if path.exists() else ([], "")


def _results(events: Iterable[Part]) -> dict[Key, Part]:
    """Records of the trainings that succeeded, the last of each name, in the order in which they ended."""
    found: dict[Key, Part] = {}
    for key, value in trainings(events):
        if "train_loss" in value:
            typed.take(Trained, value, str(key))
            typed.require(
                0 <= value["best_epoch"] <= len(value["train_loss"]), str(key), "ended before its best epoch"
            )
            found.pop(key, None)
            found[key] = value
    return found
