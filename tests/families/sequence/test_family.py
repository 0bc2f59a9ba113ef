"""Sequences from the command line's words to a saved model: trained, searched, resumed, predicted and told of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from alone import alone
from waves import archive, table, waves

import honed
from honed import cli
from honed.families.sequence.family import SEQUENCE
from honed.family import Family, Networks
from honed.report.story import story


def status(*words: object) -> int:
    return cli.status([str(word) for word in words])


def test_it_is_a_family() -> None:
    family: Family = SEQUENCE
    networks: Networks = family.networks
    assert networks is SEQUENCE.networks


def test_a_run_on_a_long_table_predicts_scores_and_tells(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = table(40, 1)
    frame.write_csv(tmp_path / "new.csv")
    assert json.loads((run / "run.json").read_text())["options"]["own"] == {
        "sequence": "who",
        "step": "second",
    }
    assert status("predict", run, tmp_path / "new.csv", "--out", tmp_path / "p.csv") == 0
    found = pl.read_csv(tmp_path / "p.csv")
    assert found.columns == ["who", "prediction", "p_quick", "p_slow"] and found.height == 40
    truth = dict(frame.select("who", "speed").unique().iter_rows())
    right = [truth[who] == said for who, said in found.select("who", "prediction").iter_rows()]
    assert np.mean(right) > 0.8
    capsys.readouterr()
    assert status("evaluate", run, tmp_path / "new.csv", "--json") == 0
    assert json.loads(capsys.readouterr().out)["scores"]["accuracy"] == pytest.approx(np.mean(right))
    model = honed.load(run)
    assert model.predict(frame).tolist() == found["prediction"].to_list()
    assert model.predict(frame.to_pandas()).tolist() == found["prediction"].to_list()
    command = story(run)["reproduce"]["command"]  # pyright: ignore[reportOptionalSubscript]
    assert "--sequence who" in command and "--step second" in command


def test_prediction_needs_neither_jax_nor_the_training_libraries(run: Path, tmp_path: Path) -> None:
    table(40, 1).write_csv(tmp_path / "new.csv")
    code = (
        f"import sys, numpy as np, polars as pl, honed; m = honed.load({str(run)!r}); "
        f"p = m.predict_proba(pl.read_csv({str(tmp_path / 'new.csv')!r})); np.save({str(tmp_path / 'p.npy')!r}, p); "
        "print(*({'jax', 'sklearn', 'optax', 'optuna', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")
    told = honed.load(run).predict_proba(pl.read_csv(tmp_path / "new.csv"))
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), told)


def test_arrays_are_predicted_with_numpy_alone(tmp_path: Path) -> None:
    X, _, y = waves(30)
    model = honed.SequenceClassifier(epochs=2, random_state=0).fit(X, y)
    model.save(tmp_path / "model")
    np.savez(tmp_path / "new.npz", X=X)
    code = "import sys, numpy as np, honed; m = honed.load(sys.argv[1]); X = np.load(sys.argv[2])['X']; "
    code += "np.save(sys.argv[3], m.predict_proba(X))"
    done = alone(code, tmp_path / "model", tmp_path / "new.npz", tmp_path / "p.npy", beside=("numpy",))
    assert (done.stdout, done.stderr) == ("", "")
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), model.predict_proba(X))


def test_what_cannot_be_learned_from_is_refused_with_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(20).write_csv(tmp_path / "t.csv")
    data = tmp_path / "t.csv"
    cases = (
        ((data, "--target", "speed", "--step", "second"), "--sequence is missing"),
        ((data, "--sequence", "who"), "Missing option '--target'"),
        ((data, "--target", "speed", "--sequence", "who", "--image", "site"), "--image is about pictures"),
        ((data, "--target", "light", "--sequence", "who"), "has one value of the target 'light'"),
        ((archive(tmp_path / "a.npz"), "--size", "8"), "--size 8 is that of pictures"),
        ((archive(tmp_path / "a.npz"), "--set", "cel=gru"), "no setting 'cel'"),
    )
    for words, said in cases:
        code = status("train", *words, "--out", tmp_path / "run")
        told = capsys.readouterr()
        assert code == 2 and not (tmp_path / "run").exists()
        (line,) = [line for line in told.err.splitlines() if line.startswith("Error")]
        assert said in line
