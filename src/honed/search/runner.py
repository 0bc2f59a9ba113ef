"""Runs trainings through an executor and remembers them through the journal: `Runner`.

The search is one deterministic program; the journal answers what it has already seen. Arrays of trials lie in
a store that may lose them at any time: a missing one is computed again, to the same bits.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import NotRequired, TypedDict

import numpy as np

from honed import passes
from honed.device import CPU
from honed.errors import RunError
from honed.family import Encoder, Inputs
from honed.heads import apart, beside, truths
from honed.metrics import choose
from honed.model.outputs import Reading, decoded
from honed.run.executor import Executor, Job, OnResult, Outcome, late
from honed.run.journal import Journal
from honed.run.plain import dumps
from honed.search import baselines
from honed.search.candidate import Candidate, plain
from honed.search.failures import why, worth_another_try
from honed.search.folds import FoldData, Folds, Known
from honed.search.pace import Pace
from honed.search.payloads import BaselineJob, Told, TrainingJob
from honed.search.prepare import Prepared
from honed.search.stores import MemoryStore, Store
from honed.search.training import Result, Training
from honed.trials import Arrays, baseline_key, trainings
from honed.typed import JSON

# Seconds, and share of the budget, by which small trainings may be late: a worker that is killed takes as long to start
# anew and to compile what it held, and rounds to come have no time for that.
_GRACE, _GRACE_SHARE = 2.0, 0.05


class Score(TypedDict):
    """A score on the outer rows in the metric's units, with its 95 % interval; `rows` are those that a baseline saw.

    `heads` has, of several, each one's own default metric by the name of its target.
    """

    score: float
    low: float
    high: float
    rows: NotRequired[int]
    heads: NotRequired[dict[str, float]]


def scored(
    prepared: Prepared,
    predictions: np.ndarray,
    rows: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> Score:
    """The metric of predictions for the outer rows, or others, with its 95 % interval.

    Parameters
    ----------
    rows : their positions. groups : of each of these, rows that are taken together.
    """
    from honed.search.ensemble import interval

    metric = prepared.metric
    if rows is None:
        rows = prepared.splits.outer
        groups = prepared.groups_of(rows)
    truth, rng = prepared.truth[rows], np.random.default_rng(0)
    low, high = interval(truth, predictions, metric.score, rng, groups)
    score: Score = {"score": metric.score(truth, predictions), "low": low, "high": high}
    return with_heads(score, prepared, truth, predictions)


def with_heads(score: Score, prepared: Prepared, truth: np.ndarray, predictions: np.ndarray) -> Score:
    """The score of several targets with that of each."""
    if len(prepared.heads) > 1:
        told = zip(truths(truth, prepared.heads), apart(predictions, prepared.heads), strict=True)
        score["heads"] = {
            target.name: choose(None, target.task).score(*own)
            for target, own in zip(prepared.schema.targets, told, strict=True)
        }
    return score


class Runner:
    """Trains candidates on folds.

    Parameters
    ----------
    pad : whether rows are padded to a short list of sizes, so that small fits share programs.
    known : folds of networks that go on, see `Folds`.
    """

    def __init__(
        self,
        prepared: Prepared,
        journal: Journal,
        store: Store,
        executor: Executor,
        *,
        pad: bool = False,
        known: Mapping[str, Known] | None = None,
    ) -> None:
        self.prepared, self.journal, self.store = prepared, journal, store
        self._executor, self._pad = executor, pad
        # whose predictions come together at the end
        self._keeps_rivals = bool(prepared.round or prepared.rounds)
        budget = prepared.options.budget if prepared.rounds else None
        self._grace = 0.0 if budget is None else min(_GRACE, _GRACE_SHARE * budget)
        self._folds = Folds(prepared, executor, known)
        done = [value for _, value in trainings(journal.events)]  # in earlier processes
        compiled = [value["compile_seconds"] for value in done if value.get("compile_seconds")]
        self.pace = Pace(self.products, compiled)
        self.workers, self.lanes = executor.workers, prepared.options.lanes or 1
        self.networks = len(done)  # trained, those of earlier processes included
        self._worth_another_try = worth_another_try(journal.events)
        self._digests: dict[str, str] = {}  # of what workers were told whose answer is to come

    def of_round(self, prepared: Prepared) -> Runner:
        """A runner for a round on the same workers, whose journal and arrays are in memory alone."""
        start = {"budget": prepared.options.budget, "trials": prepared.options.trials}
        made = Runner(prepared, Journal.create(None, start), MemoryStore(), self._executor, pad=self._pad)
        made.pace = self.pace  # of the same programs
        made._grace, made.lanes = self._grace, self.lanes
        return made

    def fold(self, name: str) -> FoldData:
        """The fold "0", "1", … or "all" (every row trains)."""
        return self._folds.of(name)

    def encoder(self, fold: str, encoding: str) -> Encoder:
        """How a fold's rows are encoded; they are, and are shared, when this is first asked for."""
        return self._folds.encoder(fold, encoding)

    def inputs(self, encoding: str | None = None) -> Inputs:
        """What is static about rows encoded so, or in the usual way."""
        return self._folds.inputs(encoding or self.prepared.family.encodings[0])

    def train(
        self,
        trainings: Iterable[Training],
        until: float | None = None,
        on_network: Callable[[Training], None] | None = None,
        end: float | None = None,
    ) -> dict[Training, Result]:
        """The results of those trainings that succeeded in time, in the order given.

        At the moment `end`, some time before `until`, the schedules end of those trainings that have `seconds`.

        An iterator is drawn from while its first trainings are done, where the executor can and there are no lanes,
        whose number hangs on all that go side by side. What the journal knows is not done again, unless it failed for
        want of time or memory that there is now. A first network is trained whatever the time.
        `on_network` is told of each as it ends, whatever came of it; not of those done in an earlier process.
        """
        is_drawn = isinstance(trainings, Iterator) and self.lanes == 1
        if not is_drawn:
            trainings = list(trainings)
        wanted, todo, known = list[Training](), dict[str, Training](), dict[str, dict[str, JSON]]()

        def keep(key: str, outcome: Outcome) -> None:
            self._keep(todo[key], key, outcome)
            if on_network is not None:
                on_network(todo[key])

        def to_do() -> Iterator[Training]:
            for training in trainings:
                wanted.append(training)
                key = training.key
                if key in todo:
                    continue
                if (outcome := self._known(training)) is not None:
                    known[key] = outcome
                    continue
                todo[key] = training
                seconds = self.encoding_seconds(training)  # no fold is encoded for nothing
                if until is not None and time.monotonic() + seconds >= until and not _is_needed(training):
                    self._digests.pop(key, None)
                    keep(key, late("too little time was left to begin it"))
                else:
                    self._share(training)
                    yield training

        coming, beside = to_do(), None
        if not is_drawn:
            coming = list(coming)  # all rows are encoded before the first begins
            beside = self._beside_in_time(coming, Counter(map(_side, wanted)), until)
        jobs = self._jobs(coming, end, beside)
        if first := next(jobs, None):
            self._run(itertools.chain([first], jobs), until, keep)
        return _succeeded((each, known.get(each.key) or self.journal.result(each.key)) for each in wanted)

    def share(self, wanted: Iterable[Training], until: float | None) -> None:
        """Have the rows encoded that those of these trainings see that are to come, if there is time until then."""
        for training in wanted:
            is_in_time = until is None or time.monotonic() + self.encoding_seconds(training) < until
            if is_in_time and self._known(training) is None:
                self._share(training)

    def known(self, wanted: Iterable[Training]) -> dict[Training, Result]:
        """The results of those that have been trained, in the order given."""
        return _succeeded((training, self._known(training)) for training in wanted)

    def baselines(self, names: Iterable[str], until: float | None = None) -> dict[str, Score]:
        """Scores of baselines on the outer rows, as journalled.

        Those that failed or came too late are left out; all are where there are no outer rows.
        """
        p = self.prepared
        if not len(p.splits.outer):
            return {}
        wanted = list(names)
        todo = [
            name
            for name in wanted
            if (outcome := self.journal.result(baseline_key(name))) is None
            or baseline_key(name) in self._worth_another_try
            or (self._keeps_rivals and outcome["ok"] and self.said_by(name) is None)
        ]

        def keep(key: str, outcome: Outcome) -> None:
            record = dict(outcome.record)
            if outcome.ok:
                told = apart(outcome.arrays["outer"], p.heads)
                predictions = beside(
                    [
                        own if target.kind == "classes" else target.undone(own.reshape(-1))
                        for own, target in zip(told, self.fold("0").targets[p.targets[0]], strict=True)
                    ]
                )
                record["value"] = {"rows": outcome.value["rows"], **scored(p, predictions)}
                if self._keeps_rivals:
                    self.store.put(key, {"outer": predictions})
            self._record(key, record)

        if todo and until is not None and time.monotonic() >= until:  # before a fold is encoded for nothing
            for name in todo:
                keep(baseline_key(name), late("too little time was left to begin it"))
        elif todo:
            jobs = [self._baseline_job(name) for name in todo]
            self._run(jobs, until, keep)
        outcomes = {name: self.journal.result(baseline_key(name)) for name in wanted}
        return {name: outcome["value"] for name, outcome in outcomes.items() if outcome and outcome["ok"]}

    def said_by(self, name: str) -> np.ndarray | None:
        """What a baseline says of the outer rows, where there are rounds; None where that is not kept."""
        return (self.store.get(baseline_key(name)) or {}).get("outer")

    def predictions(self, training: Training) -> np.ndarray:
        """What the trained network says of its fold's validation rows: probabilities or values."""
        outputs = self._arrays(training).valid
        assert outputs is not None, training.key
        return decoded(self.readings(training), outputs)

    def readings(self, training: Training) -> tuple[Reading, ...]:
        """How the outputs of the trained network become the answers of its heads."""
        way, own = training.candidate.target, training.candidate.training
        heads, encoders = self.prepared.heads_by(way), self.fold(training.fold).targets[way]
        if len(heads) == 1:
            loss = own.loss if own.loss != "auto" else heads[0].loss
            return (Reading(encoders[0], loss, own.quantiles if loss == "quantile" else ()),)
        return tuple(
            Reading(encoder, part.loss, own.quantiles if part.loss == "quantile" else (), part.outputs)
            for encoder, part in zip(encoders, own.parts(heads), strict=True)
        )

    def parameters(self, training: Training) -> dict[str, np.ndarray]:
        """The trained network's parameters."""
        return dict(self._arrays(training).parameters)

    def probes(self, training: Training) -> dict[str, np.ndarray]:
        """What was measured inside the network in training, by name; nothing where the store has lost it."""
        return dict(Arrays.of(self.store.get(training.key) or {}).probes)

    def seconds_with_program(self, training: Training) -> float | None:
        """How long a training will take on one core, compiling included, as far as measured."""
        return self.pace.seconds_with_program(training, self.rows(training))

    def encoding_seconds(self, training: Training) -> float:
        """How long it will take to encode the rows that a training sees, as far as measured; 0 where they are."""
        return self._folds.seconds(training.fold, training.candidate.encoding, training.rows)

    def products(self, candidate: Candidate) -> float:
        """Multiply-adds of one row in training, roughly."""
        inputs = self._folds.inputs(candidate.encoding)
        return self.prepared.family.networks.cost(candidate.network, inputs, self.prepared.outputs)

    def rows(self, training: Training) -> int:
        """Rows that a training learns from."""
        count = len(self.prepared.fold(training.fold).train)
        return min(count, training.rows or count)

    def _told(self, training: Training) -> Told:
        candidate = training.candidate
        settings = plain(candidate.training) | {"probes": training.probes}
        if training.epochs is not None:
            settings["epochs"] = training.epochs
        told: Told = {
            "kind": "train",
            "network": plain(candidate.network),
            "training": settings,
            "target": candidate.target,
            "encoding": candidate.encoding,
            "fold": training.fold,
            "family": self.prepared.options.family,
            "heads": [
                asdict(replace(head, weight=0.0) if candidate.focus not in ("", head.name) else head)
                for head in self.prepared.heads_by(candidate.target)
            ],
            "seed": training.seed + 1000 * self.prepared.options.seed,
            "rows": training.rows,
            "stop_after": training.stop_after,
            "keep": training.keep,
            "pad": self._pad,
        }
        if training.seconds is not None:
            told["seconds"] = training.seconds
        if training.course:
            told["course"] = [list(part) for part in training.course]
        if training.start:
            told["start"] = training.start
        return told

    def _payload(self, training: Training) -> TrainingJob:
        encoding = training.candidate.encoding
        inputs, arrays = self._folds.inputs(encoding), self._folds.arrays(encoding)
        told = self._told(training)
        self._digests[training.key] = _digest(told)
        own: TrainingJob = {**told, "inputs": inputs.to_json(), "arrays": arrays}
        if training.course:
            own["again"] = [list(part) for part in training.course]
        elif training.seconds is not None:
            done = self._known(training)
            if done is not None and done["ok"]:  # its arrays are lost
                own["again"] = done["value"]["parts"]
        if self._executor.device != CPU:
            own["device"] = asdict(self._executor.device)
        return {**own, "round": self.prepared.round} if self.prepared.round else own

    def _run(self, jobs: Iterable[Job], until: float | None, keep: OnResult) -> None:
        """Have jobs done; what still runs at that moment has the time of grace to end, in which nothing begins."""
        if until is not None and self._grace:
            jobs = (replace(job, seconds=(job.seconds or 0.0) + self._grace) for job in jobs)
            until += self._grace
        self._executor.run(jobs, until=until, on_result=keep)

    def _jobs(
        self,
        trainings: Iterable[Training],
        end: float | None = None,
        beside: Mapping[Hashable, int] | None = None,
    ) -> Iterator[Job]:
        """The jobs; the first of each program that nobody has compiled is as much longer as that takes.

        `beside` counts, by `_side`, the trainings of which these are those still to be done, or fewer
        (`_beside_in_time`).
        """
        begun = set[Hashable]()
        for training in trainings:
            self.fold(training.fold)
            is_sampled = self._share(training)
            payload, program, rows = self._payload(training), training.program, self.rows(training)
            if is_sampled:
                payload["sampled"] = True
            has_program = program in begun
            seconds = (self.pace.seconds if has_program else self.pace.seconds_with_program)(training, rows)
            if (
                seconds is not None
                and end is not None
                and training.seconds is not None
                and not training.course
            ):
                seconds = max(0.0, min(seconds, end - time.monotonic()))  # it ends then, however soon that is
            begun.add(program)
            affinity = "/".join(map(str, program))
            own_end = None
            if training.seconds is not None and "again" not in payload:
                own_end = time.monotonic() + training.seconds if end is None else end
            lanes = self._lanes(training, 1 if beside is None else beside[_side(training)])
            needed = _is_needed(training)
            yield Job(training.key, dict(payload), affinity, seconds, needed=needed, end=own_end, lanes=lanes)

    def _beside_in_time(
        self, trainings: Iterable[Training], beside: Mapping[Hashable, int], until: float | None
    ) -> Mapping[Hashable, int]:
        """By `_side`, of so many trainings those that end by then one after another, as far as their pace is known.

        What is in the lanes of a program ends together, and at a deadline all of it is lost: so there are no more lanes
        than would be in time if they gained nothing. What they gain shows in the pace of those that follow.
        """
        if until is None or self.lanes == 1:
            return beside
        left, longest = until - time.monotonic(), dict[Hashable, float]()
        for training in trainings:
            seconds = self.pace.seconds(training, self.rows(training)) or 0.0
            longest[_side(training)] = max(seconds, longest.get(_side(training), 0.0))
        fit = {side: left / seconds for side, seconds in longest.items() if seconds}
        return {
            side: count if fit.get(side, count) >= count else 1 << max(1, int(fit[side])).bit_length() - 1
            for side, count in beside.items()
        }

    def _lanes(self, training: Training, beside: int) -> int:
        """Lanes of the program of a training that so many can go beside, itself included.

        Their number decides its last digits, so that it hangs neither on who works nor on what is done already.
        """
        done = self._known(training)
        if done is not None and done["ok"]:  # its arrays are lost
            return done["value"].get("lanes", 1)
        if _is_needed(training) or training.seconds is not None or training.course:
            return 1
        return min(self.lanes, 1 << (beside - 1).bit_length())

    def _share(self, training: Training) -> bool:
        """Have the rows encoded that a training sees; whether these are of a sample, whose arrays it is to use."""
        return self._folds.share(training.fold, training.candidate.encoding, training.rows)

    def _baseline_job(self, name: str) -> Job:
        p = self.prepared
        usual = p.family.encodings[0]
        self.fold("0")
        is_sampled = self._folds.share("0", usual, baselines.MOST_ROWS)
        payload: BaselineJob = {
            "kind": "baseline",
            "name": name,
            "fold": "0",
            "round": p.round,
            "target": p.targets[0],
            "encoding": usual,
            "heads": [asdict(head) for head in p.heads],
            "family": p.options.family,
            "inputs": self._folds.inputs(usual).to_json(),
            "arrays": self._folds.arrays(usual),
            "seed": p.options.seed,
        }
        if is_sampled:
            payload["sampled"] = True
        fold, widths = p.splits.folds[0], [head.width for head in p.heads]
        seconds = baselines.seconds(name, len(fold.train) + len(fold.valid), self._boosting_columns(), widths)
        return Job(baseline_key(name), dict(payload), "baseline", seconds)

    def _boosting_columns(self) -> int:
        """How many columns boosting takes, told by one row."""
        p = self.prepared
        encoder = self._folds.encoder("0", p.family.encodings[0])
        rivals = p.family.rivals(encoder.encode(p.source.take(p.splits.outer[:1])), encoder.inputs)
        return rivals.for_boosting.shape[1] + rivals.codes.shape[1]

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
            value["settings"] = training.candidate.settings()
            record["value"] = value
            self.networks += 1
            epochs, rows = passes.made(value, len(value["train_loss"])), self.rows(training)
            self.pace.learn(training, rows, epochs, value["run_seconds"], value["compile_seconds"])
            if training.keep:
                self.store.put(key, outcome.arrays)
        told = self._digests.pop(key, "") or _digest(self._told(training))
        self._record(key, record | {"told": told})

    def _known(self, training: Training) -> dict[str, JSON] | None:
        """What the journal holds of just that training, unless it is worth another try.

        A plan for a longer budget may train under the same name for more epochs, or on other rows.
        """
        outcome = self.journal.result(training.key)
        if outcome is None or training.key in self._worth_another_try:
            return None
        told = _digest(self._told(training))
        return outcome if outcome.get("told", told) == told else None

    def _record(self, key: str, outcome: dict[str, JSON]) -> None:
        self.journal.record(key, outcome)
        self._worth_another_try.discard(key)

    def _loss(self, training: Training, outputs: np.ndarray | None) -> float | None:
        """The metric's loss on the fold's validation rows; None where it has none, or it is no number."""
        fold = self.fold(training.fold)
        if outputs is None or not np.isfinite(outputs).all():
            return None
        predictions = decoded(self.readings(training), outputs)
        loss = self.prepared.metric.loss(fold.truth, predictions)
        return loss if math.isfinite(loss) else None

    def _arrays(self, training: Training) -> Arrays:
        arrays = self.store.get(training.key)
        if arrays is None:
            outcome = self._executor.run(self._jobs([training]))[training.key]
            if not outcome.ok:
                raise RunError(
                    f"What training {training.key} has learned is lost, and it could not be repeated: "
                    f"{why(outcome.record)} Without it there is no model. Put its files back into trials/ of the run, "
                    "or free some memory, and go on with `honed resume`."
                )
            arrays = outcome.arrays
            self.store.put(training.key, arrays)
        return Arrays.of(arrays)


def _succeeded(
    outcomes: Iterable[tuple[Training, Mapping[str, JSON] | None]],
) -> dict[Training, Result]:
    """The results of those that came to one."""
    found = {}
    for training, outcome in outcomes:
        if outcome and outcome["ok"]:
            value = outcome["value"]
            loss = value["loss"]
            found[training] = Result(training, math.inf if loss is None else loss, value)
    return found


def _side(training: Training) -> Hashable:
    """What trainings have in common that can go side by side: program and rows."""
    candidate = training.candidate
    return training.program, candidate.encoding, candidate.target, training.fold, training.rows


def _is_needed(training: Training) -> bool:
    """Whether there is no model without it."""
    return training.stage == "first"


def _digest(told: Told) -> str:
    """A short name of what a worker is told."""
    return hashlib.blake2b(dumps(told).encode(), digest_size=6).hexdigest()
