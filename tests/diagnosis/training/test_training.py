"""What all rules have in common."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from honed.diagnosis import training
from honed.diagnosis.case import Case
from honed.findings import Finding
from honed.nets.spec import NetworkSpec
from honed.train.spec import TrainingSpec

FILES = [part.name for part in pkgutil.iter_modules(training.__path__)]


def test_every_file_is_a_rule_of_the_list() -> None:
    listed = {rule.__module__.rsplit(".", 1)[1] for rule in training.RULES}
    assert listed == set(FILES)


def test_a_healthy_training_has_no_findings(healthy: Case) -> None:
    assert training.findings(healthy) == []


@pytest.mark.parametrize("name", FILES)
def test_a_training_without_probes_is_no_error(healthy: Case, name: str) -> None:
    rule = importlib.import_module(f"honed.diagnosis.training.{name}").rule
    assert rule(replace(healthy, probes={}, network=None, training=None)) == []


QUICK = ("loss", "gradient", "gradient_zeros", "update", "weight")


@pytest.mark.parametrize("name", FILES)
def test_quick_probes_are_enough_to_be_no_error(healthy: Case, name: str) -> None:
    rule = importlib.import_module(f"honed.diagnosis.training.{name}").rule
    probes = {probe: healthy.probes[probe] for probe in QUICK}
    assert rule(replace(healthy, probes=probes)) == []


def test_findings_travel_as_json(healthy: Case) -> None:
    (finding,) = training.findings(replace(healthy, memorised=1.0))
    assert Finding.from_json(finding.to_json()) == finding


NAN, INF = float("nan"), float("inf")
FALL = np.linspace(1.2, 0.3, 40)
CURVES: dict[str, dict[str, Any]] = {
    "well": {},
    "flat": {"train_loss": np.full(40, 1.1), "valid_loss": np.full(40, 1.2), "memorised": INF},
    "apart": {"train_loss": FALL, "valid_loss": np.linspace(1.1, 3.0, 40)},
    "above a constant answer": {"train_loss": 5 * FALL + 2, "valid_loss": 5 * FALL + 2},
    "diverged": {"train_loss": np.append(FALL[:9], NAN), "valid_loss": np.full(10, INF), "diverged": True},
    "not validated": {"valid_loss": np.full(40, NAN), "valid_rows": 0, "train_loss": np.full(40, 0.9)},
    "one epoch": {"train_loss": FALL[:1], "valid_loss": FALL[:1], "rate": np.full(1, 1e-3)},
    "a constant target": {"chance": 0.0, "valid_chance": 0.0, "train_loss": FALL, "memorised": None},
}
PROBES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as they are": lambda values: values,
    "a million times": lambda values: 1e6 * values,
    "a millionth": lambda values: 1e-6 * values,
    "nothing": lambda values: 0 * values,
    "endless later": lambda values: np.concatenate([values[:3], np.full_like(values[3:], INF)]),
    "no numbers": lambda values: np.full_like(values, NAN),
    "one": lambda values: values[:1],
    "no layers": lambda values: values[:, :0] if values.ndim > 1 else values,
}
KINDS: dict[str, dict[str, Any]] = {
    "network": {},
    "normalized": {"network": NetworkSpec(depth=3, width=64, normalization="batch"), "batch_size": 2},
    "linear": {"network": NetworkSpec(depth=0)},
    "penalties": {"training": TrainingSpec(l2=0.3, epochs=40, accumulation=4, schedule="cosine")},
    "other code": {
        "network": None,
        "training": None,
        "names": ("a", "b", "c", "d"),
        "hidden_names": ("sigmoid 1", "tanh 2", "relu 3"),
    },
}


SHARES = ("dead", "saturated", "alike", "gradient_zeros")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("probes", PROBES)
@pytest.mark.parametrize("curves", CURVES)
def test_whatever_went_wrong_it_is_said_with_advice_that_can_be_followed(
    healthy: Case, curves: str, probes: str, kind: str
) -> None:
    layers = 1 if kind == "linear" else 4
    measured = {}
    for name, values in healthy.probes.items():
        own = np.asarray(values, np.float32)
        if own.ndim > 1:
            own = own[:, : layers - (own.shape[1] == 3)]
        own = PROBES[probes](own)
        measured[name] = np.clip(own, 0, 1) if name in SHARES else own
    count = len(measured["loss"])
    bad = replace(
        healthy,
        **(CURVES[curves] | KINDS[kind]),
        probes=measured,
        probe_epochs=healthy.probe_epochs[:count],
    )
    for finding in training.findings(bad):
        json.dumps(finding.to_json(), allow_nan=False)
        assert not set(re.findall(r"\bnan\b|\binf\b", finding.what))
        if bad.network is None:
            assert set(finding.advice) <= {"learning_rate", "batch_size", "epochs"}
            continue
        assert bad.training is not None
        before = asdict(bad.network) | asdict(bad.training)
        for name, value in finding.advice.items():
            assert before[name] != value
            part = bad.network if hasattr(bad.network, name) else bad.training
            replace(part, **{name: tuple(value) if isinstance(value, list) else value})


def test_each_knob_is_advised_once(healthy: Case) -> None:
    """Long steps that kill units and make the gradient explode: the cause, which comes first, says by how much."""
    gradients = np.full((10, 4), 0.3)
    gradients[4, 1] = 5000.0
    dead = np.full((10, 3), 0.05)
    dead[1:] = 0.7
    bad = replace(
        healthy,
        training=TrainingSpec(epochs=40, gradient_clip=1.0),
        probes=healthy.probes | {"update": np.full((10, 4), 0.5), "gradient": gradients, "dead": dead},
    )
    advised = {finding.id: finding.advice for finding in training.findings(bad)}
    assert advised["rate-too-high"] == {"learning_rate": 1e-4}
    assert advised["exploding-gradient"] == {}
    assert advised["dead-units"] == {"activation": "leaky_relu"}


def test_other_code_is_not_told_of_settings_that_it_lacks(healthy: Case) -> None:
    foreign = replace(healthy, network=None, training=None, names=("a", "b", "c", "d"), baseline="a guess")
    bad = replace(foreign, probes=foreign.probes | {"update": np.full((10, 4), 1e-7)})
    slow = training.findings(replace(bad, train_loss=np.linspace(1.3, 1.2, 40)))
    assert {finding.id for finding in slow} >= {"rate-too-low", "underfitting"}
    assert not [finding.action for finding in slow if "=" in finding.action]
    assert any("where a guess has" in finding.what for finding in slow)


def test_a_rule_that_fails_is_left_out_and_named(changed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = changed(valid_loss=np.linspace(0.3, 3, 40), best_epoch=1)
    expected = training.findings(case)
    assert expected

    def broken(case: Case) -> list[Finding]:
        raise OverflowError("too large")

    monkeypatch.setattr(training, "RULES", (broken, *training.RULES))
    with pytest.warns(UserWarning, match="is left out, as it failed: OverflowError: too large"):
        assert training.findings(case) == expected


FLAT = {"train_loss": np.full(40, 1.09), "valid_loss": np.full(40, 1.1), "memorised": 0.01}


def test_that_inputs_say_nothing_is_said_only_where_nothing_else_explains_it(
    changed: Callable[..., Case],
) -> None:
    def ids(probes: dict[str, Any] | None = None, **fields: Any) -> set[str]:
        return {one.id for one in training.findings(changed(probes, **FLAT | fields))}

    assert "no-signal" in ids()
    penalised = ids(training=TrainingSpec(epochs=40, l1=0.1))
    assert "underfitting" in penalised and "no-signal" not in penalised
    wild = ids({"activation_std": np.full((10, 3), 900.0)})
    assert "start-scale" in wild and "no-signal" not in wild
    still_falling: dict[str, Any] = {"train_loss": FALL, "valid_loss": np.linspace(3.0, 1.1, 40)}
    assert {"stopped-early"} == ids(**still_falling) & {"stopped-early", "no-signal"}
