"""The coordinator of a cluster alone, against workers that are simulated; `cluster.py` runs it.

The search, its journal and folder and `honed.run.cluster` are those of any run. In Ray's place is a model of it in
virtual time: a training takes a drawn time and answers with the record and arrays of a real one, with a loss that hangs
on its settings. The clock goes on by the CPU seconds of the coordinator and by what it waits, so that what workers wait
for the coordinator counts. What Ray, the network and the disk take is not in it.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl

from honed.report.progress import Silent
from honed.run import cluster, connection
from honed.run.folder import RunFolder
from honed.run.frames import pack, unpack
from honed.run.in_process import InProcess
from honed.run.journal import Journal
from honed.run.plain import dumps
from honed.search import explore, first_network, new_run
from honed.search.clock import Clock
from honed.search.options import Options
from honed.search.payloads import ArraysOf
from honed.search.prepare import Prepared, prepare
from honed.search.runner import Runner
from honed.search.stores import FolderStore, MemoryStore
from honed.search.training import Training
from honed.train.spec import TrainingSpec
from honed.typed import JSON

_ROWS, _COLUMNS = 2_000, 8
_A_NODE = 50  # processors
_SPREAD = 0.5  # of the time that is expected, up and down
_REPORTED = 10  # times
_MEAN_EPOCHS = (10 + 64 * 3 / 4) / (1 + 3 / 4)  # a first rung, and for a quarter of them three folds in full


def run(workers: int, trials: int, mean: float, say: Callable[[str], object]) -> None:
    """Say ten times what the coordinator has taken so far, and which share of the workers' time was used.

    At last it says how large results were.

    Parameters
    ----------
    mean : seconds of a training.
    """
    with tempfile.TemporaryDirectory() as scratch:
        prepared = prepare(Options(str(_table(Path(scratch))), "y", trials=trials))
        example = _Example(prepared)
        clock = _VirtualTime()
        ray = _Ray(clock, workers, example, mean)
        with (
            patch.object(connection, "connect", lambda *_: connection.Connection(ray, [], lambda: None)),
            patch.object(cluster, "time", clock),
            RunFolder.create(Path(scratch, "run"), {}) as folder,
            Journal.create(folder.path / "journal.jsonl", {"budget": None, "trials": trials}) as journal,
            cluster.Cluster(new_run.PERFORM, "auto", workers) as executor,
        ):

            def tell(done: int) -> None:
                share = ray.used / workers / clock.monotonic()
                journalled = (folder.path / "journal.jsonl").stat().st_size
                say(
                    f"{done:8,} trials after {clock.monotonic():7.1f} s: {clock.taken():7.1f} s of CPU, "
                    f"{_resident():6.2f} GiB of memory, {journalled / 2**30:5.2f} GiB of journal, "
                    f"{share:.1%} of the workers' time used"
                )

            record, first_rungs = journal.record, itertools.count(1)

            def counted(key: str, outcome: dict[str, JSON]) -> None:
                record(key, outcome)
                if (
                    key.startswith("quick/")
                    and (done := next(first_rungs)) % max(1, trials // _REPORTED) == 0
                ):
                    tell(done)

            runner = Runner(prepared, journal, FolderStore(folder), executor)
            with patch.object(journal, "record", counted):
                explore.explore(runner, Clock(0.0, None), Silent(), lambda _: None, lambda: None)
            for sentence in example.sizes():
                say(sentence)


class _VirtualTime:
    """A clock that goes on by what this process computes and by what it would wait."""

    def __init__(self) -> None:
        self._skipped, self._outside = 0.0, time.process_time()

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self.taken() + self._skipped

    def taken(self) -> float:
        """CPU seconds of the coordinator."""
        return time.process_time() - self._outside

    def sleep(self, seconds: float) -> None:
        """Go on by so much."""
        self._skipped += seconds

    @contextlib.contextmanager
    def outside(self) -> Iterator[None]:
        """What is computed meanwhile is the simulation's, and takes no time."""
        began = time.process_time()
        try:
            yield
        finally:
            self._outside += time.process_time() - began


