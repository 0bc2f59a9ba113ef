"""The command line: what it prints and where, its exit statuses, and what it leaves on the disk."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from alone import alone
from messy_tables import csv, labels, switched

import honed
from honed import cli
from honed.encode import encoder, target
from honed.findings import Finding
from honed.model import Member, Model
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.report import text
from honed.run import gpus
from honed.run import journal as journals
from honed.run.folder import RunFolder
from honed.search.options import Options
from honed.table.columns import infer, target_rows, target_values
from honed.table.read import from_frame

Write = Callable[..., str]
OPTIONS = Options("new.csv", "kind", trials=1)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test works in an empty folder, so that what is written can be listed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(own_folder: Path) -> Write:
    """Writes a file into the folder; gives its name."""

    def write(content: str | bytes, name: str = "train.csv") -> str:
        (own_folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return write


@pytest.fixture
def flowers() -> pl.DataFrame:
    """A small table of two classes with a numeric and a categorical column."""
    rows = np.arange(60)
    return pl.DataFrame(
        {
            "size": np.sin(rows * 1.7) * 10,
            "colour": [("red", "green", "blue")[row % 3] for row in rows],
            "kind": [("None", "p q")[row % 2] for row in rows],
        }
    )


@pytest.fixture
def run(flowers: pl.DataFrame) -> Path:
    """A run's folder with an untrained classifier in it."""
    return save_run(flowers, "kind", Path("run"))


def save_run(frame: pl.DataFrame, name: str, path: Path) -> Path:
    """A run's folder with a model that has its starting weights."""
    table = from_frame(frame)
    schema = infer(table, name)
    rows = target_rows(table, schema)
    learned = encoder.fit(table, schema, rows)
    spec = NetworkSpec(hidden_sizes=(4,))
    outputs = len(schema.target.classes) or 1
    params = mlp.initialize(spec, learned.inputs, outputs, learned.encode(table.frame), seed=1)
    kind = "classes" if schema.target.classes else "linear"
    decoder = target.fit(target_values(table, schema, rows), kind)
    with RunFolder.create(path, {}) as folder:
        folder.replace_dir("model", Model(schema, (learned,), (Member(spec, 0, decoder, params, 1.0),)).save)
        folder.write_json("summary.json", dict(text.example()))
    return path


def table_of(words: str) -> str:
    """A CSV table of 40 rows with columns size, weight and kind."""
    rows = [f"{row},{row * 7 % 11},{'ab'[row % 2]}" for row in range(40)]
    return "\n".join(["size,weight,kind", *rows, words]).strip() + "\n"


GOOD = table_of("")
CLASSES = "x,y\n" + "".join(f"{row % 7},c{row // 2}\n" for row in range(2200))

BAD_TABLES = {
    "no such file": (None, "no file.*nowhere.csv"),
    "empty file": (b"", "empty"),
    "binary file": (bytes(range(256)) * 8, "(?i)binary|not a text|not text"),
    "header only": ("size,kind\n", "header and no rows"),
    "one row": ("size,kind\n1,a\n", "one row|1 row"),
    "one column": ("kind\na\nb\n", "one column|1 column|only the"),
    "constant target": ("size,kind\n" + "".join(f"{row},a\n" for row in range(40)), "'a' in all 40 rows"),
    "missing target": ("size,kind\n" + "".join(f"{row},\n" for row in range(40)), "missing in all 40 rows"),
    "a class with one row": (table_of("3,4,lonely"), "'lonely'.*one row, row 41"),
    "an infinite value": (table_of("3,inf,a"), "(?s)'weight'.*row 41.*infinite"),
    "two columns of one name": (GOOD.replace("weight", "size", 1), "'size'"),
    "ragged rows": (table_of("3,4,a,extra"), "line 42 has 4 cells"),
    "not UTF-8": (GOOD.encode() + b"3,\xc3\xa9,\xff\xfe\n", "UTF-8"),
    "over 1,000 classes": (CLASSES.replace("y", "kind", 1), "1,100 classes"),
}

