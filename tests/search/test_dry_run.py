import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from messy_tables import csv

from honed.errors import InputError
from honed.run import gpus
from honed.run.gpus import Gpus
from honed.search import dry_run
from honed.search.options import Options


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = range(60)
    columns = {
        "size": ["NA" if row == 3 else row * 0.37 % 5 for row in rows],
        "kind": ["ab"[row % 2] for row in rows],
        "price": [row * 0.5 + row % 7 for row in rows],
    }
    path = tmp_path / "train.csv"
    path.write_text(csv(columns))
    return path


def options(table: Path, **more: Any) -> Options:
    return Options(str(table), "price", **more)


def test_columns_split_and_metric_are_told(table: Path) -> None:
    outline = dry_run.fit(options(table, trials=3))
    size, kind = outline["columns"]
    assert {"kind": "numeric", "missing": ["NA"], "taken_as_empty": 1, "empty": 1}.items() <= size.items()
    assert {"kind": "boolean", "levels": ["a", "b"]}.items() <= kind.items()
    assert outline["target"]["task"] == "regression"
    assert outline["metric"] == "root_mean_squared_error"
    assert "kept for the final score" in outline["split"]
    assert sorted(table.parent.iterdir()) == [table]


def test_the_plan_of_trials_is_that_of_the_search(table: Path) -> None:
    plan = dry_run.fit(options(table, trials=3))["plan"]
    assert plan[0] == "3 candidates, 24 in a generation at most."
    assert "for at most 64 epochs on 3 of 10 folds." in plan[2]
    assert "Up to 4 leaders are confirmed on 7 further folds." in plan
    assert any("trained again on all 60 rows, up to 4 times each" in sentence for sentence in plan)


def test_the_plan_of_a_budget_says_when_each_part_ends(table: Path) -> None:
    plan = " ".join(dry_run.fit(options(table, budget=100.0, workers=2, single=True))["plan"])
    assert "1 min 40 s with 2 workers" in plan
    assert "Until about 58 s: candidates" in plan
    assert "Until about 1 min 16 s: up to 4 leaders" in plan
    assert "ensemble" not in plan


def test_of_a_cluster_without_a_number_of_workers_its_processors_decide(table: Path) -> None:
    pytest.importorskip("ray")
    asked = options(table, budget=100.0, cluster="127.0.0.1:1")  # where nothing answers, and nobody asks
    plan = " ".join(dry_run.fit(asked)["plan"])
    assert "1 min 40 s with a worker for each processor of the cluster. " in plan
    assert "candidates, a generation the larger the more workers; " in plan
    plan = " ".join(dry_run.fit(replace(asked, workers=64))["plan"])
    assert "1 min 40 s with 64 workers" in plan and "256 in a generation" in plan
    here = dry_run.fit(replace(asked, cluster=None))["plan"]
    assert dry_run.fit(replace(asked, cluster="local"))["plan"] == here


def test_the_plan_tells_rounds_and_what_they_take(table: Path) -> None:
    plan = dry_run.fit(options(table, budget=100.0, workers=2, nested=5))["plan"]
    assert "Until about 35 s: candidates" in plan[1]
    assert "4 further rounds of the same search" in plan[-1]
    assert "the score is of 60 rows: they take 40% of the time" in plan[-1]
    plan = dry_run.fit(options(table, trials=3, nested=None))["plan"]
    assert "4 further rounds train what was chosen anew" in plan[-1]
    assert (
        "each of them trains about a dozen networks at most (--nested 0 leaves them out, --nested 5 "
        in plan[-1]
    )
    plan = dry_run.fit(options(table, budget=100.0, nested=None))["plan"]
    assert "they take 15% of the time" in plan[-1]


def test_one_network_by_hand_is_its_epochs(table: Path) -> None:
    told = dry_run.train(options(table, settings={"epochs": 7, "early_stopping": False}))
    assert told["plan"] == ["One network is trained: 7 epochs."]
    assert "the last epoch is kept" in told["split"]


@pytest.mark.parametrize("job", [lambda o: dry_run.fit(replace(o, trials=1)), dry_run.train])
def test_what_the_rules_on_data_see_is_told(table: Path, job: Any) -> None:
    assert job(options(table))["findings"] == []
    header, *rows = table.read_text().splitlines()
    table.write_text("\n".join([f"{header},flag", *(f"{row},1" for row in rows)]))
    (found,) = job(options(table))["findings"]
    assert (found["id"], found["severity"]) == ("constant-column", "note")
    assert "'flag'" in found["what"]


def test_what_a_run_would_refuse_is_refused(table: Path) -> None:
    with pytest.raises(InputError, match="has no column 'prize'"):
        dry_run.fit(Options(str(table), "prize", trials=1))
    with pytest.raises(InputError, match="'dept'"):
        dry_run.train(options(table, settings={"dept": 3}))
    for cluster in ("foo", "ray://x:1"):
        with pytest.raises(InputError, match=rf"'{cluster}'"):
            dry_run.fit(options(table, trials=1, cluster=cluster))
    with pytest.raises(InputError, match="a cluster trains on processors alone"):
        dry_run.fit(options(table, trials=1, cluster="auto", workers=1, device="gpu"))
    for job in (dry_run.fit, dry_run.train):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(InputError, match=r"honed\[mlflow\]"):
            patch.setitem(sys.modules, "mlflow", None)
            patch.delitem(sys.modules, "honed.logs.to_mlflow", raising=False)
            job(options(table, log=("mlflow",)))


def test_the_lanes_of_a_gpu_are_told_with_their_memory(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "seen", lambda: Gpus(("A100",), "", (16 * 10**9,)))
    asked = options(table, trials=1000, device="gpu", nested=0)
    plan = dry_run.fit(asked)["plan"]
    assert plan[0] == "1,000 candidates, 64 in a generation at most."
    assert plan[1].startswith("Each worker trains up to 64 networks") and "16.0 GB are free" in plan[1]
    of_budget = dry_run.fit(replace(asked, trials=None, budget=100.0))["plan"]
    assert "up to 64 networks" in of_budget[1] and "64 in a generation" in of_budget[2]
    for other in (replace(asked, lanes=4), replace(asked, device="cpu")):
        assert "side by side" not in " ".join(dry_run.fit(other)["plan"])
