"""A finished run on more rows: who is better there is told by rows that nobody has seen, and the old run stays."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file
from search_helpers import prepared, trees

import honed
from honed import cli
from honed.comparing import compare
from honed.encode import target as targets
from honed.errors import InputError
from honed.exporting import export
from honed.model import load
from honed.nets.spec import NetworkSpec
from honed.report.progress import Silent
from honed.report.story import story
from honed.run import journal as journals
from honed.search import more_rows, plan
from honed.search.more_rows import beside, refit
from honed.search.tune import resume
from honed.table.batches import LARGE_BYTES
from honed.trials import trainings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.* held at .*:honed.errors.DataWarning"),  # of the old models
]


def rows(count: int, seed: int, shift: float = 0.0) -> pl.DataFrame:
    """A curve of one column and a kind, of which later rows lie elsewhere."""
    rng = np.random.default_rng(seed)
    size, kind = rng.normal(size=count) + shift, rng.choice(["oak", "elm"], count)
    return pl.DataFrame(
        {
            "size": size,
            "kind": kind,
            "idle": "x",
            "y": size**2 + (kind == "oak") + 0.1 * rng.normal(size=count),
        }
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run by hand, and that run on rows that lie elsewhere."""
    folder = tmp_path_factory.mktemp("grown")
    rows(200, 0).write_csv(folder / "old.csv")
    rows(120, 1, shift=2.0).drop("idle").write_csv(folder / "new.csv")
    line = ["train", str(folder / "old.csv"), "--target", "y", "--set", "hidden_sizes=[16]"]
    settings = ["--set", "epochs=40", "--set", "learning_rate=0.02", "--set", "probes=off"]
    assert cli.status([*line, *settings, "--out", str(folder / "old")]) == 0
    before = digest(folder / "old")
    refit(folder / "old", str(folder / "new.csv"), folder / "grown")
    assert digest(folder / "old") == before
    return folder


