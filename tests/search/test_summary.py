"""The facts of a run, where they are more than a copy."""

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from search_helpers import candidate
from threadpoolctl import threadpool_info

from honed.errors import InputError
from honed.nets.spec import NetworkSpec
from honed.run.journal import Journal
from honed.search import summary
from honed.search.candidate import Candidate
from honed.search.options import Options
from honed.search.prepare import prepare
from honed.search.runner import Training
from honed.search.summary import Begun, versions
from honed.train.spec import TrainingSpec
from honed.typed import take


def test_a_run_from_before_an_option_opens() -> None:
    options = asdict(Options("t.csv", "y", categorical=("shop",)))
    assert take(Begun, {"options": json.loads(json.dumps(options)), "fingerprint": ""})["options"] == Options(
        "t.csv", "y", categorical=("shop",)
    )
    del options["categorical"], options["numeric"]
    assert take(Begun, {"options": options, "fingerprint": ""})["options"] == Options("t.csv", "y")


def test_what_decides_the_last_bits_is_named(tmp_path: Path) -> None:
    data = tmp_path / "t.csv"
    data.write_text("a,y\n" + "".join(f"{row},{row / 7}\n" for row in range(40)))
    found = versions(prepare(Options(str(data), "y")))
    assert found["processor"] and found["machine"]
    (name,) = {each["internal_api"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert found["blas"].startswith(name)


@pytest.mark.parametrize("name", ["honed", "jax", "jaxlib", "numpy", "optax"])
def test_a_library_of_another_version_that_changes_results_is_refused_by_name(name: str) -> None:
    begun = cast(Begun, {"versions": {each: version(each) for each in ("numpy", "optuna")} | {name: "0.0.1"}})
    with pytest.raises(
        InputError, match=rf"started with {name} 0\.0\.1, and here is {name} \d.*{name}==0\.0\.1"
    ):
        summary.check_versions(begun, "fit", print)


def test_another_optuna_is_said_and_the_run_goes_on() -> None:
    said: list[str] = []
    summary.check_versions(
        cast(Begun, {"versions": {"optuna": "0.0.1", "polars": "0.0.1"}}), "fit", said.append
    )
    assert len(said) == 1 and said[0].startswith("This run was started with Optuna 0.0.1, and here is ")
    summary.check_versions(cast(Begun, {}), "fit", said.append)
    assert len(said) == 1


def test_a_rival_that_failed_is_named_with_the_reason() -> None:
    journal = Journal.create(None, {})
    assert summary.missing_rivals(journal) == []
    detail = "Traceback ...\nValueError: too many levels"
    journal.record("baseline/boosting", {"ok": False, "error": "exception", "detail": detail})
    journal.record("baseline/linear", {"ok": False, "error": "late", "detail": ""})
    assert summary.missing_rivals(journal) == [
        "There was no time left for the linear model, so it is not among the scores.",
        "Gradient boosting failed, so it is not among the scores: ValueError: too many levels",
    ]


@pytest.mark.parametrize(
    ("near", "far", "said"),
    [
        (2, 9, None),
        (9, 4, None),
        (5, 5, "5 trials with about this value did better: median loss 0.1, of 5 others 0.3"),
    ],
)
def test_few_trials_say_nothing_of_a_setting(near: int, far: int, said: str | None) -> None:
    specs = [NetworkSpec(depth=2)] * near + [NetworkSpec(depth=4)] * far
    asked = [Candidate(n, f"trial {n}", spec, TrainingSpec(), "linear", {}) for n, spec in enumerate(specs)]
    quick = {n: 0.1 if n < near else 0.3 for n in range(near + far)}
    explored = cast(Any, SimpleNamespace(asked=asked, quick=quick))
    assert summary._compared("depth", 2, explored) == said
    if said:
        assert "did no better" in str(summary._compared("depth", 4, explored))


@pytest.mark.parametrize(
    ("trainings", "differ"),
    [([("0", 0)], None), ([("0", 0), ("0", 1)], "seed"), ([("0", 0), ("1", 0)], "fold")],
)
def test_the_spread_of_the_winner_is_that_of_its_networks(
    trainings: list[tuple[str, int]], differ: str | None
) -> None:
    networks = [Training("full", candidate(), fold, seed) for fold, seed in trainings]
    journal = Journal.create(None, {})
    for loss, training in enumerate(networks):
        journal.record(training.key, {"ok": True, "value": {"loss": -0.5 - loss / 10}})
    metric = SimpleNamespace(higher_is_better=True)
    runner = cast(Any, SimpleNamespace(journal=journal, prepared=SimpleNamespace(metric=metric)))
    spread = summary._spread(runner, networks)
    if differ is None:
        assert spread is None
    else:
        assert spread is not None
        assert (spread["networks"], spread["differ"]) == (2, differ)
        assert (spread["low"], spread["high"]) == (0.5, pytest.approx(0.6))
        assert spread["deviation"] == pytest.approx(0.1 / np.sqrt(2))
