"""What a worker does, against the stages called by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.run.spool import Spool
from honed.run.worker import Late, Task
from honed.search import job
from honed.search.payloads import start_of
from honed.train import loop
from honed.train.examples import Examples
from honed.train.spec import TrainingSpec

INPUTS = Inputs(3, 0, (4,), ())
TRAIN, VALID, OUTER = (np.arange(*part, dtype=np.int32) for part in ((60,), (60, 80), (80, 100)))


@pytest.fixture
def spool() -> Iterator[Spool]:
    rng = np.random.default_rng(0)
    numeric = rng.normal(size=(100, 3)).astype(np.float32)
    codes = rng.integers(0, 4, (100, 1)).astype(np.int32)
    values = (numeric[:, 0] + codes[:, 0]).astype(np.float32)
    with Spool() as spool:
        spool.put("0/rows/robust/numeric", numeric)
        spool.put("0/rows/robust/codes", codes)
        spool.put("0/target/linear/0", values)
        spool.put("0/target/classes/0", (values > 1.5).astype(np.int32))
        for name, rows in (("0/train", TRAIN), ("0/valid", VALID), ("outer", OUTER)):
            spool.put(name, rows)
        yield spool


def payload(**more: Any) -> dict[str, Any]:
    return {
        "kind": "train", "network": {"depth": 1, "width": 8}, "training": {"epochs": 5, "batch_size": 16},
        "target": "linear", "encoding": "robust", "fold": "0",
        "family": None, "inputs": INPUTS.to_json(), "arrays": ["numeric", "codes"], "seed": 3,
        "heads": [{"name": "y"}],
        "rows": None, "stop_after": None, "keep": True, "pad": False,
    } | more  # fmt: skip


def perform(payload: dict[str, Any], spool: Spool) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return job.Worker(spool).perform(payload)


def by_hand(
    spool: Spool, train: np.ndarray = TRAIN, epochs: int = 5, start: dict[str, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    data = Examples.of(
        NETWORKS,
        INPUTS,
        Encoded(spool.get("0/rows/robust/numeric"), spool.get("0/rows/robust/codes")),
        spool.get("0/target/linear/0"),
        outputs=1,
    )
    spec = TrainingSpec(epochs=epochs, batch_size=16)
    return loop.fit(NetworkSpec(depth=1, width=8), spec, data, train, VALID, seed=3, start=start)[0]


def test_several_trainings_at_once_give_what_each_gives_alone(spool: Spool) -> None:
    asked = [payload(), payload(seed=4, rows=20), payload(seed=5, keep=False), payload(fold="missing")]
    asked += [payload(seed=seed, training={"epochs": seed, "batch_size": 16}) for seed in (6, 7)]
    tasks = [*(Task(each) for each in asked), Task(payload(), until=time.monotonic())]
    done = dict(job.Worker(spool).perform_several(tasks, 4))
    assert sorted(done) == list(range(len(tasks)))
    assert isinstance(done.pop(3), KeyError)
    assert isinstance(done.pop(len(asked)), Late)
    for place, one in done.items():
        assert not isinstance(one, Exception), one
        value, arrays = perform(asked[place], spool)
        assert one[0].keys() - {"lanes"} == value.keys() and one[0]["steps"] == value["steps"]
        assert arrays.keys() == one[1].keys()
        for name, array in arrays.items():
            np.testing.assert_allclose(one[1][name], array, rtol=0, atol=1e-4, err_msg=name)


def test_a_job_is_one_fit_with_its_validation_outputs(spool: Spool) -> None:
    value, arrays = perform(payload(), spool)
    expected = by_hand(spool)
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[f"params/{name}"], array)
    rows = Encoded(spool.get("0/rows/robust/numeric")[VALID], spool.get("0/rows/robust/codes")[VALID])
    np.testing.assert_array_equal(
        arrays["valid"], mlp.predict(expected, NetworkSpec(depth=1, width=8), INPUTS, rows)
    )
    assert len(value["valid_loss"]) == 5


def test_one_that_goes_on_begins_with_the_parameters_that_were_handed_over(spool: Spool) -> None:
    start = by_hand(spool)
    for name, array in start.items():
        spool.put(start_of("own", name), array)
    _, arrays = perform(payload(start="own"), spool)
    expected = by_hand(spool, start=start)
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[f"params/{name}"], array)
    assert any((expected[name] != start[name]).any() for name in start)


def test_parameters_that_nobody_needs_do_not_travel(spool: Spool) -> None:
    _, arrays = perform(payload(keep=False), spool)
    assert set(arrays) == {"valid"}


def test_a_rung_of_fewer_rows_trains_on_a_sample_of_them(spool: Spool) -> None:
    value, _ = perform(payload(rows=20), spool)
    assert value["steps"] == 5 * 2


def test_stopping_early_is_the_beginning_of_the_whole_schedule(spool: Spool) -> None:
    whole, _ = perform(payload(training={"epochs": 5, "batch_size": 16, "schedule": "cosine"}), spool)
    part, _ = perform(
        payload(training={"epochs": 5, "batch_size": 16, "schedule": "cosine"}, stop_after=3), spool
    )
    assert part["train_loss"] == whole["train_loss"][:3]


def baseline(name: str, target: str, outputs: int) -> Any:
    return {
        "kind": "baseline", "name": name, "encoding": "robust", "fold": "0", "target": target,
        "heads": [{"name": "y", "classes": outputs if outputs > 1 else 0}],
        "family": None, "inputs": INPUTS.to_json(), "arrays": ["numeric", "codes"], "seed": 0,
    }  # fmt: skip


def test_the_linear_model_is_scikit_learns_on_one_hot_columns(spool: Spool) -> None:
    value, arrays = perform(baseline("linear", "linear", 1), spool)
    X = np.concatenate(
        [spool.get("0/rows/robust/numeric"), np.eye(4)[spool.get("0/rows/robust/codes")[:, 0]]], axis=1
    )
    model = Ridge().fit(X[:80], spool.get("0/target/linear/0")[:80])
    np.testing.assert_allclose(arrays["outer"][:, 0], model.predict(X[80:]), rtol=1e-4, atol=1e-5)
    assert value["rows"] == 80


def test_boosting_is_scikit_learns_with_categories(spool: Spool) -> None:
    _, arrays = perform(baseline("boosting", "classes", 2), spool)
    X = np.concatenate([spool.get("0/rows/robust/numeric"), spool.get("0/rows/robust/codes")], axis=1)
    coded: Any = [3]
    model = HistGradientBoostingClassifier(random_state=0, categorical_features=coded)
    model.fit(X[:80], spool.get("0/target/classes/0")[:80])
    np.testing.assert_allclose(arrays["outer"], model.predict_proba(X[80:]), rtol=1e-6)