BAD_WORDS = {
    "unknown target": ("--target kindd", "(?s)'kindd'.*Did you mean 'kind'"),
    "text target with regression": ("--task regression", "(?s)is text.*'a'"),
    "unknown task": ("--task binry", "Did you mean 'binary'"),
    "unknown metric": ("--metric acuracy", "Did you mean 'accuracy'"),
    "metric of another task": ("--metric r2", "does not fit a binary target"),
    "unknown option": ("--buget 60s", "(?s)'--buget'.*Did you mean '--budget'"),
    "budget of zero": ("--budget 0", "The budget is '0'"),
    "budget below zero": ("--budget -5m", "The budget is '-5m'"),
    "no budget": ("--budget soon", "'soon', which is not a time"),
    "budget and trials": ("--budget 60s --trials 5", "only one can say when the run ends"),
    "trials of zero": ("--trials 0", "--trials is 0"),
    "trials below zero": ("--trials -3", "--trials is -3"),
    "trials that are no number": ("--trials many", "'--trials'"),
    "workers of zero": ("--workers 0", "--workers is 0"),
    "seed below zero": ("--seed -1", "'--seed'"),
    "unknown column left out": ("--exclude sise", "(?s)'sise'.*Did you mean 'size'"),
    "unknown group": ("--group sise", "(?s)'sise'.*Did you mean 'size'"),
    "no validation file": ("--valid nowhere.csv", "no file.*nowhere.csv"),
}

BAD_SETTINGS = {
    "unknown setting": ("dept=3", "(?s)'dept'.*Did you mean 'depth'"),
    "setting out of range": ("dropout=1.5", "(?s)'dropout' is 1.5.*\\[0, 1\\)"),
    "setting of another kind": ("depth=deep", "(?s)'depth' is 'deep'"),
    "unknown choice": ("optimizer=adamm", "(?s)'adamm'.*'adam'"),
    "no value": ("depth", "not of the form name=value"),
}


