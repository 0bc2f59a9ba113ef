"""`honed.doctor` in loops as users write them."""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from small_modules import KIND, Whole, X, Y, stack
from torch import Tensor, nn
from torch.overrides import _get_current_function_mode_stack

import honed
from honed.pytorch import doctor as module
from honed.pytorch.doctor import Doctor

ROWS = torch.from_numpy(X)


def train(
    model: Any,
    loss_fn: Callable[[Tensor, Tensor], Tensor] = nn.MSELoss(),  # noqa: B008  (it holds nothing)
    targets: Any = Y,
    *,
    rate: float = 1e-2,
    steps: int = 60,
    doctor: bool = True,
    zeroed: bool = True,
    accumulated: int = 1,
    clip: float | None = None,
    mixed: bool = False,
    optimizer: Any = None,
) -> Any:
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=rate)
    scaler = torch.amp.GradScaler("cpu", enabled=mixed)
    answers = torch.from_numpy(targets)
    watch: Any = honed.doctor(model, optimizer, every=5) if doctor else None
    if watch:
        watch.__enter__()
    for step in range(steps):
        at = step * 20 % 200
        if zeroed and step % accumulated == 0:
            optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            loss = loss_fn(model(ROWS[at : at + 20]), answers[at : at + 20])
        scaler.scale(loss / accumulated).backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        if (step + 1) % accumulated == 0:
            scaler.step(optimizer)
            scaler.update()
        if watch:
            watch.step(loss)
    if watch:
        watch.__exit__(None, None, None)
    return watch


def seen(*given: Any, **settings: Any) -> dict[str, Any]:
    return {one.id: one for one in train(*given, **settings).findings}


