"""Network-epochs a second of many networks in one program, by their number, on GPUs or on the processor's cores.

usage: lanes.py [--device auto|cpu|gpu] [--precision float32|tensorfloat32] [--lanes N ...] [--minutes 7] [--json FILE]

Needs JAX, Optax, NumPy and honed's sources, nothing else, and fetches nothing. It trains 3×128 on 16,384 × 64 (the case
of `speed.py`: batch 128, Adam, dropout, a validation pass each epoch) and a small convolutional network on 4,096
pictures of 28 × 28. Their networks are written out here, since honed's own families need Polars. Each GPU, or each core
of the processor, has a process of its own with that many networks side by side; rates are sums over these processes,
counted with all that the host does, compiling left out. The last column is the share of what the same devices reach in
one large product of matrices. A number of networks that would take longer than is left of `--minutes` is passed over
with a word, and so is what has begun and is not done then: processes are ended, and the table is printed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from honed.device import Device
from honed.family import Array, Dropout, Layer, Parameters, Role, Statistics
from honed.nets import cnn
from honed.nets.cnn_spec import CnnSpec
from honed.run import cache, gpus

LANES = (1, 16, 64, 256, 1024)
LONG = 8.0  # seconds that one measurement should take
MOST_EPOCHS = 20
GRACE = 20.0  # seconds that a measurement has to end which takes longer than foretold
LARGE = {"cpu": 2048, "gpu": 8192}  # rows and columns of the product


class Plain:
    """What networks say that have nothing special, see `honed.family.Networks`; specifications hold shapes alone."""

    def structure(self, spec: Hashable) -> Hashable:
        """The same, since nothing in it is a traced number."""
        return spec

    def hides(self, inputs: Any) -> dict[int, float]:
        """Nothing."""
        return {}

    def augment(self, spec: Any, inputs: Any, rows: Any, uniform: Any) -> Any:
        """As they are."""
        return rows

    def is_covered(self, *_: Any) -> bool:
        """Numbers have nothing that training rows could lack."""
        return True

    def neutral(self, params: Parameters, *_: Any) -> Parameters:
        """As they are."""
        return params

    def settle(self, params: Parameters, *_: Any) -> Parameters:
        """As they are."""
        return params


@dataclass(frozen=True)
class Dense(Plain):
    """A plain network of ReLUs on rows (rows, columns); its specification is the widths, its inputs the columns."""

    dropout: float

    def start(self, spec: tuple[int, ...], inputs: int, outputs: int, sample: Any, seed: int) -> Parameters:
        """By He's rule, biases 0."""
        rng = np.random.default_rng(seed)
        shapes = self.shapes(spec, inputs, outputs)
        return {
            name: rng.normal(0, math.sqrt(2 / size[0]), size).astype(np.float32)
            if len(size) == 2
            else np.zeros(size, np.float32)
            for name, size in shapes.items()
        }

    def apply(
        self,
        params: Parameters,
        spec: tuple[int, ...],
        inputs: int,
        rows: Array,
        xp: ModuleType = np,
        dropout: Dropout | None = None,
        statistics: Statistics | None = None,
    ) -> Array:
        """Logits (rows, outputs)."""
        values = rows
        for layer in range(len(spec)):
            values = xp.maximum(values @ params[f"{layer}.weight"] + params[f"{layer}.bias"], 0)
            values = values if dropout is None else dropout(layer, values)
        return values @ params[f"{len(spec)}.weight"] + params[f"{len(spec)}.bias"]

    def predict(
        self, params: Parameters, spec: Any, inputs: Any, rows: Any, thinning: int | None = None
    ) -> Any:
        """Logits."""
        return self.apply(params, spec, inputs, rows)

    def shapes(self, spec: tuple[int, ...], inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
        """Weights and biases by layer."""
        sizes = itertools.pairwise((inputs, *spec, outputs))
        return {
            f"{layer}.{name}": shape
            for layer, (a, b) in enumerate(sizes)
            for name, shape in (("weight", (a, b)), ("bias", (b,)))
        }

    def cost(self, spec: tuple[int, ...], inputs: int, outputs: int) -> float:
        """Multiplications and additions of a row in training: no gradient goes to the columns."""
        weights = [a * b for a, b in itertools.pairwise((inputs, *spec, outputs))]
        return 2 * (3 * sum(weights) - weights[0])

    def role(self, name: str) -> Role:
        """By its name."""
        return "weight" if name.endswith("weight") else "bias"

    def layers(self, spec: tuple[int, ...]) -> tuple[Layer, ...]:
        """All."""
        return (
            *(Layer(f"{layer}.weight", "relu") for layer in range(len(spec))),
            Layer(f"{len(spec)}.weight"),
        )

    def dropouts(self, spec: tuple[int, ...]) -> dict[int, float]:
        """The same in all hidden layers."""
        return dict.fromkeys(range(len(spec)), self.dropout)


@dataclass(frozen=True)
class Convolutional(Plain):
    """honed's own for pictures (rows, height, width, channels), which are its inputs' shape."""

    def start(self, spec: CnnSpec, inputs: Any, outputs: int, sample: Any, seed: int) -> Parameters:
        """See `cnn.initialize`."""
        return cnn.initialize(spec, inputs, outputs, sample, seed)

    def apply(
        self,
        params: Parameters,
        spec: CnnSpec,
        inputs: Any,
        rows: Array,
        xp: ModuleType = np,
        dropout: Dropout | None = None,
        statistics: Statistics | None = None,
    ) -> Array:
        """See `cnn.apply`."""
        return cnn.apply(params, spec, inputs, rows, xp, dropout, statistics)

    def predict(
        self, params: Parameters, spec: Any, inputs: Any, rows: Any, thinning: int | None = None
    ) -> Any:
        """Logits."""
        return cnn.apply(params, spec, inputs, rows)

    def shapes(self, spec: CnnSpec, inputs: Any, outputs: int) -> dict[str, tuple[int, ...]]:
        """See `cnn.shapes`."""
        return cnn.shapes(spec, inputs, outputs)

    def cost(self, spec: CnnSpec, inputs: Any, outputs: int) -> float:
        """Multiplications and additions of a picture in training."""
        return 6 * cnn.products(spec, inputs, outputs)

    def role(self, name: str) -> Role:
        """See `cnn.role`."""
        return cnn.role(name)

    def layers(self, spec: CnnSpec) -> tuple[Layer, ...]:
        """See `cnn.layers`."""
        return cnn.layers(spec)

    def dropouts(self, spec: CnnSpec) -> dict[int, float]:
        """See `cnn.dropouts`."""
        return cnn.dropouts(spec)


@dataclass(frozen=True)
class Case:
    """One kind of network with rows of its own; a share of them validates."""

    name: str
    networks: Any
    spec: Any
    shape: tuple[int, ...]
    rows: int
    valid: int
    batch: int = 128
    classes: int = 10

    @property
    def inputs(self) -> Any:
        """What the networks know of the rows."""
        return self.shape[0] if len(self.shape) == 1 else self.shape

    @property
    def products(self) -> float:
        """Floating-point operations of the matrix products in one epoch with its validation pass."""
        return self.networks.cost(self.spec, self.inputs, self.classes) * (self.rows + self.valid / 3)

    def asked(self, device: Device, lanes: int, epochs: int, programs: Any) -> list[Any]:
        """So many trainings, which differ in their seeds."""
        from honed.train.examples import Examples
        from honed.train.spec import TrainingSpec
        from honed.train.turns import Asked

        rng = np.random.default_rng(0)
        count = self.rows + self.valid
        X = rng.normal(size=(count, *self.shape)).astype(np.float32)
        y = (X.reshape(count, -1) @ rng.normal(size=(math.prod(self.shape), self.classes))).argmax(axis=1)
        data = Examples.of(
            self.networks, self.inputs, X, y.astype(np.int32), outputs=self.classes, device=device
        )
        training = TrainingSpec(
            epochs=epochs, batch_size=self.batch, learning_rate=0.001, patience=MOST_EPOCHS, probes="off"
        )
        everything = np.arange(count, dtype=np.int32)
        rows = (data, everything[: self.rows], everything[self.rows :])
        return [Asked(self.spec, training, *rows, seed=seed, programs=programs) for seed in range(lanes)]


CASES = (
    Case("3x128", Dense(0.1), (128,) * 3, (64,), 16_384, 2_048),
    Case("cnn", Convolutional(), CnnSpec(channels=(16, 32), blocks=1), (28, 28, 1), 4_096, 512),
)


def main() -> None:
    """Measure in a process for each device, and print."""
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), default="auto")
    parser.add_argument("--precision", choices=("float32", "tensorfloat32"), default="float32")
    parser.add_argument("--lanes", type=int, nargs="+", default=LANES)
    parser.add_argument("--minutes", type=float, default=7.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.alone is not None:
        device, left = Device(a.alone, a.precision), 60 * a.minutes
        for found in measured(device, a.lanes, began + left):
            print(json.dumps(found), flush=True)
        return
    device = gpus.seen().chosen(a.device, a.precision)
    places = [cache.environment_of_gpu(number) for number in range(len(device.names))]
    places = places or [cache.environment()] * len(os.sched_getaffinity(0))
    minutes = a.minutes - (time.monotonic() - began) / 60
    words = ["--alone", device.kind, "--precision", a.precision, "--minutes", f"{minutes}"]
    command = [sys.executable, __file__, *words, "--lanes", *map(str, a.lanes)]
    path = os.pathsep.join(filter(None, sys.path))
    processes = [
        subprocess.Popen(command, env={**place, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True)
        for place in places
    ]
    told = [until(process, began + 60 * a.minutes + GRACE) for process in processes]
    if any(process.returncode not in (0, -signal.SIGKILL) for process in processes):
        sys.exit(1)
    results = summed(told, a.lanes)
    print(f"{device.words()}; {len(places)} process{'es' * (len(places) > 1)}\n{page(results)}")
    if a.json:
        a.json.write_text(json.dumps({"device": device.words(), "results": results}, indent=1))


def until(process: subprocess.Popen[str], end: float) -> list[dict[str, Any]]:
    """What a process has told by that moment, at which it is ended."""
    try:
        told, _ = process.communicate(timeout=max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        told, _ = process.communicate()
    return [json.loads(line) for line in told.splitlines(keepends=True) if line.endswith("\n")]


def measured(device: Device, numbers: list[int], end: float) -> Iterator[dict[str, Any]]:
    """The product of matrices, and of each case and number of networks what they come to; for both cases alike."""
    from honed.train.programs import Programs

    peak = product(device, Programs())
    yield {"case": "matrix product", "lanes": 0, "flops": peak}
    for left, case in zip(range(len(CASES), 0, -1), CASES, strict=True):
        stop = time.monotonic() + (end - time.monotonic()) / left
        last: Measured | None = None
        for lanes in numbers:
            predicted = 3 * LONG if last is None else 1.3 * (2 * last.compiling + lanes / last.rate + LONG)
            if time.monotonic() + predicted > stop:
                yield {"case": case.name, "lanes": lanes, "needs": predicted}
                continue
            last = rate_of(case, device, lanes)
            share = last.rate * case.products / peak
            yield {"case": case.name, "lanes": lanes, **last._asdict(), "share": share}


class Measured(NamedTuple):
    """Of so many networks at once.

    Attributes
    ----------
    rate : network-epochs a second. bytes : that each takes on the device. compiling : seconds of it.
    held : how many memory has allowed in one program.
    """

    rate: float
    bytes: float
    compiling: float
    held: int


def rate_of(case: Case, device: Device, lanes: int) -> Measured:
    """What so many come to; of one epoch where that takes long, else of several after the first."""
    from honed.train.lanes import fit
    from honed.train.programs import Program, Programs

    class Kept(Programs):
        """Programs with the bytes of the largest."""

        bytes = 0

        def compile(self, key: Any, make: Any, args: Any) -> Program:
            """As ever."""
            found = super().compile(key, make, args)
            self.bytes = max(self.bytes, found.bytes)
            return found

    programs = Kept()

    def trained(epochs: int) -> tuple[float, float, int]:
        """Seconds, of which so many were of compiling, and the lanes of the program."""
        asked, compiling, held = case.asked(device, lanes, epochs, programs), 0.0, lanes
        start = time.perf_counter()
        for _, outcome in fit(asked, lanes):
            if isinstance(outcome, Exception):
                raise outcome
            compiling += outcome[1].compile_seconds
            held = outcome[1].lanes
        return time.perf_counter() - start, compiling, held

    took, compiling, held = trained(1)
    took, count = took - compiling, 1
    if took < LONG:
        count = max(1, min(MOST_EPOCHS, round(LONG / took)))
        took, _, held = trained(count)
    return Measured(lanes * count / took, programs.bytes / held, compiling, held)


def product(device: Device, programs: Any) -> float:
    """Operations a second of one large product of float32 matrices, as the trainings multiply."""
    import jax

    from honed.train.programs import own_rules, put

    size = LARGE[device.kind]
    with own_rules(np.dtype(np.float32), device):
        a, b = put(tuple(np.random.default_rng(0).normal(size=(2, size, size)).astype(np.float32)), device)
        call = programs.compile("product", multiplied, (a, b)).call
        jax.block_until_ready(call(a, b))
        best = 0.0
        for _ in range(5):
            start, count = time.perf_counter(), 0
            while time.perf_counter() - start < 0.3:
                jax.block_until_ready(call(a, b))
                count += 1
            best = max(best, count * 2 * size**3 / (time.perf_counter() - start))
    return best


def multiplied() -> Callable[..., Any]:
    """The function that `product` has compiled."""
    return lambda a, b: a @ b


def summed(told: list[list[dict[str, Any]]], numbers: Sequence[int]) -> list[dict[str, Any]]:
    """What all processes have measured, together; of each number of networks that one has not, that it has not."""
    by_process = [{(line["case"], line["lanes"]): line for line in lines} for lines in told]
    found = []
    for key in (("matrix product", 0), *((case.name, lanes) for case in CASES for lanes in numbers)):
        lines = [own[key] for own in by_process if key in own]
        needs = [line["needs"] for line in lines if "needs" in line]
        if needs or len(lines) < len(told):
            found.append({"case": key[0], "lanes": key[1], "needs": max(needs, default=None)})
        elif "flops" in lines[0]:
            found.append({**lines[0], "flops": sum(line["flops"] for line in lines)})
        else:
            rate, share = (sum(line[name] for line in lines) for name in ("rate", "share"))
            found.append({**lines[0], "rate": rate, "share": share / len(lines)})
    return found


def page(results: list[dict[str, Any]]) -> str:
    """The table."""
    lines = [f"{'case':8} {'lanes':>6} {'epochs/s':>10} {'MB a lane':>10} {'of the product':>15}"]
    for line in results:
        begin = f"{line['case']:8} {line['lanes']:6,} "
        if "flops" in line:
            lines.append(f"{line['case']}: {figure(line['flops'] / 1e9)} GFLOP/s")
        elif "rate" not in line:
            needs = line["needs"]
            why = (
                "not done in time"
                if needs is None
                else f"passed over: about {needs:,.0f} s, more than is left"
            )
            lines.append(begin + why)
        else:
            fewer = (
                "" if line["held"] == line["lanes"] else f"  (memory held {line['held']:,} in one program)"
            )
            lines.append(
                f"{begin}{figure(line['rate']):>10} {figure(line['bytes'] / 1e6):>10} "
                f"{figure(100 * line['share']):>14}%{fewer}"
            )
    return "\n".join(lines)


def figure(value: float) -> str:
    """With three digits, as 0.385, 23.1 or 1,390."""
    rounded = float(f"{value:.2e}")
    decimals = 2 - math.floor(math.log10(abs(rounded) or 1))
    return f"{rounded:,.{max(0, decimals)}f}"


if __name__ == "__main__":
    main()