def assert_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One message on standard error, status 2, nothing on standard output, nothing written."""
    before = sorted(Path().rglob("*"))
    code = cli.status(arguments)
    printed = capsys.readouterr()
    assert code == 2, printed.err
    assert re.search(message, printed.err), printed.err
    assert printed.err.count("Error: ") == 1
    assert "Traceback" not in printed.err
    assert printed.out == ""
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("command", ["fit", "train"])
@pytest.mark.parametrize(("content", "message"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
def test_a_bad_table_is_refused(
    command: str, content: str | bytes | None, message: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    data = "nowhere.csv" if content is None else write(content)
    assert_refused([command, data, "--target", "kind", "--out", "runs/new"], message, capsys)


@pytest.mark.parametrize(("words", "message"), BAD_WORDS.values(), ids=BAD_WORDS.keys())
def test_bad_words_of_fit_are_refused(
    words: str, message: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", write(GOOD), "--out", "runs/new", *words.split()]
    if "--target" not in arguments:
        arguments += ["--target", "kind"]
    assert_refused(arguments, message, capsys)


@pytest.mark.parametrize(("assignment", "message"), BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
def test_bad_settings_of_train_are_refused(
    assignment: str, message: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", write(GOOD), "--target", "kind", "--out", "runs/new", "--set", assignment]
    assert_refused(arguments, message, capsys)


@pytest.mark.parametrize("command", ["fit", "train"])
@pytest.mark.parametrize("there", ["folder", "file"])
def test_an_output_that_exists_is_refused(
    command: str, there: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    out = Path("out")
    out.mkdir() if there == "folder" else out.write_text("")
    assert_refused([command, write(GOOD), "--target", "kind", "--out", "out"], "out exists already", capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fitt"], "Did you mean 'fit'"),
        (["fit", "train.csv", "--out", "x"], "There is no file or folder 'train.csv'"),
        (["fit", "train.csv", "--target", "y"], "Missing option '--out'"),
        (["predict", "nowhere", "new.csv"], "(?i)no model found at 'nowhere'"),
        (["evaluate", "nowhere", "new.csv"], "(?i)no model found at 'nowhere'"),
        (["show", "nowhere"], "nowhere is not a folder"),
        (["resume", "nowhere"], "nowhere"),
        (["resume", "nowhere", "--budget", "0"], "The budget is '0'"),
        (["show", "--jsn"], "There is no option '--jsn'"),
    ],
)
def test_wrong_words_of_other_commands_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(arguments, message, capsys)


@pytest.mark.parametrize("command", ["fit", "train"])
@pytest.mark.parametrize("out", [[], ["--out", "runs/new"]])
def test_a_dry_run_tells_what_was_understood_and_writes_nothing(
    command: str, out: list[str], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [command, write(GOOD), "--target", "kind", *out, "--dry-run"]
    assert cli.status(arguments) == 0
    page = capsys.readouterr().out
    assert re.search(r"Columns: 1 numeric, 1 left out\n  size +identifier +left out: ", page)
    assert cli.status([*arguments, "--json"]) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert [column["name"] for column in document["columns"]] == ["size", "weight"]
    assert printed.err == ""
    assert sorted(Path().rglob("*")) == [Path("train.csv")]


@pytest.mark.parametrize(
    ("name", "says"), [("pears", "'pears'. Did you mean 'pairs'?"), ("", "called ''"), ("Target", "'target'")]
)
def test_a_way_to_encode_that_there_is_not_is_refused(
    name: str, says: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", write(GOOD), "--target", "kind", "--out", "runs/new", "--encoding", "pairs"]
    assert_refused([*arguments, "--encoding", name], says, capsys)
    assert sorted(Path().rglob("*")) == [Path("train.csv")]


def test_a_way_to_encode_that_changes_nothing_is_told(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", write(GOOD), "--target", "kind", "--dry-run", "--encoding", "target"]
    assert cli.status([*arguments, "--encoding", "robust"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "The encoding 'target' changes nothing here, so rows are encoded as by 'robust'" in page
    assert "The encoding 'robust'" not in page


def test_what_a_dry_run_prints_may_be_edited_and_given_back(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", write(GOOD), "--target", "kind", "--dry-run", "--json"]
    assert cli.status(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    size = document["columns"][0]
    assert size["kind"] == "identifier"
    size["kind"] = "numeric"
    Path("schema.json").write_text(json.dumps(document))
    assert cli.status([*arguments, "--schema", "schema.json", "--missing", "0"]) == 0
    size = json.loads(capsys.readouterr().out)["columns"][0]
    assert (size["kind"], size["missing"], size["taken_as_empty"]) == ("numeric", ["0"], 1)
    size["kind"] = "number"
    Path("schema.json").write_text(json.dumps({"columns": [size]}))
    assert_refused([*arguments, "--schema", "schema.json"], "Did you mean 'numeric'", capsys)


def test_json_of_fit_is_for_a_dry_run(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["fit", write(GOOD), "--target", "kind", "--out", "runs/new", "--json"]
    assert_refused(arguments, "--json prints what --dry-run understood", capsys)


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.status(["--help"]) == 0
    printed = capsys.readouterr().out
    for command in ("fit", "train", "resume", "predict", "evaluate", "show"):
        assert f"  {command} " in printed


def test_no_words_at_all_give_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.status([]) == 0
    assert "Usage: honed" in capsys.readouterr().out


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "honed", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    first, jax, gpu = done.stdout.splitlines()
    assert first == f"honed {honed.__version__}"
    assert jax == f"jax {version('jax')}, jaxlib {version('jaxlib')}"
    assert gpu.startswith("GPU: ")


def test_without_what_reads_its_words_it_says_so() -> None:
    done = alone("from honed.__main__ import main; main()", beside=("numpy",))
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr.startswith("Error: The command line needs Typer") and len(done.stderr.splitlines()) == 1
    )


@pytest.mark.parametrize("words", [["--version"], ["show", "run"]])
def test_what_is_not_installed_is_named_in_one_line(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lacking(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'jax'", name="jax")

    monkeypatch.setattr(cli, "_version", lacking)
    monkeypatch.setattr(cli, "_facts", lacking)
    assert cli.status(words) == 1
    said = capsys.readouterr()
    assert (
        said.out == "" and said.err.startswith("Error: jax is not installed.") and said.err.count("\n") == 1
    )


@pytest.mark.parametrize("name", ["setproctitle", "jax.numpy", "honed.none", None])
def test_of_a_module_that_honed_does_not_bring_along_python_tells(
    name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installing honed anew would not mend one of Ray's, or a part of a package that is there."""

    def lacking(*_: object) -> None:
        raise ModuleNotFoundError("no such module", name=name)

    monkeypatch.setattr(cli, "_version", lacking)
    with pytest.raises(ModuleNotFoundError, match="no such module"):
        cli.status(["--version"])


def test_what_honed_brings_along_is_what_it_declares() -> None:
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())["project"]
    declared = {re.split("[<>=]", each)[0] for each in project["dependencies"]}
    assert {name.replace("scikit-learn", "sklearn") for name in declared} == cli._BROUGHT - {
        "scipy",
        "threadpoolctl",
    }