def digest(run: Path) -> dict[str, str]:
    files = sorted(path for path in run.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def summary(run: Path) -> dict[str, Any]:
    return json.loads((run / "summary.json").read_text())


def apart(run: Path) -> np.ndarray:
    return load_file(run / "folds.safetensors")["outer"]


def error(run: Path, frame: pl.DataFrame) -> float:
    return float(np.sqrt(np.mean((load(run).predict(frame) - frame["y"].to_numpy()) ** 2)))


def test_scores_are_of_new_rows_that_no_training_has_seen(place: Path) -> None:
    outer, folds = apart(place / "grown"), load_file(place / "grown" / "folds.safetensors")
    assert len(outer) == 60 and outer.min() >= 200
    assert np.array_equal(np.sort(np.append(outer, folds["0/train"])), np.arange(320))
    kept = rows(120, 1, shift=2.0).drop("idle")[(outer - 200).tolist()].with_columns(idle=pl.lit("x"))
    scores = summary(place / "grown")["scores"]
    assert scores["unchanged"]["value"] == pytest.approx(error(place / "old", kept))
    used = summary(place / "grown")["uses"]
    assert scores[used]["value"] == pytest.approx(error(place / "grown" / "scored", kept))
    assert scores[used]["value"] == min(scores[way]["value"] for way in ("unchanged", "further", "anew"))
    assert scores["trivial"]["value"] > scores["anew"]["value"]


def test_rows_that_lie_elsewhere_are_learned(place: Path) -> None:
    scores = summary(place / "grown")["scores"]
    assert scores["unchanged"]["value"] > 2 * scores["anew"]["value"]
    assert scores["unchanged"]["value"] > 1.5 * scores["further"]["value"]
    fresh = rows(500, 7, shift=2.0)
    assert error(place / "grown", fresh) < 0.5 * error(place / "old", fresh)


def test_networks_go_on_with_the_old_encoders_and_new_ones_learn_theirs(place: Path) -> None:
    keys = [e["key"] for e in journals.read(place / "grown" / "journal.jsonl") if e["kind"] == "result"]
    assert {"again/0/inner_0/0", "again/0/inner/0"} <= set(keys) and len(keys) == 3
    old, new = load(place / "old"), load(place / "grown")
    is_anew = summary(place / "grown")["uses"] == "anew"
    assert (old.encoders[0].to_json() != new.encoders[0].to_json()) == is_anew
    assert new.members[0].network == old.members[0].network
    assert new.ends[1] > old.ends[1]


def test_all_commands_read_the_new_run(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = place / "grown"
    assert cli.status(["show", str(run)]) == 0
    page = capsys.readouterr().out
    assert "that no training has seen" in page and "the old model, unchanged" in page
    assert cli.status(["predict", str(run), str(place / "new.csv"), "--interval", "0.9"]) == 0
    assert cli.status(["evaluate", str(run), str(place / "new.csv")]) == 0
    assert cli.status(["diagnose", str(run)]) == 0
    told: Any = story(run)
    assert told["unseen"]["rows"] == 60 and not told["left_out"]
    assert told["reproduce"]["command"].startswith(f"honed refit {place / 'old'} {place / 'new.csv'} ")
    assert export(run, "script", tmp_path / "model.py").rows == "60 held-out rows"
    assert compare([run, run]).rows == 60
    capsys.readouterr()
    assert cli.status(["resume", str(run)]) == 0
    assert "This run is finished." in capsys.readouterr().err
    with pytest.raises(InputError, match="Leave --budget out"):
        resume(run, 10.0)


class Stopped(Silent):
    """Ctrl-C at what is said so, by default when the networks have been compared."""

    def __init__(self, at: str = "Best of") -> None:
        self._at = at

    def say(self, text: str) -> None:
        if text.startswith(self._at):
            raise KeyboardInterrupt


def test_one_that_was_stopped_goes_on_to_the_same_bits(place: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        refit(place / "old", str(place / "new.csv"), tmp_path / "run", progress=Stopped())
    assert not (tmp_path / "run" / "model").exists()
    shutil.rmtree(tmp_path / "run" / "before")  # as if it had been killed before that was kept
    resume(tmp_path / "run")
    for name in ("model/weights.safetensors", "scored/weights.safetensors", "findings.json"):
        assert (tmp_path / "run" / name).read_bytes() == (place / "grown" / name).read_bytes()
    assert summary(tmp_path / "run")["scores"] == summary(place / "grown")["scores"]
    assert not (tmp_path / "run" / "before").exists()


def test_a_training_that_diverges_is_told_as_that_and_the_model_stays(place: Path, tmp_path: Path) -> None:
    run, new = tmp_path / "run", shutil.copy(place / "new.csv", tmp_path)
    with pytest.raises(KeyboardInterrupt):
        refit(place / "old", str(new), run, progress=Stopped("Training 1 network"))
    rows(30, 1).write_csv(new)
    with pytest.raises(InputError, match=r"old\.csv' or '.*new\.csv' have changed .* with `honed refit`"):
        resume(run)
    shutil.copy(place / "new.csv", new)
    said = json.loads((run / "run.json").read_text())
    said["options"]["refit"]["voters"][0]["training"] |= {"optimizer": "sgd", "learning_rate": 100.0}
    (run / "run.json").write_text(json.dumps(said))
    told: Any = resume(run)
    assert told["uses"] == "unchanged" and "No other network could be trained" in told["verdict"]
    assert "Training anew is not compared: its loss grew beyond all numbers." in told["notes"]
    fresh = rows(9, 8)
    np.testing.assert_array_equal(load(run).predict(fresh), load(place / "old").predict(fresh))


def test_settings_are_those_of_whole_trainings_and_not_of_what_measured_a_program(place: Path) -> None:
    events = journals.read(place / "old" / "journal.jsonl")
    ((key, value),) = trainings(events)
    brief = {**value, "settings": {**value["settings"], "training": {"epochs": 2}}, "best_epoch": 2}
    results = {key._replace(stage="pace"): brief, key: value, key._replace(stage="look"): brief}
    (voter,) = more_rows._voters(place / "old", load(place / "old"), results, NetworkSpec)
    assert voter.training["epochs"] == 40 and voter.epochs == value["best_epoch"]
    assert (voter.kinds, voter.focus) == (("linear",), "")
    alone = {key: {**value, "settings": {**value["settings"], "focus": "y"}}}
    (voter,) = more_rows._voters(place / "old", load(place / "old"), alone, NetworkSpec)
    assert voter.focus == "y" == more_rows._candidate(voter, prepared(trees())).focus


def test_a_target_of_nothing_has_a_place_on_a_scale_of_logarithms_that_did_not_know_it(place: Path) -> None:
    ready = prepared(trees().with_columns(y=pl.Series([0.0, 3.5, 8.5] * 50)))
    own = targets.fit(np.array([1.0, 2.0, 4.0]), "log")
    member = replace(load(place / "old").members[0], target=own)
    (found,) = more_rows._wider(member, ready, np.arange(150))
    assert 0 < found.low <= own.low and found.high >= 8.5
    np.testing.assert_allclose(found.decode(found.encode(ready.y[:3])), [found.low, 3.5, 8.5], rtol=1e-5)


def test_several_targets_are_trained_on_more_rows_and_told_of_each(place: Path, tmp_path: Path) -> None:
    old, both = str(place / "old.csv"), ["--target", "y", "--target", "kind"]
    settings = ["--set", "hidden_sizes=[16]", "--set", "epochs=40", "--set", "learning_rate=0.02"]
    line = ["train", old, *both, *settings]
    assert cli.status([*line, "--out", str(tmp_path / "old")]) == 0
    told: Any = refit(tmp_path / "old", str(place / "new.csv"), tmp_path / "run")
    kept = rows(120, 1, shift=2.0)[(apart(tmp_path / "run") - 200).tolist()]
    truth, is_oak = kept["y"].to_numpy(), (kept["kind"] == "oak").to_numpy().astype(int)
    was, now = told["scores"]["unchanged"]["heads"], told["scores"][told["uses"]]["heads"]
    for heads, model in ((was, load(tmp_path / "old")), (now, load(tmp_path / "run" / "scored"))):
        assert heads["y"] == pytest.approx(np.sqrt(np.mean((model.predict_each(kept)["y"] - truth) ** 2)))
        p = model.predict_proba_each(kept)["kind"][np.arange(60), is_oak]
        assert heads["kind"] == pytest.approx(-np.log(p).mean())
    assert told["uses"] != "unchanged" and now["y"] < was["y"] / 2
    assert told["scores"][told["uses"]]["value"] < told["scores"]["unchanged"]["value"]
    assert {head["target"] for head in story(tmp_path / "run")["answer"]["heads"]} == {"y", "kind"}
    rows(60, 3).with_columns(kind=pl.lit("yew")).write_csv(tmp_path / "yew.csv")
    with pytest.raises(
        InputError, match=r"has rows of 'yew' in 'kind', and the run has learned to tell 'elm'"
    ):
        refit(tmp_path / "old", str(tmp_path / "yew.csv"), tmp_path / "other")
    rows(60, 3).drop("kind").write_csv(tmp_path / "none.csv")
    with pytest.raises(InputError, match="has no column 'kind', the target"):
        refit(tmp_path / "old", str(tmp_path / "none.csv"), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_network_that_a_search_trained_for_one_of_several_targets_stays_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, few = plan.make, {"epochs": 10, "quick_epochs": 3, "folds": 2, "promoted": 1}
    few |= {"leaders": 1, "more": 0, "networks": 1, "refit_seeds": 1}
    monkeypatch.setattr(plan, "make", lambda **facts: replace(make(**facts), **few))
    old, new = (  # whose kind is told by a column of its own
        rows(count, seed, shift).with_columns(
            leaf=(pl.col("kind") == "oak") + 0.3 * pl.col("size").shuffle(9)
        )
        for count, seed, shift in ((200, 0, 0.0), (120, 1, 2.0))
    )
    for frame, name in ((old, "old.csv"), (new, "new.csv")):
        frame.write_csv(tmp_path / name)
    both = ["--target", "y", "--target", "kind", "--nested", "0"]
    line = ["fit", str(tmp_path / "old.csv"), *both, "--trials", "1", "--out", str(tmp_path / "old")]
    assert cli.status(line) == 0
    refit(tmp_path / "old", str(tmp_path / "new.csv"), tmp_path / "run")
    done = trainings(journals.read(tmp_path / "run" / "journal.jsonl"))
    focus = {key.number: value["settings"].get("focus") for key, value in done}
    was, kept = load(tmp_path / "old").members, load(tmp_path / "run")
    assert [(m.voice, m.shares) for m in kept.members] == [(m.voice, m.shares) for m in was]
    assert set(focus) == {member.voice for member in was} and {*focus.values()} > {None}
    y, is_oak = new["y"].to_numpy(), (new["kind"] == "oak").to_numpy()
    for member in [member for member in kept.members if focus[member.voice]]:
        further = tuple(reading._replace(weight=1.0) for reading in member.further)
        alone = replace(kept, members=(replace(member, weight=1.0, further=further),))
        explained = 1 - np.mean((alone.predict_each(new)["y"] - y) ** 2) / np.var(y)
        oak = alone.predict_proba_each(new)["kind"][:, 1]
        learned = {"y": explained > 0, "kind": oak[is_oak].mean() - oak[~is_oak].mean() > 0.3}
        assert [name for name, is_learned in learned.items() if is_learned] == [focus[member.voice]]


def moved(place: Path, to: Path, name: str, **paths: str) -> Path:
    """A copy of that run that looks for its tables elsewhere."""
    run = shutil.copytree(place / name, to / name)
    said = json.loads((run / "run.json").read_text())
    for own, path in paths.items():
        said["paths"][own] = said["options"][own] = path
    (run / "run.json").write_text(json.dumps(said))
    return run


def test_a_table_beyond_memory_and_one_that_has_grown_are_refused(place: Path, tmp_path: Path) -> None:
    data = tmp_path / "old.csv"
    run = moved(place, tmp_path, "old", data=str(data))
    both = pl.concat([rows(200, 0), rows(120, 1)])
    both.write_csv(data)
    with pytest.raises(InputError, match="has changed since, so which of its rows are new is not known"):
        refit(run, str(data), tmp_path / "run")
    os.truncate(data, LARGE_BYTES + 1)
    with pytest.raises(InputError, match=r"old\.csv is too large to be held in memory"):
        refit(run, str(place / "new.csv"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_more_rows_come_after_more_rows_and_without_the_old_table(place: Path, tmp_path: Path) -> None:
    for name in ("old.csv", "new.csv", "grown"):
        copy = shutil.copytree if (place / name).is_dir() else shutil.copy
        copy(place / name, tmp_path / name)
    said = json.loads((tmp_path / "grown" / "run.json").read_text())
    for part in (said["paths"], said["options"]):
        part["data"] = str(tmp_path / "old.csv")
    said["paths"]["more/0"] = said["options"]["more"][0] = str(tmp_path / "new.csv")
    (tmp_path / "grown" / "run.json").write_text(json.dumps(said))
    rows(100, 2, shift=2.0).write_csv(tmp_path / "newer.csv")
    model = honed.refit(tmp_path / "grown", tmp_path / "newer.csv", tmp_path / "third", budget="5m")
    np.testing.assert_array_equal(model.predict(rows(9, 8)), load(tmp_path / "third").predict(rows(9, 8)))
    assert apart(tmp_path / "third").min() >= 320
    told = summary(tmp_path / "third")
    assert sum(told["rows"][part] for part in ("train", "outer")) == 420
    assert told["data"] == " + ".join(str(tmp_path / name) for name in ("old.csv", "new.csv", "newer.csv"))
    (tmp_path / "old.csv").unlink()
    refit(tmp_path / "grown", str(tmp_path / "newer.csv"), tmp_path / "alone")
    told = summary(tmp_path / "alone")
    assert sum(told["rows"][part] for part in ("train", "outer")) == 100
    assert any("is not there any more, so" in note for note in told["notes"])


def test_a_budget_that_is_over_leaves_the_model_as_it_is(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(more_rows, "_SCORED", 0.0)
    refit(place / "old", str(place / "new.csv"), tmp_path / "run", budget=60.0)
    told, weights = summary(tmp_path / "run"), "model/weights.safetensors"
    assert told["uses"] == "unchanged"
    assert "Training anew is not compared: too little time was left to begin it." in told["notes"]
    assert (tmp_path / "run" / weights).read_bytes() == (place / "old" / weights).read_bytes()


def test_new_rows_that_the_run_knows_are_left_out(place: Path, tmp_path: Path) -> None:
    both = pl.concat([rows(200, 0), rows(120, 1, shift=2.0)])
    both.write_csv(tmp_path / "both.csv")
    told: Any = refit(place / "old", str(tmp_path / "both.csv"), tmp_path / "run")
    assert any("Left out 200 rows" in note for note in told["notes"])
    assert told["scores"] == summary(place / "grown")["scores"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda new: new.drop("kind"), "has no column 'kind', which the run has learned from"),
        (lambda new: new.drop("y"), "has no column 'y', the target"),
        (lambda new: new.head(0), "no rows"),
        (lambda new: new.head(5), "has 5 rows to learn from"),
        (lambda new: new.with_columns(y=pl.lit(None)), "missing in every row"),
        (lambda new: new.with_columns(size=pl.lit("much")), "cannot be read as the number"),
        (lambda new: rows(200, 0), "nothing new to learn"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_a_sentence_and_nothing_is_written(
    place: Path, tmp_path: Path, change: Any, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(rows(120, 1)).write_csv(tmp_path / "new.csv")
    assert (
        cli.status(["refit", str(place / "old"), str(tmp_path / "new.csv"), "--out", str(tmp_path / "run")])
        == 2
    )
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_classes_that_are_not_known_and_runs_that_cannot_go_on_are_refused(
    place: Path, tmp_path: Path
) -> None:
    new = str(place / "new.csv")
    with pytest.raises(InputError, match="exists already"):
        refit(place / "old", new, place / "grown")
    half = shutil.copytree(place / "old", tmp_path / "half")
    (half / "summary.json").unlink()
    with pytest.raises(InputError, match="is not finished"):
        refit(half, new, tmp_path / "run")
    other = shutil.copytree(place / "old", tmp_path / "other")
    said = json.loads((other / "run.json").read_text())
    said["options"]["family"] = "honed.families.image:IMAGE"
    (other / "run.json").write_text(json.dumps(said))
    with pytest.raises(InputError, match="runs of tables alone"):
        refit(other, new, tmp_path / "run")
    said["options"] |= {"family": None, "data": "sqlite:///shop.db", "query": "select * from trees"}
    (other / "run.json").write_text(json.dumps(said))
    with pytest.raises(InputError, match=r"those of .*other are in a database"):
        refit(other, new, tmp_path / "run")
    with pytest.raises(InputError, match="the new rows are in a database"):
        refit(place / "old", "sqlite:///shop.db", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_new_run_lies_beside_the_old_one() -> None:
    assert beside(Path("runs/price")) == Path("runs/price-refit")
    assert beside(Path()).name == f"{Path.cwd().name}-refit"
