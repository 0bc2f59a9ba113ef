"""One training, as the calls of the compiled program that it asks for one after another: `turns`.

Who answers is `honed.train.loop` for one training, and `honed.train.lanes` for several at once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from honed.errors import RunError
from honed.family import Answer, Parameters, Specification
from honed.heads import Part as Learned
from honed.optional import optional
from honed.run import memory
from honed.run.worker import Late
from honed.train import automatic, examine, parts, program
from honed.train.automatic import Measured
from honed.train.examples import Examples
from honed.train.packing import Packing
from honed.train.parts import Again, Course, InTime, Part, Stream
from honed.train.programs import SHARED, Programs
from honed.train.record import Record
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec
from honed.train.step import Structure

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_ASKED = 256  # training rows that a trained network is asked about
_NEXT_LOOK = 0.25  # seconds of training between two looks at the clock, where there is a deadline


@dataclass(frozen=True, eq=False)
class Asked:
    """A training, as `honed.train.loop.fit` takes it, which says what each of these is."""

    network: Specification
    training: TrainingSpec
    data: Examples
    train: Int[np.ndarray, " train"]
    valid: Int[np.ndarray, " valid"]
    seed: int = 0
    stop_after: float | None = None
    start: Parameters | None = None
    keep: bool = True
    until: float | None = None
    end: float | None = None
    again: Iterable[Sequence[float]] | None = None
    programs: Programs = SHARED


@dataclass(frozen=True, eq=False)
class Standing:
    """How far a training is.

    Attributes
    ----------
    stopped, diverged, epoch, best_epoch : as in `program.Progress`.
    states : that of the training, or those of several, of which it is number `lane`.
    """

    stopped: bool
    diverged: bool
    epoch: int
    best_epoch: int
    states: program.Progress
    lane: int | None = None

    @classmethod
    def of(cls, state: program.Progress) -> Standing:
        """That of one training alone."""
        return cls(bool(state.stopped), bool(state.diverged), int(state.epoch), int(state.best_epoch), state)

    def state(self) -> program.Progress:
        """What the program carries from call to call, of this training alone."""
        return self.states if self.lane is None else program.taken(self.states, np.int32(self.lane))


class Turn(NamedTuple):
    """A call that a training asks for: of the program of `structure`, from where it stands."""

    structure: Structure
    packing: Packing
    standing: Standing
    call: program.Call
    programs: Programs
    until: float | None


class Reply(NamedTuple):
    """What a call gave.

    curves : of the epochs that were asked for, in memory.
    seconds : that the call took, of all that were `beside` each other in it. compile_seconds : before it.
    lanes : of the program.
    """

    standing: Standing
    curves: program.Curves
    seconds: float
    compile_seconds: float
    beside: int = 1
    lanes: int = 1


Fitted = tuple[Parameters, Record]
Turns = Generator[Turn, Reply, Fitted]


def turns(asked: Asked) -> Turns:
    """The calls of a training, and at the end what `honed.train.loop.fit` gives.

    A call for which memory was too little is answered by that error, thrown in. Errors are as in `loop.fit`.
    """
    began = time.perf_counter()
    training, valid, end = asked.training, asked.valid, asked.end
    setup, measured = automatic.resolve(
        Setup(asked.network, training, asked.data, asked.train, asked.seed, asked.programs)
    )
    if not training.early_stopping and training.schedule == "plateau":
        valid = valid[:0]  # which would choose the rate
    course = Again(asked.again) if asked.again is not None else None
    if end is not None and course is None:
        course = InTime(setup.structure().part, len(valid))
    one = _Training(setup, measured, valid, asked.start, asked.until, began)
    if course is None:
        yield from one.run(min(training.epochs, asked.stop_after or training.epochs))
    else:
        yield from one.follow(course, end)
    record = one.record()
    if record.probes:
        record = one.examined(record)
    return one.settled(asked.keep), record


class _Training:
    """One training: go through the calls of `run`, then ask for its `record` and its `settled` parameters."""

    def __init__(
        self,
        setup: Setup,
        measured: Measured,
        valid: Int[np.ndarray, " valid"],
        start: Parameters | None,
        until: float | None,
        began: float,
    ) -> None:
        self._until = until
        self._setup, self._measured, self._valid = setup, measured, valid
        self._structure = setup.structure()
        networks, inputs, rows = setup.data.networks, setup.data.inputs, setup.data.rows
        self._is_covered = networks.is_covered(inputs, rows, setup.train, valid)
        params = setup.started() if start is None else start
        if not self._is_covered:  # what only validation rows hold then says nothing from the start
            params = networks.neutral(params, setup.network, inputs, rows, setup.train)
        self._packing = Packing.of(params, networks.role)
        self._start = self._packing.pack(params, np)
        self._standing = Standing.of(program.start(self._structure, self._start, setup.programs))
        self._shuffled = setup.shuffled()
        self._table = setup.table(self._structure, valid, self._shuffled)
        self._knobs = setup.knobs(len(valid))
        self._stream, self._done = Stream(setup.seed, setup.train, setup.data.bounds), list[Part]()
        self._curves: list[program.Curves] = []
        self._notes: list[str] = []
        self._compile_seconds = measured.compile_seconds
        self._since, self._seconds = began, -measured.compile_seconds  # of its own work, and of its calls
        self._steps, self._lanes = 0, 1

    def run(self, epochs: float) -> Generator[Turn, Reply]:
        """Train for that many epochs, or until it stops by itself; where memory runs out, in smaller steps."""
        whole = max(1, round(epochs * self._setup.parts_of_epoch))
        most = whole if self._until is None else 1
        while len(self._done) < whole and not self._standing.stopped:
            seconds = yield from self._parts(self._next(min(whole, len(self._done) + most)))
            if self._until is not None and seconds is not None:
                most = max(1, int(_NEXT_LOOK * int(self._call.count) / max(seconds, 1e-9)))

    def follow(self, course: Course, end: float | None) -> Generator[Turn, Reply]:
        """Train part after part as the course says, which has until the moment `end`."""
        left, phase = math.inf, 0.0
        while not self._standing.stopped:
            began, compiled = time.monotonic(), self._compile_seconds
            if end is not None:
                left = end - began
            following = course.next(left)
            if following is None:
                break
            rows, after = following
            start = self._done[-1].start + self._done[-1].rows if self._done else 0
            part = [Part(start, rows, (phase, after))]
            while (yield from self._parts(part)) is None:
                pass
            phase = after
            course.took(rows, time.monotonic() - began - (self._compile_seconds - compiled))
        if not self._done:
            raise Late

    def _next(self, end: int) -> list[Part]:
        """The parts of the next call: up to number `end`, or as many as go into one call."""
        done = len(self._done)
        inside = done % self._structure.epochs  # where a look at the clock has cut a call in two
        count = min(self._structure.epochs - inside, end - done)
        return [self._setup.part(done + number) for number in range(count)]

    def _parts(self, of: Sequence[Part]) -> Generator[Turn, Reply, float | None]:
        """Train on those parts in one call; the seconds that it took, None where it has to be done in smaller steps."""
        check_time(self._until)
        setup, structure, done = self._setup, self._structure, len(self._done)
        inside = done % structure.epochs
        self._before = self._standing
        self._call = program.Call(
            data=self._table,
            knobs=self._knobs._replace(train_rows=np.int32(of[0].rows)),
            orders=setup.orders(structure, of, self._stream),
            factors=setup.factors(structure, done, of[0]),
            seed=np.uint32((setup.call_seed(done - inside) + inside * program.NEXT_EPOCH) % 2**32),
            count=np.int32(len(of)),
        )
        turn = Turn(structure, self._packing, self._before, self._call, setup.programs, self._until)
        self._seconds += time.perf_counter() - self._since
        try:
            reply = yield turn
        except (MemoryError, jax.errors.JaxRuntimeError) as error:
            self._since = time.perf_counter()
            self._halve(error)
            return None
        self._since = time.perf_counter()
        self._seconds += reply.seconds / reply.beside
        self._compile_seconds += reply.compile_seconds
        self._lanes = reply.lanes
        self._standing = reply.standing
        self._curves.append(reply.curves)
        ran = self._standing.epoch - self._before.epoch
        self._done += of
        self._steps += sum(setup.steps(structure, part.rows) for part in of[:ran])
        return reply.seconds

    def _halve(self, error: Exception) -> None:
        """Half the batch, if it was memory that ran out; the last good state is that before the call."""
        self._structure = _halved(self._structure, error)
        self._table = self._setup.table(self._structure, self._valid, self._shuffled)
        batch, epoch = self._structure.batch, 1
        if self._done:
            last = self._done[-1]
            epoch += (last.start + last.rows) // len(self._setup.train)
        self._notes.append(
            f"Memory ran out with {2 * batch:,} rows in one step, so from epoch {epoch} on it is {batch:,}."
        )

    def record(self) -> Record:
        """What happened."""
        setup, standing = self._setup, self._standing
        training = setup.training
        seen: program.Curves = jax.tree.map(
            lambda *parts: np.concatenate(parts)[: standing.epoch], *self._curves
        )
        is_sound = standing.best_epoch > 0 and (len(self._valid) > 0 or self._answers())
        probes, probe_epochs = _probed(seen, training)
        done = self._done[: standing.epoch]
        is_whole = all(part.phases is None for part in done) and setup.parts_of_epoch == 1
        return Record(
            train_loss=seen.train,
            valid_loss=seen.valid,
            monitored=_monitored(seen.watched, training),
            rate=seen.rate,
            best_epoch=standing.best_epoch if is_sound else 0,
            steps=self._steps,
            compile_seconds=self._compile_seconds,
            run_seconds=self._seconds + time.perf_counter() - self._since,
            diverged=standing.diverged or not is_sound,
            batch_size=self._structure.batch,
            learning_rate=float(training.learning_rate),
            range_test=self._measured.range_test,
            batch_search=self._measured.batch_search,
            notes=tuple(self._notes),
            probes=probes,
            probe_epochs=probe_epochs,
            chance=setup.chance(setup.train),
            valid_chance=setup.chance(self._valid) if len(self._valid) else float("nan"),
            passes=None if is_whole else parts.passes(done, len(setup.train)),
            parts=tuple((part.rows, part.phases[1]) for part in done if part.phases is not None),
            lanes=self._lanes,
        )

    def examined(self, record: Record) -> Record:
        """The record with a second look at a training that went wrong; no look may end what is done."""
        trouble, memorised = {}, None
        if self._standing.diverged:
            trouble = optional(
                "The look for the first number that is not finite", self._trouble, {}, self._notes.append
            )
        has_had_its_chance = record.steps >= examine.LEAST_STEPS
        if self._setup.training.probes == "full" or (record.is_lost and has_had_its_chance):
            memorised = optional(
                "The training on a few rows alone", self._memorised, None, self._notes.append
            )
        return replace(record, trouble=trouble, memorised=memorised, notes=tuple(self._notes))

    def _trouble(self) -> dict[str, int | str]:
        """Where the last call diverged."""
        ran, before = self._standing.epoch - self._before.epoch, self._before.state()
        one = program.compiled(self._setup.programs, self._structure, self._packing, before, self._call)
        step = program.Step(self._structure, self._packing)
        return examine.trouble(one.call, before, self._call, ran, step)

    def _memorised(self) -> float | None:
        """The loss that a few rows alone reach, over that of a constant answer; None where that answer is right."""
        data = self._setup.data
        few = examine.few(self._shuffled, np.asarray(data.targets[0]))
        chance = self._setup.chance(few)
        chance *= float(np.asarray(data.weights)[few].mean())  # on the scale of a training loss
        if chance <= 0:
            return None
        step = program.Step(self._structure, self._packing)
        return examine.memorised(self._setup.programs, self._call, self._start, step, few, chance)

    def settled(self, keep: bool) -> Parameters:
        """The parameters of the best epoch, with a say for what training never held."""
        if not keep and self._is_covered:
            return self._kept()
        setup, data = self._setup, self._setup.data
        rows = (data.rows, setup.train, self._shuffled[:_ASKED])
        with np.errstate(all="ignore"):
            return data.networks.settle(
                self._kept(), setup.network, data.inputs, *rows, _answer(setup.learned)
            )

    def _answers(self) -> bool:
        """Whether some of the training rows get finite outputs.

        Without validation rows nothing has looked at a network after its last step: the training loss is of those
        before.
        """
        data, some = self._setup.data, self._setup.data.take(self._shuffled[:_ASKED])
        with np.errstate(all="ignore"):
            outputs = data.networks.predict(self._kept(), self._setup.network, data.inputs, some)
        return bool(np.isfinite(outputs).all())

    def _kept(self) -> Parameters:
        """The parameters of the best epoch."""
        return self._packing.unpack(
            {role: np.asarray(vector) for role, vector in self._standing.state().best.items()}
        )


def is_late(until: float | None) -> bool:
    """Whether the moment of `time.monotonic` has passed."""
    return until is not None and time.monotonic() >= until


def check_time(until: float | None) -> None:
    """Raise `Late` where the moment `until` of `time.monotonic` has passed."""
    if is_late(until):
        raise Late


def _answer(parts: Sequence[Learned]) -> Answer | None:
    """What outputs are compared by: shares of classes where these are learned by cross-entropy, else as they are."""
    is_logits = [part.loss == "cross_entropy" for part in parts]
    if not any(is_logits):
        return None
    if len(parts) == 1:
        return _shares
    ends = np.cumsum([part.outputs for part in parts])[:-1]

    def answer(outputs: Float[np.ndarray, "rows outputs"]) -> Float[np.ndarray, "rows outputs"]:
        own = zip(np.split(outputs, ends, axis=1), is_logits, strict=True)
        return np.concatenate([_shares(part) if logits else part for part, logits in own], axis=1)

    return answer


def _shares(logits: Float[np.ndarray, "rows classes"]) -> Float[np.ndarray, "rows classes"]:
    """Shares of the classes."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _probed(
    seen: program.Curves, training: TrainingSpec
) -> tuple[dict[str, Float[np.ndarray, "probed ..."]], Int[np.ndarray, " probed"]]:
    """What the probes measured, by name, and the epochs in which they did."""
    if not seen.probes:
        return {}, np.zeros(0, np.int64)
    probed = np.flatnonzero(np.isfinite(seen.probes.weight).all(axis=1) | np.isfinite(seen.probes.loss))
    arrays = {name: value[probed] for name, value in seen.probes._asdict().items()}
    if training.gradient_clip is not None:
        arrays["clipped"] = seen.clipped[probed]
    return {name: value for name, value in arrays.items() if not np.isnan(value).all()}, probed + 1


def _monitored(watched: Float[np.ndarray, " epochs"], training: TrainingSpec) -> Float[np.ndarray, " epochs"]:
    """What was watched, by its own name: a share of right answers, where the program counts wrong ones."""
    return 1 - watched if training.monitor == "accuracy" else watched


def _halved(structure: Structure, error: Exception) -> Structure:
    """The structure with half the batch, and no more rows at once elsewhere, if it was memory that ran out."""
    if isinstance(error, jax.errors.JaxRuntimeError) and not memory.is_out_of_memory(error):
        raise error
    if structure.batch == 1:
        raise RunError(
            f"Memory ran out with one row in a step ({_first_line(error)}), so this network cannot be trained here. "
            "Make it narrower, or free some memory."
        ) from error
    batch = structure.batch // 2
    return replace(structure, batch=batch, at_once=batch)


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200]
