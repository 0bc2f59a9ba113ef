"""Folders of runs whose networks have planted weights, so that what a report must say of them is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.encode import target
from honed.metrics import METRICS
from honed.model import Member, Model
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.report.folds import write_folds
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.search import versions
from honed.search.options import Options
from honed.search.prepare import Prepared, prepare
from honed.table.document import document

SPEC = NetworkSpec(hidden_sizes=(2,), activation="relu")
ROWS = 300


def record(loss: float | None, name: str = "by hand", **more: Any) -> dict[str, Any]:
    """What the journal keeps of a training of four epochs."""
    return {
        "train_loss": [0.9, 0.6, 0.4, 0.3],
        "valid_loss": [0.8, 0.5, 0.6, 0.7],
        "best_epoch": 2,
        "diverged": False,
        "batch_size": 64,
        "learning_rate": 0.01,
        "notes": [],
        "loss": loss,
        "candidate": name,
        **more,
    }


def table(task: str, name: str, labels: tuple[str, ...]) -> pl.DataFrame:
    """Rows whose target follows `name` alone; the column beside it and the words say nothing."""
    rng = np.random.default_rng(3)
    signal = rng.normal(size=ROWS)
    noisy = signal + 0.5 * rng.normal(size=ROWS)
    if task == "regression":
        y = pl.Series([float(f"{100 + 10 * value:.4f}") for value in noisy])
    else:
        edges = np.quantile(noisy, np.linspace(0, 1, len(labels) + 1)[1:-1])
        y = pl.Series([labels[place] for place in np.searchsorted(edges, noisy)])
    words = [("red", "green", "blue")[place] for place in rng.integers(0, 3, ROWS)]
    return pl.DataFrame(
        {name: signal.round(4), "idle": rng.normal(size=ROWS).round(4), "words": words, "y": y}
    )


def planted(prepared: Prepared, fold: int, strength: float) -> Model:
    """A network that hears the first column alone: its outputs rise with it by `strength`."""
    rows = prepared.splits.folds[fold].train
    learned: Any = prepared.family.learn(prepared.source, rows, "robust")
    sample = learned.encode(prepared.source.take(np.arange(len(prepared.y))))
    params = mlp.initialize(SPEC, learned.inputs, prepared.outputs, sample, seed=1)
    params = {name: np.zeros_like(value) for name, value in params.items()}
    params["0.weight"][0] = (1, -1)
    outputs = prepared.outputs
    rise = np.linspace(-1, 1, outputs) if outputs > 1 else np.ones(1)
    params["1.weight"] = (strength * np.stack([rise, -rise])).astype(np.float32)
    decoder = target.fit(prepared.y[rows], prepared.targets[0])
    return Model(prepared.schema, (learned,), (Member(SPEC, 0, decoder, params, 1.0),))


def scored(prepared: Prepared, told: np.ndarray) -> dict[str, float]:
    outer = prepared.splits.outer
    value = METRICS[prepared.metric.name].score(prepared.y[outer], told)
    return {"value": value, "low": value * 0.9, "high": value * 1.1}


def outer_frame(prepared: Prepared) -> pl.DataFrame:
    return prepared.source.take(prepared.splits.outer)


def tell(model: Model, frame: pl.DataFrame) -> np.ndarray:
    return model.probabilities(frame) if model.classes else model.values(frame)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., SimpleNamespace]:
    """Makes a run: `make(task, name=..., labels=..., searched=...)` gives path, prepared and the scored model."""

    def make(
        task: str = "binary",
        *,
        name: str = "signal",
        labels: tuple[str, ...] = ("no", "yes"),
        searched: bool = False,
        finished: bool = True,
        options: dict[str, Any] | None = None,
    ) -> SimpleNamespace:
        data = tmp_path / "data.csv"
        table(task, name, labels).write_csv(data)
        given = {"trials": 3} if searched else {"settings": {"depth": 1}}
        prepared = prepare(Options(str(data), "y", task=task, **{**given, **(options or {})}))
        path = tmp_path / "run"
        with RunFolder.create(
            path, {"options": asdict(prepared.options), **versions.versions(prepared)}
        ) as folder:
            folder.write_json("schema.json", document(prepared.schema))
            write_folds(path, prepared.source.places, prepared.splits)
            with Journal.create(path / "journal.jsonl", {"budget": None, "trials": 3}) as journal:
                fill = search if searched else by_hand
                model, facts = fill(prepared, folder, journal)
                if finished:
                    folder.write_json("summary.json", facts)
                    journal.event("done")
        return SimpleNamespace(path=path, prepared=prepared, model=model, data=data)

    return make


def common(prepared: Prepared) -> dict[str, Any]:
    return {
        "data": prepared.options.data,
        "target": "y",
        "task": prepared.schema.target.task,
        "metric": prepared.metric.name,
        "greater_is_better": False,
        "classes": list(prepared.schema.target.classes),
        "network": {
            "inputs": 5,
            "hidden": [2],
            "outputs": prepared.outputs,
            "activation": "relu",
            "epochs": 2,
        },
        "choices": [{"setting": "depth", "value": 1, "reason": "given", "evidence": "given"}],
        "rows": {
            "train": ROWS - len(prepared.splits.outer),
            "outer": len(prepared.splits.outer),
            "dropped": 0,
        },
        "time": {"seconds": 3.0},
    }


def by_hand(prepared: Prepared, folder: RunFolder, journal: Journal) -> tuple[Model, dict[str, Any]]:
    model = planted(prepared, 0, 2.0)
    folder.replace_dir("model", model.save)
    journal.record("by hand/0/0/0", {"ok": True, "value": record(0.5)})
    score = scored(prepared, tell(model, outer_frame(prepared)))
    return model, {**common(prepared), "uses": "network", "scores": {"network": score}}


def search(prepared: Prepared, folder: RunFolder, journal: Journal) -> tuple[Model, dict[str, Any]]:
    """Three trials on two folds, of which 0 and 1 vote; what is saved at the end has seen every row."""
    strengths, models = {0: 0.5, 1: 2.0, 2: 0.1}, {}
    for number, strength in strengths.items():
        journal.record(f"quick/{number}/0/0", {"ok": True, "value": record(0.7, f"trial {number}")})
        for fold in (1, 0):
            model = planted(prepared, fold, strength)
            key = f"full/{number}/{fold}/0"
            journal.record(key, {"ok": True, "value": record(0.6 - strength / 10, f"trial {number}")})
            models[number, fold] = model
    journal.record("again/1/all/0", {"ok": True, "value": record(None, "trial 1")})
    folder.replace_dir("model", planted(prepared, 0, -9.0).save)
    trials = [
        {
            "number": number,
            "name": f"trial {number}",
            "loss": 0.6 - strengths[number] / 10,
            "network": {"hidden_sizes": [2], "activation": "relu"},
            "training": {"learning_rate": 0.01 * (number + 1)},
            "target": prepared.targets[0],
        }
        for number in (1, 0, 2)
    ]
    (folder.path / "trials.json").write_text(json.dumps(trials))
    weights = {1: 0.75, 0: 0.25}
    members = [
        Member(
            SPEC,
            fold,
            models[number, fold].members[0].target,
            models[number, fold].members[0].params,
            share / 2,
        )
        for number, share in weights.items()
        for fold in (0, 1)
    ]
    voted = Model(prepared.schema, tuple(models[1, fold].encoders[0] for fold in (0, 1)), tuple(members))
    folder.replace_dir("scored", voted.save)
    facts = {
        **common(prepared),
        "uses": "ensemble",
        "verdict": "2 of 3 fully trained candidates vote.",
        "scores": {
            "ensemble": scored(prepared, tell(voted, outer_frame(prepared))),
            "default": scored(prepared, tell(models[0, 0], outer_frame(prepared))),
            "linear": {"value": 0.3, "low": 0.2, "high": 0.4},
        },
        "ensemble": [
            {"name": f"trial {number}", "weight": share, "networks": 2, "score": 0.5, "network": "2 relu"}
            for number, share in weights.items()
        ],
    }
    return voted, facts
