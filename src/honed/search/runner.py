"""Runs trainings through an executor and remembers them through the journal: `Runner`.

The search is one deterministic program; the journal answers what it has already seen. Arrays of trials lie in
a store that may lose them at any time: a missing one is computed again, to the same bits.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import NotRequired, Protocol, TypedDict

import numpy as np

from honed.encode import target as targets
from honed.encode.target import TargetEncoder
from honed.family import Encoder, Inputs, Specification
from honed.model.model import decode
from honed.run.executor import Executor, Job, Outcome, late
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.run.plain import dumps
from honed.search.candidate import Candidate, plain
from honed.search.failures import worth_another_try
from honed.search.payloads import BaselineJob, TrainingJob
from honed.search.prepare import Prepared
from honed.trials import ALL, Arrays, Key, Stage, baseline_key, trainings
from honed.typed import JSON

_COMPILE_SECONDS = 2.0  # before any was measured
_PROBES_COMPILE = 2.5  # times as long as a program without probes; 2.1 to 2.3 with periodic embeddings


class Score(TypedDict):
    """A score on the outer rows in the metric's units, with its 95 % interval; `rows` are those that a baseline saw."""

    score: float
    low: float
    high: float
    rows: NotRequired[int]


class Store(Protocol):
    """Keeps arrays of trials by key; may lose them."""

    def put(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep."""
        ...

    def get(self, key: str) -> dict[str, np.ndarray] | None:
        """What was kept, or None."""
        ...


class MemoryStore:
    """Arrays in this process, for estimators."""

    def __init__(self) -> None:
        self._arrays: dict[str, dict[str, np.ndarray]] = {}

    def put(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep."""
        self._arrays[key] = arrays

    def get(self, key: str) -> dict[str, np.ndarray] | None:
        """What was kept, or None."""
        return self._arrays.get(key)


class FolderStore:
    """Arrays in the run's folder."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def put(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep."""
        self._folder.put_artifact(key, {}, arrays)

    def get(self, key: str) -> dict[str, np.ndarray] | None:
        """What was kept, or None."""
        frame = self._folder.get_artifact(key)
        return None if frame is None else dict(frame.arrays)


@dataclass(frozen=True)
class FoldData:
    """One fold as the search sees it: encoders, positions of its rows, and the truth of those that validate."""

    encoder: Encoder
    targets: dict[str, TargetEncoder]
    train: np.ndarray
    valid: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Training:
    """One training to be done: a candidate on a fold with a seed.

    `stage` names why; `epochs` and `rows` set the rung; `stop_after` cuts the schedule; `keep` keeps the network;
    `probes` is what is measured inside it, which costs a program of its own.
    """

    stage: Stage
    candidate: Candidate
    fold: str
    seed: int = 0
    epochs: int | None = None
    rows: int | None = None
    stop_after: int | None = None
    keep: bool = True
    probes: str = "off"

    @property
    def key(self) -> str:
        """Its name in the journal."""
        return str(Key(self.stage, self.candidate.number, self.fold, self.seed))


@dataclass(frozen=True)
class Result:
    """What a training gave; `loss` is the metric turned so that lower is better, infinity for a failure."""

    training: Training
    loss: float
    value: dict[str, JSON]


class Runner:
    """Trains candidates on folds.

    Parameters
    ----------
    pad : whether rows are padded to a short list of sizes, so that small fits share programs.
    """

    def __init__(
        self,
        prepared: Prepared,
        journal: Journal,
        store: Store,
        executor: Executor,
        *,
        pad: bool = False,
    ) -> None:
        self.prepared, self.journal, self.store = prepared, journal, store
        self._executor, self._pad = executor, pad
        self._folds: dict[str, FoldData] = {}
        self._margin = float((prepared.options.settings or {}).get("prediction_margin", targets.MARGIN))
        self._cost: dict[tuple[Hashable, ...], float] = {}
        self._programs: set[tuple[Hashable, ...]] = set()
        self._second_per_product = math.inf
        done = [value for _, value in trainings(journal.events)]  # in earlier processes
        self._compiled: list[float] = [v["compile_seconds"] for v in done if v.get("compile_seconds")]
        self.workers = executor.workers
        self.networks = len(done)  # trained, those of earlier processes included
        self._worth_another_try = worth_another_try(journal.events)
        self.inputs: Inputs | None = None
        self._arrays_of_rows: list[str] = []
        executor.put("outer", prepared.splits.outer.astype(np.int32))

    def fold(self, name: str) -> FoldData:
        """The fold "0", "1", … or "all" (every row trains); encoded and shared when first asked for."""
        if name not in self._folds:
            self._folds[name] = self._make_fold(name)
        return self._folds[name]

    def train(
        self,
        trainings: Iterable[Training],
        until: float | None = None,
        on_network: Callable[[Training], None] | None = None,
    ) -> dict[Training, Result]:
        """The results of those trainings that succeeded in time, in the order given.

        What the journal knows is not done again, unless it failed for want of time or memory that there is now.
        `on_network` is told of each as it ends, whatever came of it; not of those done in an earlier process.
        """
        wanted = list(trainings)
        todo = [training for training in wanted if self._known(training) is None]
        if todo:
            by_key = {training.key: training for training in todo}

            def keep(key: str, outcome: Outcome) -> None:
                self._keep(by_key[key], key, outcome)
                if on_network is not None:
                    on_network(by_key[key])

            if until is not None and time.monotonic() >= until:  # before any fold is encoded for nothing
                for training in todo:
                    keep(training.key, late("too little time was left to begin it"))
            else:
                self._executor.run(self._jobs(todo), until=until, on_result=keep)
        found = {}
        for training in wanted:
            outcome = self._known(training)
            if outcome is None or not outcome["ok"]:
                continue
            value = outcome["value"]
            loss = value["loss"]
            found[training] = Result(training, math.inf if loss is None else loss, value)
        return found

    def baselines(self, names: Iterable[str], until: float | None = None) -> dict[str, Score]:
        """Scores of baselines on the outer rows, as journalled.

        Those that failed or came too late are left out; all are where there are no outer rows.
        """
        from honed.search.ensemble import interval

        p = self.prepared
        if not len(p.splits.outer):
            return {}
        wanted = list(names)
        todo = [
            name
            for name in wanted
            if self.journal.result(baseline_key(name)) is None
            or baseline_key(name) in self._worth_another_try
        ]

        def keep(key: str, outcome: Outcome) -> None:
            record = dict(outcome.record)
            if outcome.ok:
                outputs = outcome.arrays["outer"]
                target = self.fold("0").targets[p.targets[0]]
                predictions = outputs if target.kind == "classes" else target.decode(outputs[:, 0])
                truth = p.y[p.splits.outer]
                low, high = interval(
                    truth, predictions, p.metric.score, np.random.default_rng(0), p.groups_of(p.splits.outer)
                )
                score = p.metric.score(truth, predictions)
                record["value"] = {"rows": outcome.value["rows"], "score": score, "low": low, "high": high}
            self._record(key, record)

        self.fold("0")
        jobs = [self._baseline_job(name) for name in todo]
        if jobs:
            self._executor.run(jobs, until=until, on_result=keep)
        outcomes = {name: self.journal.result(baseline_key(name)) for name in wanted}
        return {name: outcome["value"] for name, outcome in outcomes.items() if outcome and outcome["ok"]}

    def predictions(self, training: Training) -> np.ndarray:
        """What the trained network says of its fold's validation rows: probabilities or values."""
        fold, outputs = self.fold(training.fold), self._arrays(training).valid
        assert outputs is not None, training.key
        return decode(
            fold.targets[training.candidate.target],
            outputs,
            training.candidate.training.loss,
            training.candidate.training.quantiles,
        )

    def parameters(self, training: Training) -> dict[str, np.ndarray]:
        """The trained network's parameters."""
        return dict(self._arrays(training).parameters)

    def probes(self, training: Training) -> dict[str, np.ndarray]:
        """What was measured inside the network in training, by name; nothing where the store has lost it."""
        return dict(Arrays.of(self.store.get(training.key) or {}).probes)

    def seconds(self, training: Training) -> float | None:
        """How long a training will take on one core once its program is there, as far as measured."""
        network = training.candidate.network
        rows = self.rows(training)
        epochs = training.stop_after or training.epochs or training.candidate.training.epochs
        structure = training.candidate.structure()
        each = self._cost.get(structure)
        if each is None and math.isfinite(self._second_per_product):
            return self.products(network) * self._second_per_product * rows * epochs
        return None if each is None else each * rows * epochs

    def seconds_with_program(self, training: Training) -> float | None:
        """As `seconds`, and what compiling takes where nobody has the program yet."""
        seconds = self.seconds(training)
        if seconds is None or _program(training) in self._programs:
            return seconds
        return seconds + self.compile_seconds() * (1 if training.probes == "off" else _PROBES_COMPILE)

    def compile_seconds(self) -> float:
        """To compile one program, or to load it from the cache: the mean so far."""
        return float(np.mean(self._compiled)) if self._compiled else _COMPILE_SECONDS

    def products(self, network: Specification) -> float:
        """Multiply-adds of one row in training, roughly."""
        assert self.inputs is not None
        return self.prepared.family.networks.cost(network, self.inputs, self.prepared.outputs)

    def rows(self, training: Training) -> int:
        """Rows that a training learns from."""
        prepared = self.prepared
        is_all = training.fold == ALL
        count = len(prepared.y if is_all else prepared.splits.folds[int(training.fold)].train)
        return min(count, training.rows or count)

    def _make_fold(self, name: str) -> FoldData:
        p, family = self.prepared, self.prepared.family
        everything = np.arange(len(p.y), dtype=np.int32)
        nothing = np.zeros(0, np.int32)
        if name == ALL:
            train, valid = everything, nothing
        else:
            fold = p.splits.folds[int(name)]
            train, valid = fold.train, fold.valid
        encoder = family.learn(p.source, train, family.encodings[0])
        arrays = family.arrays(encoder.encode(p.source.take(everything)))
        self.inputs, self._arrays_of_rows = encoder.inputs, list(arrays)
        put = self._executor.put
        for part, array in arrays.items():
            put(f"{name}/rows/{part}", array)
        put(f"{name}/train", train)
        put(f"{name}/valid", valid)
        by_kind = {kind: targets.fit(p.y[train], kind, self._margin) for kind in p.targets}
        for kind, target in by_kind.items():
            put(f"{name}/{kind}", target.encode(p.y))
        return FoldData(encoder, by_kind, train, valid, p.y[valid])

    def _payload(self, training: Training) -> TrainingJob:
        if self.inputs is None:  # the same for all folds, which cost too much to be made for nothing
            self.fold("0")
        assert self.inputs is not None
        candidate = training.candidate
        settings = plain(candidate.training) | {"probes": training.probes}
        if training.epochs is not None:
            settings["epochs"] = training.epochs
        return {
            "kind": "train",
            "network": plain(candidate.network),
            "training": settings,
            "target": candidate.target,
            "fold": training.fold,
            "family": self.prepared.options.family,
            "inputs": self.inputs.to_json(),
            "arrays": self._arrays_of_rows,
            "outputs": self.prepared.outputs,
            "seed": training.seed + 1000 * self.prepared.options.seed,
            "rows": training.rows,
            "stop_after": training.stop_after,
            "keep": training.keep,
            "pad": self._pad,
        }

    def _jobs(self, trainings: list[Training]) -> list[Job]:
        """The jobs; the first of each program that nobody has compiled is as much longer as that takes."""
        jobs, begun = [], set()
        for training in trainings:
            self.fold(training.fold)
            payload, program = self._payload(training), _program(training)
            seconds = self.seconds(training) if program in begun else self.seconds_with_program(training)
            begun.add(program)
            jobs.append(Job(training.key, dict(payload), "/".join(map(str, program)), seconds))
        return jobs

    def _baseline_job(self, name: str) -> Job:
        p = self.prepared
        assert self.inputs is not None
        payload: BaselineJob = {
            "kind": "baseline",
            "name": name,
            "fold": "0",
            "target": p.targets[0],
            "outputs": p.outputs,
            "family": p.options.family,
            "inputs": self.inputs.to_json(),
            "arrays": self._arrays_of_rows,
            "seed": p.options.seed,
        }
        return Job(baseline_key(name), dict(payload), "baseline", None)

    def _keep(self, training: Training, key: str, outcome: Outcome) -> None:
        """Score, store, journal: in this order, so that a journalled result is never without its arrays."""
        record = dict(outcome.record)
        if outcome.ok:
            value = dict(outcome.value)
            # Diverged in its first epoch, it holds its starting weights, whose score would look like one.
            value["loss"] = (
                self._loss(training, Arrays.of(outcome.arrays).valid) if value["best_epoch"] else None
            )
            value["candidate"] = training.candidate.name
            record["value"] = value
            self.networks += 1
            self._learn_pace(training, value)
            if training.keep:
                self.store.put(key, outcome.arrays)
        self._record(key, record | {"told": _digest(self._payload(training))})

    def _known(self, training: Training) -> dict[str, JSON] | None:
        """What the journal holds of just that training, unless it is worth another try.

        A plan for a longer budget may train under the same name for more epochs, or on other rows.
        """
        outcome = self.journal.result(training.key)
        if outcome is None or training.key in self._worth_another_try:
            return None
        told = _digest(self._payload(training))
        return outcome if outcome.get("told", told) == told else None

    def _record(self, key: str, outcome: dict[str, JSON]) -> None:
        self.journal.record(key, outcome)
        self._worth_another_try.discard(key)

    def _loss(self, training: Training, outputs: np.ndarray | None) -> float | None:
        """The metric's loss on the fold's validation rows; None where it has none, or it is no number."""
        fold = self.fold(training.fold)
        if outputs is None or not np.isfinite(outputs).all():
            return None
        candidate = training.candidate
        predictions = decode(
            fold.targets[candidate.target], outputs, candidate.training.loss, candidate.training.quantiles
        )
        loss = self.prepared.metric.loss(fold.truth, predictions)
        return loss if math.isfinite(loss) else None

    def _learn_pace(self, training: Training, value: dict[str, JSON]) -> None:
        epochs = len(value["train_loss"])
        work = self.rows(training) * max(epochs, 1)
        structure = training.candidate.structure()
        each = value["run_seconds"] / work
        self._cost[structure] = each
        self._programs.add(_program(training))
        pace = each / self.products(training.candidate.network)
        self._second_per_product = min(pace, self._second_per_product)
        if value["compile_seconds"]:
            self._compiled.append(value["compile_seconds"])

    def _arrays(self, training: Training) -> Arrays:
        arrays = self.store.get(training.key)
        if arrays is None:
            outcome = self._executor.run(self._jobs([training]))[training.key]
            if not outcome.ok:
                raise RuntimeError(f"training {training.key} could not be repeated: {outcome.record}")
            arrays = outcome.arrays
            self.store.put(training.key, arrays)
        return Arrays.of(arrays)


def _digest(payload: TrainingJob) -> str:
    """A short name of what a worker is told, but for what follows from the fold."""
    told = {name: value for name, value in payload.items() if name not in ("inputs", "arrays")}
    return hashlib.blake2b(dumps(told).encode(), digest_size=6).hexdigest()


def _program(training: Training) -> tuple[Hashable, ...]:
    """What trainings on one program have in common."""
    return (*training.candidate.structure(), training.probes)
