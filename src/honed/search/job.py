"""What a worker does: train one network on one fold, or fit one baseline. `Worker` is made in the worker's process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from honed import seeds
from honed.device import Device
from honed.encode.target import TargetKind
from honed.family import Family, Inputs, find_family
from honed.heads import Head
from honed.run.worker import Data, Done, Task
from honed.search.payloads import MOST_FOLDS, ArraysOf, BaselineJob, TrainingJob, start_of
from honed.settings import build
from honed.train import lanes as side_by_side
from honed.train import loop
from honed.train.examples import Examples
from honed.train.spec import TrainingSpec
from honed.train.turns import Asked, Fitted, check_time
from honed.trials import Arrays
from honed.typed import JSON, take


class Worker:
    """Does the jobs of a search on the arrays of `data`, which are named as `ArraysOf` says."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._examples: dict[tuple[ArraysOf, TargetKind, str], Examples] = {}  # the last few folds

    def perform(
        self, payload: dict[str, JSON], until: float | None = None, end: float | None = None
    ) -> tuple[dict[str, JSON], dict[str, np.ndarray]]:
        """Do the `TrainingJob`, which stops after the moment `until`, or the `BaselineJob`, which does not.

        Where there is an `end` a training's schedule comes to its end at that moment.
        """
        if payload["kind"] == "baseline":
            from honed.search import baselines

            return baselines.fit(take(BaselineJob, payload), self._data)
        return self.train(take(TrainingJob, payload), until, end)

    def close(self) -> None:
        """Let go of the arrays."""
        self._examples.clear()

    def train(
        self, payload: TrainingJob, until: float | None = None, end: float | None = None
    ) -> tuple[dict[str, JSON], dict[str, np.ndarray]]:
        """Train one network; the record as value, and as arrays those of `honed.trials.Arrays`.

        `said_seconds` in the value are what the answers to the rows that validate have taken.
        """
        asked = self._asked(payload, until, end)
        done = loop.trained(asked)
        check_time(until)
        return _told(asked, done)

    def perform_several(self, tasks: Sequence[Task], lanes: int) -> Iterator[tuple[int, Done | Exception]]:
        """Do the `TrainingJob`s of some tasks, as many at a time as there are lanes, as `perform` does each."""
        places, all_asked = list[int](), list[Asked]()
        failed: list[tuple[int, Exception]] = []

        def wanted() -> Iterator[Asked]:
            for place, task in enumerate(tasks):
                try:
                    task.check()
                    one = self._asked(take(TrainingJob, task.payload), task.until, task.end)
                except Exception as error:
                    failed.append((place, error))
                else:
                    places.append(place)
                    all_asked.append(one)
                    yield one

        for number, done in side_by_side.fit(wanted(), lanes):
            told: Done | Exception
            try:
                if not isinstance(done, Exception):
                    check_time(all_asked[number].until)
                told = done if isinstance(done, Exception) else _told(all_asked[number], done)
            except Exception as error:  # the others go on
                told = error
            yield places[number], told
        yield from failed

    def _asked(self, payload: TrainingJob, until: float | None, end: float | None) -> Asked:
        """The training of a job."""
        family = find_family(payload["family"])
        (network,) = build([family.specification], payload["network"])
        (training,) = build([TrainingSpec], payload["training"])
        fold, start = payload["fold"], None
        of = ArraysOf(fold, payload.get("round", 0), payload.get("sampled", False))
        inputs = family.inputs(payload["inputs"])
        data = self._examples_of(payload, family, inputs)
        rows, valid = (self._data.get(name) for name in (of.train, of.valid))
        if payload["rows"] is not None and payload["rows"] < len(rows):
            chosen = seeds.generator(0, "sample", fold).permutation(len(rows))[: payload["rows"]]
            rows = rows[np.sort(chosen)]
        if name := payload.get("start"):
            shapes = data.networks.shapes(
                network, inputs, sum(part.outputs for part in training.parts(data.heads))
            )
            start = {each: self._data.get(start_of(name, each)) for each in shapes}
        return Asked(
            network,
            training,
            data,
            rows,
            valid,
            seed=payload["seed"],
            stop_after=payload["stop_after"],
            start=start,
            keep=payload["keep"],
            until=until,
            end=end,
            again=payload.get("again"),
        )

    def _examples_of(self, payload: TrainingJob, family: Family, inputs: Inputs) -> Examples:
        """The fold's arrays on the device."""
        of = ArraysOf(payload["fold"], payload.get("round", 0), payload.get("sampled", False))
        kind, encoding = payload["target"], payload["encoding"]
        heads = tuple(take(Head, head) for head in payload["heads"])
        if (of, kind, encoding) not in self._examples:
            while len(self._examples) >= MOST_FOLDS:
                self._examples.pop(next(iter(self._examples)))
            self._examples[of, kind, encoding] = Examples.of_heads(
                family.networks,
                inputs,
                family.rows({part: self._data.get(of.rows(encoding, part)) for part in payload["arrays"]}),
                [self._data.get(of.target(kind, number)) for number in range(len(heads))],
                heads=heads,
                pad=payload["pad"],
                bounds=self._data.get(of.bounds) if of.bounds in self._data else None,
                device=take(Device, payload.get("device", {})),
            )
        return replace(self._examples[of, kind, encoding], heads=heads)


def _told(asked: Asked, done: Fitted) -> tuple[dict[str, JSON], dict[str, np.ndarray]]:
    """What is told of a training: its record, and its arrays."""
    (params, record), data, said = done, asked.data, None
    value = record.to_json()
    if len(asked.valid):
        began = time.perf_counter()
        said = data.networks.predict(params, asked.network, data.inputs, data.take(asked.valid))
        value["said_seconds"] = round(time.perf_counter() - began, 4)
    return value, (Arrays(said, params, record.probes) if asked.keep else Arrays(said)).named()
