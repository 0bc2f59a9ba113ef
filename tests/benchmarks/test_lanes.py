"""The benchmark of lanes needs little, and keeps to its time."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# What else honed needs; JAX may bring helpers of its own.
OTHERS = {"narwhals", "optuna", "polars", "rich", "safetensors", "sklearn", "typer"}

SMALL = """
import sys
sys.path[:0] = [{folder!r}]
import lanes
lanes.LONG = lanes.LARGE["cpu"] = 1
lanes.CASES = (lanes.Case("small", lanes.Dense(0.1), (4,), (3,), 64, 16, batch=16),)
found = list(lanes.measured(lanes.Device("cpu"), [1, 2, 1024], lanes.time.monotonic() + {seconds}))
told = lanes.summed([found, found], [1, 2, 1024])
print(lanes.page(told))
own = {{name.partition(".")[0] for name, module in sys.modules.items() if "site-packages" in str(module)}}
print(sorted(own))
"""


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.delitem(sys.modules, "lanes", raising=False)
    return importlib.import_module("lanes")


def line(case: str, lanes: int, **more: Any) -> dict[str, Any]:
    return {"case": case, "lanes": lanes, **more}


def test_it_measures_with_jax_optax_and_numpy_alone_and_passes_over_what_takes_too_long() -> None:
    script = SMALL.format(folder=str(BENCHMARKS), seconds=60)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    _, product, *rows, loaded = done.stdout.splitlines()
    assert product.startswith("matrix product: ")
    assert [row.split()[:2] for row in rows] == [["small", "1"], ["small", "2"], ["small", "1,024"]]
    assert all(row.endswith("%") for row in rows[:2])
    assert not OTHERS & set(ast.literal_eval(loaded))


def test_a_process_is_ended_when_the_time_is_over_and_what_it_told_counts(lanes: Any) -> None:
    class Slow:
        is_ended = False

        def communicate(self, timeout: float | None = None) -> tuple[str, None]:
            if not self.is_ended:
                assert timeout is not None
                raise subprocess.TimeoutExpired("slow", timeout)
            return '{"case": "cnn", "lanes": 1}\n{"ca', None

        def kill(self) -> None:
            self.is_ended = True

    process: Any = Slow()
    assert lanes.until(process, time.monotonic()) == [{"case": "cnn", "lanes": 1}]
    assert process.is_ended


def test_processes_are_summed_and_what_one_has_not_done_is_said(lanes: Any) -> None:
    measured = {"bytes": 2e6, "compiling": 1.0, "held": 16}
    one = [
        line("matrix product", 0, flops=2e9),
        line("3x128", 1, rate=2.0, share=0.5, **measured | {"held": 1}),
        line("3x128", 16, rate=3.0, share=0.25, **measured),
        line("3x128", 64, rate=3.0, share=0.25, **measured),
        line("cnn", 1, needs=12.0),
    ]
    other = [
        *one[:2],
        line("3x128", 16, rate=5.0, share=0.75, **measured | {"held": 8}),
        line("cnn", 1, rate=1.0, share=0.1, **measured),
    ]
    _, *rows = lanes.page(lanes.summed([one, other], [1, 16, 64])).splitlines()
    assert rows[0] == "matrix product: 4.00 GFLOP/s"
    assert rows[1].split() == ["3x128", "1", "4.00", "2.00", "50.0%"]
    assert rows[2].split() == ["3x128", "16", "8.00", "2.00", "50.0%"]
    assert "64 not done" in rows[3]
    assert "passed over: about 12 s" in rows[4]
    assert "not done" in rows[5] and "not done" in rows[6]
    fewer = lanes.page(lanes.summed([other[:3]], [1, 16]))
    assert "memory held 8 in one program" in fewer