def test_a_gpu_that_is_not_there_is_one_sentence_and_nothing_is_written(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpus, "seen", lambda: gpus.Gpus((), "no driver"))
    name = write(GOOD)
    for words in (["fit", name, "--trials", "1"], ["train", name], ["fit", name, "--dry-run"]):
        out = [] if "--dry-run" in words else ["--out", "run"]
        assert cli.status([*words, "--target", "size", "--device", "gpu", *out]) == 2
        printed = capsys.readouterr()
        assert printed.err.count("\n") == 1 and "JAX sees none here: no driver." in printed.err
        assert not Path("run").exists()


@pytest.mark.parametrize(
    ("lanes", "message"),
    [
        ("0", "lanes is 0"),
        ("-1", "lanes is -1"),
        ("many", "lanes is 'many'"),
        ("2.5", "lanes is '2.5'"),
        ("5000", "1,024 at most"),
    ],
)
def test_lanes_that_make_no_run_are_one_sentence_and_nothing_is_written(
    lanes: str, message: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["fit", write(GOOD), "--target", "size", "--trials", "1", f"--lanes={lanes}"]
    for more in (["--out", "run"], ["--dry-run"]):
        assert cli.status([*words, *more]) == 2
        printed = capsys.readouterr()
        assert printed.err.count("\n") == 1 and message in printed.err
        assert printed.out == "" and not Path("run").exists()


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from honed import cli; code = cli.status(['fit', '--help']); "
        "heavy = {'jax', 'sklearn', 'polars', 'pandas', 'optuna', 'numpy', 'rich'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_predict_loads_no_training_library(run: Path, flowers: pl.DataFrame) -> None:
    flowers.write_csv("new.csv")
    script = (
        f"import sys; from honed import cli; code = cli.status(['predict', {str(run)!r}, 'new.csv']); "
        "heavy = {'jax', 'sklearn', 'optuna', 'pandas', 'scipy'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_predictions_go_to_standard_output_in_the_order_of_the_rows(run: Path, flowers: pl.DataFrame) -> None:
    flowers.drop("kind").write_csv("new.csv")
    flowers.drop("kind").reverse().write_csv("reversed.csv")
    tables = []
    for name in ("new.csv", "reversed.csv"):
        command = [sys.executable, "-m", "honed", "predict", str(run), name]
        tables.append(pl.read_csv(subprocess.run(command, capture_output=True, check=True).stdout))
    assert tables[0].columns == ["prediction", "p_None", "p_p q"]
    assert tables[0].height == flowers.height
    assert tables[0].equals(tables[1].reverse())


def test_predictions_keep_the_places_of_the_rows_of_a_messy_file(
    run: Path, flowers: pl.DataFrame, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = flowers.head(20).cast(pl.String)
    clean = write(rows.write_csv(), "clean.csv")
    bad = rows.with_columns(pl.Series("size", [*rows["size"][:3], "odd", *rows["size"][4:]]))
    messy = write(("Report\n\n" + bad.write_csv() + "99999,Total,\n").encode("utf-16"), "messy.csv")
    assert cli.status(["predict", str(run), clean]) == 0
    expected = pl.read_csv(io.StringIO(capsys.readouterr().out))
    assert_refused(["predict", str(run), messy], "row 4: 'odd' is not a number", capsys)
    assert cli.status(["predict", str(run), messy, "--bad-cells", "missing"]) == 0
    said = capsys.readouterr()
    found = pl.read_csv(io.StringIO(said.out))
    same = [row for row in range(20) if row != 3]
    assert found.height == 21
    assert found[same].equals(expected[same])
    assert np.isnan(found[20, -1])
    for words in (
        "Read as UTF-16.",
        "Skipped 2 lines above the header",
        "looks like a total",
        "row 4: 'odd'",
    ):
        assert words in said.err
    assert_refused(["predict", str(run), clean, "--bad-cells", "no"], "must be refuse or missing", capsys)


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "OUT.CSV"])
def test_predictions_are_written_by_the_suffix(
    name: str, run: Path, flowers: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers.write_csv("new.csv")
    assert cli.status(["predict", str(run), "new.csv", "--out", name]) == 0
    read = pl.read_parquet if name.endswith("parquet") else pl.read_csv
    table = read(name)
    sums = (table["p_None"] + table["p_p q"]).to_numpy()
    np.testing.assert_allclose(sums, 1)
    likeliest = np.where(table["p_None"] >= table["p_p q"], "None", "p q")
    assert table["prediction"].to_list() == likeliest.tolist()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"60 predictions to {name}" in printed.err


def test_predictions_replace_an_earlier_file(run: Path, flowers: pl.DataFrame) -> None:
    flowers.head(3).write_csv("new.csv")
    Path("out.csv").write_text("old")
    assert cli.status(["predict", str(run), "new.csv", "--out", "out.csv"]) == 0
    assert pl.read_csv("out.csv").height == 3


def test_a_regression_predicts_one_column(flowers: pl.DataFrame) -> None:
    run = save_run(flowers, "size", Path("numbers"))
    flowers.drop("size").head(1).write_csv("new.csv")
    assert cli.status(["predict", str(run), "new.csv", "--out", "out.csv"]) == 0
    table = pl.read_csv("out.csv")
    assert table.columns == ["prediction"]
    assert table.dtypes == [pl.Float64]


@pytest.mark.parametrize("classes", [("01", "1"), ("1000000000000000001", "1000000000000000002")])
def test_labels_that_one_float_would_merge_are_predicted_apart(
    classes: tuple[str, str], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    name = write(csv(labels(*classes)))
    run = str(save_run(pl.read_csv(name, infer_schema=False), "y", Path("codes")))
    assert cli.status(["predict", run, name]) == 0
    assert capsys.readouterr().out.startswith(f"prediction,p_{classes[0]},p_{classes[1]}\n")
    assert cli.status(["evaluate", run, name]) == 0
    assert "binary, 60 rows" in capsys.readouterr().out
    write(csv(labels("01", "1")), "one.csv")
    command = ["fit", "one.csv", "--target", "y", "--task", "regression", "--out", "one"]
    assert_refused(command, r"'y' is '.*1' in all 60 rows \(also written", capsys)


def test_a_new_file_may_spell_booleans_otherwise(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    train = pl.read_csv(csv(switched("False", "True")).encode(), infer_schema=False)
    run = str(save_run(train.with_columns(pl.col("y").cast(pl.Float64)), "y", Path("flags")))
    told = {}
    for true, false in (("True", "False"), ("1", "0"), ("YES", "no "), ("ja", "nein")):
        write(csv(switched(false, true)), "new.csv")
        assert cli.status(["predict", run, "new.csv"]) == 0
        told[true] = capsys.readouterr()
    assert told["1"] == told["YES"] == told["True"]
    assert told["True"].err == ""
    assert told["ja"].err.startswith("Warning: Column 'flag': 200 of 200 cells, such as 'nein', are unseen")
    assert told["ja"].err.count("\n") == 1


def test_quantiles_are_columns_named_by_their_share(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["loss=quantile", "quantiles=[0.05, 0.5, 0.95]", "epochs=5", "depth=1", "width=8"]
    words = [word for assignment in settings for word in ("--set", assignment)]
    name = write(GOOD)
    assert cli.status(["train", name, "--target", "size", "--out", "run", *words]) == 0, capsys.readouterr()
    assert cli.status(["predict", "run", name, "--out", "out.csv"]) == 0
    table = pl.read_csv("out.csv")
    assert table.columns == ["prediction", "q_0.05", "q_0.5", "q_0.95"]
    assert (table["q_0.05"] <= table["q_0.5"]).all() and (table["q_0.5"] <= table["q_0.95"]).all()
    assert table["q_0.05"].min() < table["q_0.95"].max()  # type: ignore[operator]


def test_an_interval_is_two_columns_and_told(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["epochs=5", "depth=1", "width=8"]
    words = [word for assignment in settings for word in ("--set", assignment)]
    name = write(GOOD)
    assert cli.status(["train", name, "--target", "size", "--out", "run", *words]) == 0, capsys.readouterr()
    assert cli.status(["predict", "run", name, "--interval", "0.75", "--out", "out.csv"]) == 0
    table = pl.read_csv("out.csv")
    assert table.columns == ["prediction", "low", "high"]
    expected = honed.load("run").predict_interval(pl.read_csv(name), 0.75)
    np.testing.assert_allclose(table.select("low", "high").to_numpy(), expected)
    assert_refused(["predict", "run", name, "--interval", "95"], "for 95 % give 0.95", capsys)
    assert_refused(["predict", "run", name, "--interval", "0.99"], "Intervals of 0.99 need 99 rows", capsys)


def test_classes_have_no_interval(run: Path, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(
        ["predict", str(run), write(GOOD), "--interval", "0.9"], "is a class, which no interval", capsys
    )


def test_a_training_that_diverged_is_over_without_a_model(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--set", "epochs=5", "--set", "optimizer=sgd", "--set", "learning_rate=100"]
    a, noise = np.random.default_rng(0).normal(size=(2, 400))
    data = write("a,y\n" + "\n".join(f"{x},{3 * x + 0.1 * e}" for x, e in zip(a, noise, strict=True)))
    assert cli.status(["train", data, "--target", "y", "--out", "run", *words]) == 1
    (sentence,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Error: ")]
    assert cli.status(["resume", "run"]) == 1
    assert sentence in capsys.readouterr().err.splitlines()
    for command in (["show", "run"], ["predict", "run", data]):
        assert cli.status(command) != 0
        said = capsys.readouterr().err
        assert "without" in said
        assert "`honed diagnose run`" in said or "`honed show run` says why" in said
        assert "resume" not in said
    assert cli.status(["diagnose", "run"]) == 0
    assert [cli.status(["diagnose", "run", "--fail-on", least]) for least in ("error", "warning")] == [3, 3]
    capsys.readouterr()
    assert cli.status(["diagnose", "run", "--fail-on", "note"]) == 2
    assert "'--fail-on': 'note' is not one of 'error', 'warning'. See `" in capsys.readouterr().err


def test_a_network_by_hand_is_not_searched_for_again(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run cut before its end goes on with its own settings; a finished one stays as it is."""
    words = ["--set", "epochs=5", "--set", "activation=tanh", "--set", "hidden_sizes=[8]"]
    assert cli.status(["train", write(GOOD), "--target", "size", "--out", "run", *words]) == 0
    before = Path("run/summary.json").read_bytes()
    assert cli.status(["resume", "run"]) == 0
    for word in (["--budget", "5s"], ["--cluster", "local"]):
        assert cli.status(["resume", "run", *word]) == 2
        assert "trained by hand" in capsys.readouterr().err
    assert Path("run/summary.json").read_bytes() == before
    journal = Path("run/journal.jsonl")
    cut = [line for line in journal.read_bytes().splitlines(True) if b'"result"' not in line]
    journal.write_bytes(b"".join(cut[: cut.index(next(line for line in cut if b'"model"' in line))]))
    for product in ("summary.json", "findings.json"):
        Path("run", product).unlink()
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")  # the data are found from any folder
    facts = json.loads(Path("../run/run.json").read_text())
    assert facts["device"] == {"kind": "cpu", "precision": "float32", "names": []}
    Path("../run/run.json").write_text(json.dumps(facts | {"device": {"kind": "gpu", "names": ["A100"]}}))
    assert cli.status(["resume", "../run"]) == 0, capsys.readouterr()
    assert "was started on 1 GPU (A100), products of matrices in float32, and goes" in capsys.readouterr().err
    (resumed,) = (
        event for event in journals.read(Path("../run/journal.jsonl")) if event["kind"] == "resumed"
    )
    assert resumed["device"] == {"kind": "cpu", "precision": "float32", "names": []}
    monkeypatch.chdir("..")
    assert json.loads(Path("run/summary.json").read_text())["network"] == json.loads(before)["network"]


def test_a_report_replaces_reports_alone(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    name = write(GOOD)
    assert cli.status(["train", name, "--target", "size", "--out", "run", "--set", "epochs=3"]) == 0
    before = Path(name).read_bytes()
    for out in (name, "run/journal.jsonl"):
        assert cli.status(["report", "run", "--out", out]) == 2
        assert "would be lost" in capsys.readouterr().err
    assert Path(name).read_bytes() == before
    assert [cli.status(["report", "run", "--out", "page.html"]) for _ in range(2)] == [0, 0]
    assert cli.status(["report", "run", "--json", "--out", "page.html"]) == 2


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("out.xlsx", "names no format"),
        ("out", "names no format"),
        ("nowhere/out.csv", "no folder nowhere"),
        ("folder.csv", "is a folder"),
        ("new.csv", "would be lost"),
    ],
)
def test_a_bad_destination_is_refused(
    out: str, message: str, run: Path, flowers: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers.write_csv("new.csv")
    Path("folder.csv").mkdir()
    assert_refused(["predict", str(run), "new.csv", "--out", out], message, capsys)


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("size,kind\n1,None\n", "no column 'colour'"),
        ("size,colour,kind\n1,red,None\nbig,red,None\n", "(?s)'size', row 2: 'big'"),
        ("size,colour,kind\n1,red,None\n-inf,red,None\n", "(?s)'size', row 2.*infinite"),
        ("size,colour,kind\n", "header and no rows"),
    ],
)
def test_a_table_that_does_not_fit_the_model_is_refused(
    command: str,
    content: str,
    message: str,
    run: Path,
    write: Write,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert_refused([command, str(run), write(content, "new.csv")], message, capsys)


def test_evaluate_prints_every_metric_of_the_task(
    run: Path, flowers: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers.write_csv("test.csv")
    assert cli.status(["evaluate", str(run), "test.csv"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("binary, 60 rows")
    assert "log_loss" in printed.out
    assert "root_mean_squared_error" not in printed.out
    assert printed.err == ""


def test_evaluate_gives_json_alone_on_standard_output(
    run: Path, flowers: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    without = flowers.with_columns(kind=pl.when(pl.int_range(pl.len()) > 3).then("kind"))
    without.write_csv("test.csv")
    assert cli.status(["evaluate", str(run), "test.csv", "--json"]) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    assert (result["task"], result["rows"]) == ("binary", 56)
    assert result["left_out"] == {"missing_target": 4, "unseen_class": 0}
    assert 0 <= result["scores"]["accuracy"] <= 1
    assert "Left out 4 rows whose target is missing" in printed.err


def test_evaluation_agrees_with_the_predictions(
    run: Path, flowers: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers.write_csv("test.csv")
    assert cli.status(["predict", str(run), "test.csv", "--out", "out.csv"]) == 0
    assert cli.status(["evaluate", str(run), "test.csv", "--json"]) == 0
    right = (pl.read_csv("out.csv")["prediction"] == flowers["kind"]).mean()
    assert json.loads(capsys.readouterr().out)["scores"]["accuracy"] == right


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("size,colour\n1,red\n", "no column 'kind'"),
        ("size,colour,kind\n1,red,\n", "missing in every row"),
        (
            "size,colour,kind\n1,red,new\n",
            "(?s)seen the class of no row \\('new'; it has seen 'None', 'p q'",
        ),
    ],
)
def test_a_table_without_the_truth_cannot_be_evaluated(
    content: str, message: str, run: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(["evaluate", str(run), write(content, "test.csv")], message, capsys)


def test_show_prints_the_page(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.status(["show", str(run)]) == 0
    printed = capsys.readouterr()
    assert printed.out == text.page(text.example())
    assert printed.err == ""


def test_show_of_a_run_without_a_summary_says_what_to_do(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "summary.json").unlink()
    assert cli.status(["show", str(run)]) == 1
    assert "honed resume run" in capsys.readouterr().err


def test_a_pipe_or_a_folder_is_no_place_for_results(
    run: Path, flowers: pl.DataFrame, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers.write_csv("new.csv")
    os.mkfifo("out.csv")
    assert cli.status(["predict", str(run), "new.csv", "--out", "out.csv"]) == 2
    assert "is a pipe or a device" in capsys.readouterr().err
    for name, words in ((".", "is a folder"), ("out.csv", "is no report")):
        assert cli.status(["report", str(run), "--out", name]) == 2
        assert words in capsys.readouterr().err
    assert Path("out.csv").is_fifo()


def test_predictions_of_a_pipe(run: Path, flowers: pl.DataFrame) -> None:
    words = [sys.executable, "-m", "honed", "predict", str(run), "/dev/stdin"]
    done = subprocess.run(words, input=flowers.write_csv().encode(), capture_output=True, timeout=120)
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", flowers.height + 1)


def test_a_reader_who_leaves_early_is_no_error_to_speak_of(run: Path, flowers: pl.DataFrame) -> None:
    pl.concat([flowers] * 500).write_csv("new.csv")
    command = f"{sys.executable} -m honed predict {run} new.csv | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout == "prediction,p_None,p_p q\n"
    assert done.stderr == ""


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        "predict run new.csv",
        "evaluate run new.csv --json",
        "show run",
        "diagnose run",
        "report run --json",
        "fit --help",
        "--version",
    ],
)
def test_a_full_disk_is_told_and_no_success(
    run: Path, flowers: pl.DataFrame, words: str, buffered: bool
) -> None:
    flowers.write_csv("new.csv")
    (run / "findings.json").write_text('{"findings": [], "of_training": true}')
    facts = {"fingerprint": "", "versions": {}, "python": "3", "machine": "", "options": asdict(OPTIONS)}
    (run / "run.json").write_text(json.dumps(facts))
    environment = os.environ | ({} if buffered else {"PYTHONUNBUFFERED": "1"})
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "honed", *words.split()]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Standard output could not be written: the disk is full.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("room", [0, 5_000, 5_001])
def test_predictions_that_are_cut_off_are_no_success(run: Path, flowers: pl.DataFrame, room: int) -> None:
    """The system takes a part of what is written, up to the limit, without an error."""
    pl.concat([flowers] * 20).write_csv("new.csv")
    words = ["-u", "-m", "honed", "predict", str(run), "new.csv"]
    limited = (
        f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    with open("out.csv", "wb") as out:
        command = [sys.executable, "-c", limited, *words]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "What is there is cut off" in done.stderr
    assert Path("out.csv").stat().st_size == room


def test_messages_that_nobody_can_read_change_no_status(run: Path, flowers: pl.DataFrame) -> None:
    flowers.write_csv("new.csv")
    for to in (">&-", "2>&-", "2>/dev/full"):
        command = f"{sys.executable} -m honed predict {run} new.csv --out out.csv {to}"
        assert subprocess.run(command, shell=True, capture_output=True).returncode == 0
    command = f"{sys.executable} -m honed predict {run} new.csv >&-"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (done.returncode, done.stderr[:32]) == (1, "Error: Standard output is closed")


@pytest.mark.parametrize("words", ["show run", "diagnose run", "predict run gone.csv", "--help"])
def test_a_reader_of_both_streams_may_leave_early(run: Path, words: str) -> None:
    (run / "findings.json").write_text('{"findings": [], "of_training": true}')
    command = f"{sys.executable} -m honed {words} 2>&1 | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (len(done.stdout), done.stderr) == (1, "")


@pytest.mark.parametrize("words", ["show run", "diagnose run", "predict run new.parquet"])
def test_terminal_escapes_in_names_and_cells_are_shown(
    run: Path, words: str, flowers: pl.DataFrame, capfd: pytest.CaptureFixture[str]
) -> None:
    name = "\x1b]0;owned\x07\x9b31m"
    facts = dict(text.example()) | {"target": name, "notes": [f"Column '{name}' is left out."]}
    (run / "summary.json").write_text(json.dumps(facts))
    found = Finding("constant-column", "note", f"Column '{name}' is constant.", {}, "Why.", "Do.")
    (run / "findings.json").write_text(json.dumps({"findings": [found.to_json()], "of_training": True}))
    flowers.with_columns(pl.lit(name).alias("size")).write_parquet("new.parquet")
    cli.status(words.split())
    out, err = capfd.readouterr()
    assert not {"\x1b", "\x07", "\x9b"} & set(out + err)
    assert r"\x1b]0;owned\x07\x9b31m" in (out + err).replace("\n", "")


def test_a_path_that_the_system_refuses_is_one_sentence(
    run: Path, flowers: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers.write_csv("new.csv")
    long = "x" * 5_000
    for words in (
        ["predict", long, "new.csv"],
        ["show", long],
        ["predict", str(run), long],
        ["report", long],
    ):
        assert cli.status(words) in (1, 2)
        said = capsys.readouterr().err
        assert said.startswith("Error: ") and said.count("\n") == 1 and len(said) < 400


def test_a_warning_is_one_line_and_filters_stay(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def page(*_: object, **__: object) -> str:
        warnings.warn("Mind the gap.", stacklevel=2)
        return ""

    monkeypatch.setattr(text, "page", page)
    warnings.simplefilter("always")
    before, shown = list(warnings.filters), warnings.showwarning
    assert cli.status(["show", str(run)]) == 0
    assert capsys.readouterr().err == "Warning: Mind the gap.\n"
    assert (warnings.filters, warnings.showwarning) == (before, shown)


@pytest.mark.parametrize("command", ["show", "diagnose", "report", "resume"])
def test_a_folder_that_may_not_be_entered_is_said(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    Path("run").mkdir()
    monkeypatch.setattr(Path, "is_file", refused)
    monkeypatch.setattr(Path, "exists", refused)
    assert cli.status([command, "run"]) == 1
    assert re.search(r"Error: run/\S+ may not be reached: permission denied", capsys.readouterr().err)
