"""The published faulty programs are whole: each takes a step, and its repaired twin differs from it."""

from __future__ import annotations

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = sorted(
    f"{part}.{path.stem}"
    for part in ("seen", "unseen")
    for path in (BENCHMARKS / "faulty" / part).glob("*.py")
    if path.stem != "__init__"
)


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs can be imported."""
    monkeypatch.syspath_prepend(BENCHMARKS)


def test_there_are_as_many_seen_as_unseen_programs_of_each_kind() -> None:
    kinds = {
        part: [importlib.import_module(f"faulty.{name}").KIND for name in NAMES if name.startswith(part)]
        for part in ("seen.", "unseen.")
    }
    assert len(NAMES) >= 60
    for kind in {*kinds["seen."], *kinds["unseen."]}:
        assert abs(kinds["seen."].count(kind) - kinds["unseen."].count(kind)) <= 1, kind


def test_what_is_published_is_of_all_unseen_programs() -> None:
    names = importlib.import_module("faults").NAMES
    published = json.loads((BENCHMARKS.parent / "docs" / "diagnosis" / "published.json").read_text())
    assert [f"unseen.{row['name']}" for row in published] == [
        name for name in NAMES if name.startswith("unseen.")
    ]
    for row in published:
        module = importlib.import_module(f"faulty.unseen.{row['name']}")
        right = {finding for fault in module.FAULTS for finding in names[fault]} - {*row["twin"]}
        assert row["named"] == [finding for finding in row["found"] if finding in right]


@pytest.mark.parametrize("name", NAMES)
def test_a_program_takes_a_step_and_its_twin_differs(name: str) -> None:
    module = importlib.import_module(f"faulty.{name}")
    names = importlib.import_module("faults").NAMES
    assert module.SOURCE.startswith("http") and set(module.FAULTS) <= set(names)
    of_both: list[list[Any]] = []
    for faulty in (True, False):
        torch.manual_seed(0)
        program = module.build(faulty)
        assert len(program.train[0]) == len(program.train[1]) and len(program.valid[0]) == len(
            program.valid[1]
        )
        inputs, targets = (part[:64] for part in program.train)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of shapes, where they are the fault
            loss = program.loss(inputs, targets)
        loss.backward()
        assert loss.shape == ()
        of_both.append([float(loss.detach()), *described(program)])
        program.optimizer.step()
    assert of_both[0] != of_both[1]


def described(program: Any) -> list[Any]:
    """All that a twin may differ in."""
    optimizer = program.optimizer
    own = {id(value) for value in program.model.parameters()}
    held = [sum(id(value) in own for value in group["params"]) for group in optimizer.param_groups]
    reached = [value.grad is not None for value in program.model.parameters()]
    program.model.eval()
    outputs = float(program.model(program.valid[0]).detach().sum())
    totals = [float(part.double().sum()) for part in (*program.train, *program.valid)]
    loop = getattr(program.loop, "__qualname__", None), getattr(program.loop, "__closure__", None)
    plain = program.batch_size, program.epochs, program.shuffle
    return [
        str(program.model),
        str(optimizer),
        held,
        reached,
        outputs,
        *totals,
        *loop,
        *plain,
        str(program.loss_fn),
    ]