class _Example:
    """What a real training has left behind, from which the others are made up."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared, journal, store = prepared, Journal.create(None, {}), MemoryStore()
        with InProcess(new_run.PERFORM) as executor:
            runner = Runner(prepared, journal, store, executor)
            candidate = first_network.space(runner, 64, 3).defaults()[0]
            training = Training("full", candidate, "0")
            (result,) = runner.train([training]).values()
        self.value, self.arrays = result.value, store.get(training.key) or {}
        self._noise = np.random.default_rng(1).normal(size=len(prepared.y)).astype(np.float32)
        self._sizes = {kind: np.zeros(4) for kind in ("first rung", "full training")}

    def frame(
        self, payload: dict[str, Any], arrays: dict[str, np.ndarray], seconds: float, place: int
    ) -> bytes:
        """What a worker would answer: the farther the rate is from 0.01, the more noise is in its answers."""
        of = ArraysOf(payload["fold"])
        valid, target = arrays[of.valid], arrays[of.target(payload["target"], 0)]
        rate = float(payload["training"].get("learning_rate", TrainingSpec().learning_rate))
        noise = 0.3 + 0.3 * abs(math.log10(rate / 0.01))
        said = target[valid].reshape(len(valid), -1) + noise * self._noise[valid, None]
        epochs = _epochs(payload)
        value = self.value | {
            "train_loss": self.value["train_loss"][:epochs],
            "valid_loss": self.value["valid_loss"][:epochs],
            "rate": self.value["rate"][:epochs],
            "best_epoch": epochs,
            "run_seconds": round(seconds, 4),
            "compile_seconds": 0.0,
        }
        kept = self.arrays if payload["keep"] else {}
        framed = pack(
            {"ok": True, "value": value, "place": place}, {**kept, "valid": said.astype(np.float32)}
        )
        curves = {name: value[name] for name in ("train_loss", "valid_loss", "rate")}
        own = self._sizes["full training" if payload["keep"] else "first rung"]
        own += 1, len(framed), len(dumps(value)), len(dumps(curves))
        return framed

    def sizes(self) -> list[str]:
        """What the results of each kind have been, in the mean, in words."""
        means = {kind: own[1:] / own[0] for kind, own in self._sizes.items() if own[0]}
        return [
            f"a result of a {kind}: {framed:,.0f} bytes, of which its record has {record:,.0f}, and in that its curves "
            f"{curves:,.0f}"
            for kind, (framed, record, curves) in means.items()
        ]


class _Lost(Exception):
    """Of a worker or a node; here none is."""


class _Ray:
    """As much of Ray as `honed.run.cluster` asks for, in virtual time."""

    exceptions = SimpleNamespace(RayError=_Lost, ActorUnavailableError=_Lost)

    def __init__(self, clock: _VirtualTime, workers: int, example: _Example, mean: float) -> None:
        self.clock, self.example, self.used = clock, example, 0.0
        self._rng = np.random.default_rng(0)
        self._nodes = [
            {
                "NodeID": f"node {number}",
                "Alive": True,
                "Resources": {"CPU": float(min(_A_NODE, workers - first))},
            }
            for number, first in enumerate(range(0, workers, _A_NODE))
        ]
        self._mean = mean
        self._hired = 0

    def nodes(self) -> list[dict[str, Any]]:
        """All of them, alive."""
        return self._nodes

    def put(self, array: np.ndarray) -> np.ndarray:
        """The array is its own reference."""
        return array

    def kill(self, actor: object) -> None:
        """Nothing runs."""

    def remote(self, **_: object) -> Callable[[type], Any]:
        """Actors are simulated, whatever their class."""
        return lambda _: SimpleNamespace(remote=self._hire)

    def get(self, reference: Callable[[], Any]) -> Any:
        """What it stands for."""
        with self.clock.outside():
            return reference()

    def wait(
        self, sources: Sequence[_Promise], *, num_returns: int = 1, timeout: float
    ) -> tuple[list[_Promise], list[_Promise]]:
        """Those that are ready; where none is, time goes on until one is, or by `timeout`."""
        with self.clock.outside():
            now = self.clock.monotonic()
            ready = [source for source in sources if source.ready <= now][:num_returns]
            if not ready:
                first = min(source.ready for source in sources)
                self.clock.sleep(max(0.0, min(first - now, timeout)))
                ready = [source for source in sources if source.ready <= first and first - now <= timeout][
                    :num_returns
                ]
            chosen = set(map(id, ready))
            return ready, [source for source in sources if id(source) not in chosen]

    def _hire(self, *_: object) -> Any:
        node = self._nodes[self._hired // _A_NODE % len(self._nodes)]["NodeID"]
        self._hired += 1
        hello = {"node": node, "host": node, "versions": {}, "machine": "simulated", "folder": None}
        arrays: dict[str, np.ndarray] = {}
        perform = SimpleNamespace(remote=lambda jobs, news: self._perform(arrays, jobs, news))
        return SimpleNamespace(
            hello=SimpleNamespace(remote=lambda: _Promise([(0.0, lambda: hello)])),
            perform=SimpleNamespace(options=lambda **_: perform),
        )

    def _perform(self, arrays: dict[str, np.ndarray], jobs: bytes, news: dict[str, Any]) -> _Promise:
        with self.clock.outside():
            arrays |= {name: entry.reference for name, entry in news.items()}
            end, promised = self.clock.monotonic(), []
            for place, told in enumerate(unpack(jobs).message["jobs"]):
                payload = told["payload"]
                expected = self._mean * _epochs(payload) / _MEAN_EPOCHS
                seconds = float(expected * self._rng.uniform(1 - _SPREAD, 1 + _SPREAD))
                end += seconds
                promised.append((end, self._answer(payload, arrays, seconds, place)))
            return _Promise(promised)

    def _answer(
        self, payload: dict[str, Any], arrays: dict[str, np.ndarray], seconds: float, place: int
    ) -> Callable[[], bytes]:
        def answer() -> bytes:
            self.used += seconds
            return self.example.frame(payload, arrays, seconds, place)

        return answer


class _Promise:
    """What comes one after the other, each at its moment."""

    def __init__(self, promised: list[tuple[float, Callable[[], Any]]]) -> None:
        self._promised = promised[::-1]
        self.ready = promised[0][0]

    def __next__(self) -> Callable[[], Any]:
        _, answer = self._promised.pop()
        self.ready = self._promised[-1][0] if self._promised else math.inf
        return answer

    def __call__(self) -> Any:
        return next(self)()


def _epochs(payload: dict[str, Any]) -> int:
    return int(payload["training"].get("epochs", TrainingSpec().epochs))


def _table(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(_ROWS, _COLUMNS))
    path = folder / "rows.csv"
    columns = {f"x{number}": column for number, column in enumerate(x.T)}
    pl.DataFrame({**columns, "y": x[:, 0] - x[:, 1] ** 2 + rng.normal(size=_ROWS)}).write_csv(path)
    return path


def _resident() -> float:
    """GiB of memory of this process."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 2**20