def same(a: nn.Module, b: nn.Module) -> bool:
    return all(
        torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


@pytest.mark.parametrize("setting", ["plain", "accumulated", "mixed", "groups", "compiled"])
def test_a_training_is_the_same_with_and_without_it(setting: str) -> None:
    ends = []
    for watched in (True, False):
        torch.manual_seed(3)
        model: Any = Whole()
        groups = [
            {"params": model.head.parameters(), "lr": 0.05},
            {"params": [model.first.weight], "lr": 0.01},
        ]
        given: Any = {"optimizer": torch.optim.Adam(groups)} if setting == "groups" else {}
        own = torch.compile(model, backend="eager") if setting == "compiled" else model
        accumulated = 3 if setting == "accumulated" else 1
        watch = train(own, doctor=watched, mixed=setting == "mixed", accumulated=accumulated, **given)
        if watched:
            assert len(watch._looks) > 2
            assert [name for name, _ in watch._owned] == ["first", "cells", "head"]
            assert "gradient-not-zeroed" not in [one.id for one in watch.findings]
        ends.append(model)
    assert same(*ends)
    for part in ends[0].modules():
        assert not (part._forward_hooks or part._forward_pre_hooks)
    assert all(not one._backward_hooks for one in ends[0].parameters())
    assert torch.nn.utils.clip_grad_norm_.__module__.startswith("torch")


def test_nothing_is_compiled_again_or_broken_into_pieces() -> None:
    from torch._dynamo.testing import CompileCounter

    counter = CompileCounter()
    torch._dynamo.reset()
    train(torch.compile(stack(5, 8, 1), backend=counter, fullgraph=True), steps=20)
    assert counter.frame_count == 1


def test_a_sound_loop_is_not_accused() -> None:
    found = train(stack(5, 32, 1), steps=200, rate=0.03).findings
    assert [one.what for one in found if one.severity == "error"] == []


def test_gradients_that_are_never_zeroed_are_named() -> None:
    assert "gradient-not-zeroed" in seen(stack(5, 8, 1), zeroed=False)


def test_a_clip_that_always_acts_is_named_and_one_that_never_does() -> None:
    assert "clip-always" in seen(stack(5, 8, 1), clip=1e-4)
    assert "clip-without-effect" in seen(stack(5, 8, 1), clip=1e4)


def test_what_the_pass_and_the_loss_show_is_named() -> None:
    softmax = stack(5, 16, 3, last=nn.Softmax(dim=1))
    assert "softmax (3)" in seen(softmax, nn.CrossEntropyLoss(), KIND)["activation-before-loss"].what
    by_hand: Any = lambda outputs, targets: ((outputs - targets) ** 2).mean()  # noqa: E731
    assert "target-shape" in seen(stack(5, 16, 1), by_hand, Y[:, 0])
    deep = seen(stack(5, *[32] * 12, 1, activation=nn.Sigmoid))["vanishing-gradient"]
    assert "in 0, 2" in deep.what and "nn.ReLU()" in deep.action


def test_losses_are_compared_with_a_constant_answer() -> None:
    facts = train(stack(5, 16, 1)).facts()
    assert facts is not None and facts.case.baseline == "a constant answer"
    assert facts.case.chance == pytest.approx(float(Y.var()), rel=0.2)


def test_findings_are_written_and_end_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watch = train(stack(5, 8, 1), zeroed=False)
    watch.report(tmp_path / "found.json")
    assert "gradient-not-zeroed" in [
        one["id"] for one in json.loads((tmp_path / "found.json").read_text())["findings"]
    ]
    watch.report(tmp_path / "found.txt")
    assert "zero_grad" in (tmp_path / "found.txt").read_text()
    with pytest.raises(SystemExit) as stopped:
        watch.check()
    assert stopped.value.code == 3
    assert "zero_grad" in capsys.readouterr().err
    train(stack(5, 32, 1), steps=200, rate=0.03).check(fail_on="error")


def test_the_loop_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "diagnosis" / "pytorch.md").read_text()
    (loop,) = (
        block for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL) if "doctor.step" in block
    )
    model = stack(5, 16, 3, last=nn.Softmax(dim=1))
    given = {"model": model, "optimizer": torch.optim.SGD(model.parameters(), lr=1e-2)}
    rows = zip(ROWS.split(20), torch.from_numpy(KIND).split(20), strict=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        exec(loop, {"honed": honed, "loader": list(rows), "loss_fn": nn.CrossEntropyLoss(), **given})
    assert "softmax" in (tmp_path / "findings.txt").read_text()


def test_validation_losses_have_their_step() -> None:
    model = stack(5, 8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with honed.doctor(model, optimizer) as watch:
        assert watch.findings == []
        for _ in range(6):
            loss = nn.functional.mse_loss(model(ROWS), torch.from_numpy(Y))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            watch.step(loss)
            model.eval()
            with torch.no_grad():
                watch.validate(nn.functional.mse_loss(model(ROWS[:50]), torch.from_numpy(Y[:50])))
            model.train()
    facts = watch.facts()
    assert facts is not None
    assert (facts.case.rows, facts.case.valid_rows, facts.case.steps[-1]) == (200, 50, 6)  # type: ignore[index]


def stepped(watch: Doctor, model: Any, optimizer: Any, rows: slice = slice(0, 50)) -> None:
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(ROWS[rows]), torch.from_numpy(Y[rows]))
    loss.backward()
    optimizer.step()
    watch.step(loss)


def test_rows_of_a_validation_are_known_though_no_look_is_near() -> None:
    model = stack(5, 8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with honed.doctor(model, optimizer, every=1000) as watch:
        for step in range(8):
            stepped(watch, model, optimizer)
            if step % 4 == 3:
                with torch.no_grad():
                    outputs = model(ROWS[:70])
                watch.validate(nn.functional.mse_loss(outputs, torch.from_numpy(Y[:70])))
    facts = watch.facts()
    assert facts is not None
    assert (facts.case.rows, facts.case.valid_rows, facts.case.batch_size) == (200, 70, 50)


def hooks(model: nn.Module, optimizer: Any) -> int:
    own = [optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks]
    own += [kept for one in model.modules() for kept in (one._forward_pre_hooks, one._forward_hooks)]
    return sum(map(len, own))


def test_nothing_hangs_on_the_model_between_looks() -> None:
    model = stack(5, 8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    counts = []
    with honed.doctor(model, optimizer, every=3) as watch:
        for _ in range(9):
            counts.append(hooks(model, optimizer))
            stepped(watch, model, optimizer)
    assert counts == [4, 0, 0] * 3 and len(watch._looks) == 3
    stepped(watch, model, optimizer)
    assert hooks(model, optimizer) == 0


def test_a_copy_of_the_model_is_not_watched() -> None:
    model = stack(5, 8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    kept = io.BytesIO()
    with honed.doctor(model, optimizer, every=1) as watch:
        twin = copy.deepcopy(model)
        torch.save(model, kept)
        kept.seek(0)
        for own in (twin, torch.load(kept, weights_only=False)):
            assert own(ROWS).shape == (200, 1)
        for _ in range(3):
            stepped(watch, model, optimizer)
    facts = watch.facts()
    assert facts is not None and facts.case.batch_size == 50


@pytest.mark.parametrize("reading", [0.0001, 0.001])
def test_looks_take_their_share_of_the_time(reading: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of the test's own, on which a step takes a millisecond, and looks some time between its readings."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += reading if own and own[0]._hooks else 0.0
        return now

    own: list[Doctor] = []
    costs: dict[int, float] = {}
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=clock))
    model = stack(5, 8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with honed.doctor(model, optimizer) as watch:
        own.append(watch)
        for _ in range(3000):
            stepped(watch, model, optimizer, slice(0, 2))
            now += 0.001
            costs.setdefault(watch._looks[-1].step, watch._cost)
    doubled = {2**power for power in range(12)}
    assert doubled < set(costs)
    assert sum(cost for step, cost in costs.items() if step not in doubled) <= max(0.03 * now, 0.05)


def test_of_a_model_compiled_in_place_gradients_and_steps_are_seen() -> None:
    model = stack(5, 8, 1)
    model.compile(backend="eager")
    watch = train(model, zeroed=False)
    assert [name for name, _ in watch._owned] == ["0", "2"]
    assert len(watch._looks) > 2 and "gradient-not-zeroed" in [one.id for one in watch.findings]


def test_a_look_that_fails_ends_no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "of_pass", lambda *_: 1 / 0)
    with pytest.warns(UserWarning, match="left out, as it failed"):
        assert isinstance(train(stack(5, 8, 1), steps=8), Doctor)


def test_the_callback_of_lightning_does_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for Lightning, whose optimizers take the pass and the gradient as a closure."""
    stand_in: Any = ModuleType("pytorch_lightning")
    stand_in.Callback = object
    monkeypatch.setitem(sys.modules, "pytorch_lightning", stand_in)
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "examples")
    callback = importlib.import_module("lightning_callback").Doctor(tmp_path / "found.txt", every=2)
    model = stack(5, 16, 3, last=nn.Softmax(dim=1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    trainer: Any = SimpleNamespace(optimizers=[optimizer], callback_metrics={"val_loss": torch.tensor(1.0)})
    callback.on_validation_epoch_end(trainer, model)  # before training, to see whether it passes
    callback.on_train_start(trainer, model)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(ROWS), torch.from_numpy(KIND))
        loss.backward()
        return loss

    for _ in range(20):
        callback.on_train_batch_end(trainer, model, {"loss": optimizer.step(closure)}, None, 0)
    callback.on_train_batch_end(trainer, model, {}, None, 0)  # of a batch that was left out
    callback.on_validation_epoch_end(trainer, model)
    callback.on_train_end(trainer, model)
    assert "activation-before-loss" in (tmp_path / "found.txt").read_text()
    assert callback.doctor.facts().case.names == ("0", "2")


@pytest.mark.parametrize(
    ("given", "every", "message"),
    [
        ((3, torch.optim.SGD([torch.zeros(1)])), None, "got int"),
        ((stack(5, 1), "sgd"), None, "got str"),
        ((stack(5, 1), torch.optim.SGD(stack(5, 1).parameters())), 0, "above 0"),
    ],
)
def test_wrong_words_are_one_clear_message(given: Any, every: Any, message: str) -> None:
    with pytest.raises(honed.InputError, match=message):
        honed.doctor(*given, every=every)
    with pytest.raises(honed.InputError, match="fail_on is 'note'"):
        train(stack(5, 1), steps=1).check("note")


def test_parameters_may_come_to_the_optimizer_later() -> None:
    model = stack(5, 8, 1)
    optimizer = torch.optim.SGD(model[2].parameters(), lr=1e-2, weight_decay=1e-4)
    with honed.doctor(model, optimizer, every=1) as watch:
        for step in range(20):
            if step == 10:
                optimizer.add_param_group({"params": list(model[0].parameters())})
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(ROWS), torch.from_numpy(Y))
            loss.backward()
            optimizer.step()
            watch.step(loss)
    facts = watch.facts()
    assert facts is not None and all(one.optimized for one in facts.parameters)


def test_a_pass_that_failed_says_nothing_of_the_model() -> None:
    model = stack(5, 8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    with honed.doctor(model, optimizer, every=1) as watch:
        with pytest.raises(RuntimeError):
            model(ROWS[:, :3])
        for _ in range(3):
            loss = nn.functional.mse_loss(model(ROWS), torch.from_numpy(Y))
            loss.backward()
            optimizer.step()
            watch.step(loss)
    facts = watch.facts()
    assert facts is not None and [one.path for one in facts.layers] == ["0", "2"]


def test_no_mode_of_torch_stays_behind() -> None:
    model, before = stack(5, 8, 1), _get_current_function_mode_stack()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    with honed.doctor(model, optimizer, every=1) as outer, honed.doctor(model, optimizer, every=1) as inner:
        for step in range(4):
            with torch.device("cpu") if step % 2 else contextlib.nullcontext():
                outputs = model(ROWS)
            loss = nn.functional.mse_loss(outputs, torch.from_numpy(Y))
            loss.backward()
            optimizer.step()
            outer.step(loss)
            inner.step(loss)
            assert _get_current_function_mode_stack() == before
    for watch in (outer, inner):
        facts = watch.facts()
        assert facts is not None and facts.loss == "mse_loss" and len(facts.layers) == 2


@pytest.mark.parametrize("last", [0, 1])
def test_the_clip_of_torch_is_its_own_again_in_whatever_order_doctors_end(last: int) -> None:
    was = torch.nn.utils.clip_grad_norm_
    model = stack(5, 1)
    doctors = [honed.doctor(model, torch.optim.SGD(model.parameters(), lr=1e-2)) for _ in range(2)]
    for watch in doctors:
        watch.__enter__()
    for watch in (doctors[1 - last], doctors[last]):
        assert torch.nn.utils.clip_grad_norm_ is not was
        watch.__exit__(None, None, None)
    assert torch.nn.utils.clip_grad_norm_ is was


def test_a_loss_of_several_numbers_is_refused_where_it_is_given() -> None:
    model = stack(5, 1)
    watch = honed.doctor(model, torch.optim.SGD(model.parameters(), lr=1e-2))
    with pytest.raises(honed.InputError, match=r"doctor\.step got an array of shape \(3,\)"):
        watch.step(torch.zeros(3))
    with pytest.raises(honed.InputError, match=r"doctor\.validate got"):
        watch.validate(torch.zeros(3))


def test_lazy_modules_are_refused_before_their_first_pass() -> None:
    model = nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model[1].parameters(), lr=1e-2)
    with pytest.raises(honed.InputError, match="lazy modules"):
        honed.doctor(model, optimizer)
    model(ROWS)
    honed.doctor(model, optimizer)
