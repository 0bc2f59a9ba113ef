"""Tables of every kind as inputs, what is left out of them, and saving."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import warnings
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from messy_tables import by_the_clock
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import GridSearchCV
from small_estimators import SMALL, arrays, arrow, mixed

import honed
from honed import NetworkClassifier, NetworkRegressor, TunedRegressor, predictions
from honed.errors import DataWarning, RunError
from honed.run import disk
from honed.table.read import read


def test_inputs_of_any_type_are_used_or_left_out_with_the_reason() -> None:
    rows = range(40)
    X = pd.DataFrame(
        {
            "bin": pd.cut(pd.Series([row % 10 for row in rows]), 4),
            "wait": pd.to_timedelta([row % 7 for row in rows], unit="h"),
            "month": pd.period_range("2020", periods=40, freq="M"),
            "price": [Decimal(row % 9) / 4 for row in rows],
            "clock": [time(row % 24) for row in rows],
            "x": [row / 3 for row in rows],
        }
    )
    network = NetworkRegressor(**{**SMALL, "epochs": 1}).fit(X, np.arange(40.0))
    kinds = {column.name: column.kind for column in network.model_.schema.columns}
    assert kinds == {
        "bin": "categorical",
        "wait": "numeric",
        "month": "date",
        "price": "numeric",
        "clock": "date",
        "x": "numeric",
    }
    expected = network.predict(X)
    np.testing.assert_array_equal(network.predict(X.iloc[::-1]), expected[::-1])
    typed = pl.DataFrame(
        {"wait": pl.Series([timedelta(hours=row % 7) for row in rows], dtype=pl.Duration("ns"))}
    )
    told = pl.DataFrame(pl.from_pandas(X[["price", "clock", "x"]])).with_columns(
        typed["wait"],
        bin=pl.Series([str(cell) for cell in X["bin"]]),
        month=pl.Series([str(month) for month in X["month"]]),
    )
    np.testing.assert_array_equal(network.predict(told.select(X.columns)), expected)


def test_the_hour_of_a_date_is_learned_and_texts_say_the_same() -> None:
    table = pd.DataFrame(by_the_clock()).astype({"x": float, "y": float})
    typed = table.assign(when=pd.to_datetime(table["when"]))
    settings: dict[str, Any] = {**SMALL, "epochs": 40, "learning_rate": 0.02}
    network = NetworkRegressor(**settings).fit(typed[["when", "x"]], typed["y"])
    assert network.score(typed[["when", "x"]], typed["y"]) > 0.8
    np.testing.assert_array_equal(
        network.predict(table[["when", "x"]]), network.predict(typed[["when", "x"]])
    )
    with pytest.raises(ValueError, match="Column 'when', row 1: 'soon' is no date"):
        network.predict(pd.DataFrame({"when": ["soon"], "x": [0.0]}))


@pytest.mark.parametrize("index", ["dates", "months", "two levels"])
def test_dates_in_an_index_are_told(index: str) -> None:
    X = pd.DataFrame(
        {"x": np.arange(40) / 3, "when": pd.date_range("2020", periods=40), "shop": ["a", "b"] * 20}
    )
    X["month"] = pd.period_range("2020", periods=40, freq="M")
    X = X.set_index({"dates": "when", "months": "month", "two levels": ["shop", "when"]}[index])
    network = NetworkRegressor(**{**SMALL, "epochs": 1})
    with pytest.warns(DataWarning, match=r"dates in its index, which is no column.*X\.reset_index\(\)"):
        network.fit(X, np.arange(40.0))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "X has dates in its index")
        network.fit(X.reset_index(), np.arange(40.0))


def test_clocks_that_are_whole_numbers_are_read_alike_from_frames_and_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    at, x = rng.integers(0, 24, 400) * 100 + rng.integers(0, 60, 400), rng.normal(size=400)
    frame = pl.DataFrame({"dep_time": at, "x": x})
    network = NetworkRegressor(**SMALL).fit(frame, np.sin(at / 400) + x)
    network.save(tmp_path / "model")
    model = honed.load(tmp_path / "model")
    assert model.schema.columns[0].kind == "date"
    frame[:9].write_csv(tmp_path / "new.csv")
    from_file = predictions.predict(model, read(tmp_path / "new.csv"))["prediction"].to_numpy()
    small = frame[:9].with_columns(pl.col("dep_time").cast(pl.Int16))
    real = frame[:9].with_columns(pl.col("dep_time").cast(pl.Float64))
    for X in (frame[:9], small, real, frame[:9].to_pandas()):
        np.testing.assert_array_equal(model.predict(X), from_file)
        np.testing.assert_array_equal(network.predict(X), from_file)


def test_objects_that_are_no_numbers_in_an_array_are_named() -> None:
    X = np.array([[timedelta(row), row] for row in range(12)], dtype=object)
    with pytest.raises(ValueError, match=r"X holds datetime.timedelta.*an array must hold numbers"):
        NetworkRegressor(**SMALL).fit(X, np.arange(12.0))


def test_words_in_an_array_are_named_and_texts_of_numbers_are_numbers() -> None:
    X = np.array([[f"{row}.5", row] for row in range(12)], dtype=object)
    NetworkRegressor(**SMALL).fit(X, np.arange(12.0))
    X[7, 0] = "W07"
    with pytest.raises(honed.InputError, match=r"X holds 'W07'.*of type str.*Give a data frame for words"):
        NetworkRegressor(**SMALL).fit(X, np.arange(12.0))


@pytest.mark.parametrize(
    "convert", [lambda frame: frame, pl.from_pandas, arrow], ids=["pandas", "polars", "arrow"]
)
def test_tables_need_no_preparation(convert) -> None:
    frame, target = mixed()
    model = NetworkRegressor(**SMALL).fit(convert(frame), target)
    assert model.score(convert(frame), target) > 0.6
    assert model.n_features_in_ == 3


def test_all_kinds_of_frame_give_the_same_predictions() -> None:
    frame, target = mixed()
    model = NetworkRegressor(**SMALL).fit(frame, target)
    expected = model.predict(frame)
    np.testing.assert_array_equal(model.predict(pl.from_pandas(frame)), expected)
    np.testing.assert_array_equal(model.predict(arrow(frame)), expected)


def shops(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Shops by number, each with a level of its own, and a number that tells nothing."""
    rng = np.random.default_rng(1)
    shop, noise = rng.integers(0, 20, rows), rng.normal(size=rows)
    return np.column_stack([noise, shop]), rng.normal(size=20)[shop]


@pytest.mark.parametrize("kind", [float, int, object])
def test_a_column_of_an_array_is_declared_categorical_by_its_position(kind) -> None:
    X, y = shops()
    X = X.round().astype(kind)
    model = NetworkRegressor(**SMALL, categorical=[1]).fit(X, y)
    assert [column.kind for column in model.model_.schema.columns] == ["numeric", "categorical"]
    assert model.score(X, y) > 0.9 > NetworkRegressor(**SMALL).fit(X, y).score(X, y)


def test_masked_cells_are_missing_in_training_and_prediction(tmp_path: Path) -> None:
    X, y = arrays(load_diabetes)
    mask = np.random.default_rng(0).random(X.shape) < 0.2
    gaps = np.where(mask, np.nan, X)
    masked = np.ma.masked_array(np.where(mask, 1e6, X), mask)
    settings: dict[str, Any] = SMALL | {"epochs": 2}
    model, other = NetworkRegressor(**settings).fit(masked, y), NetworkRegressor(**settings).fit(gaps, y)
    model.save(tmp_path / "model")
    for each in (model, model.model_, honed.load(tmp_path / "model")):
        np.testing.assert_array_equal(each.predict(masked), other.predict(gaps))
    frame = NetworkRegressor(**settings).fit(pd.DataFrame(gaps), y)
    np.testing.assert_array_equal(frame.predict(masked), frame.predict(gaps))
    with pytest.raises(ValueError, match="sample_weight contains NaN"):
        model.fit(X, y, sample_weight=np.ma.masked_array(np.ones(len(y)), mask[:, 0]))


def test_columns_of_a_frame_are_declared_by_name() -> None:
    X, y = shops()
    frame = pd.DataFrame(X, columns=["noise", "shop"])
    declared: dict[str, Any] = {"categorical": ["shop"], "numeric": ["noise"]}
    model = TunedRegressor(trials=1, n_jobs=1, nested=0, random_state=0, **declared)
    kinds = [column.kind for column in model.fit(frame, y).model_.schema.columns]
    assert kinds == ["numeric", "categorical"]


def test_columns_are_left_out_and_emptied_as_said_in_training_and_prediction(tmp_path: Path) -> None:
    X, y = shops(100)
    X[::9, 0] = -999
    as_nan = np.where(X == -999, np.nan, X)
    said = {"target": {"name": "other"}, "columns": [{"name": "x1", "kind": "categorical"}]}
    settings: dict[str, Any] = SMALL | {"epochs": 2}
    model = NetworkRegressor(**settings, missing=[-999.0], schema=said).fit(X, y)
    other = NetworkRegressor(**settings, categorical=[1]).fit(as_nan, y)
    np.testing.assert_array_equal(model.predict(X), other.predict(as_nan))
    path = tmp_path / "columns.json"
    path.write_text(json.dumps({"columns": [{"name": "x0", "kind": "excluded"}]}))
    left_out: list[dict[str, Any]] = [{"exclude": [0]}, {"schema": path}, {"schema": str(path)}]
    for words in left_out:
        model = NetworkRegressor(**settings, **words).fit(X, y)
        assert [column.kind for column in model.model_.schema.columns] == ["excluded", "numeric"]
        shuffled = np.column_stack([X[::-1, 0], X[:, 1]])
        for each in (model, pickle.loads(pickle.dumps(model)), model.model_):
            np.testing.assert_array_equal(each.predict(shuffled), model.predict(X))


def test_words_that_are_taken_as_empty_are_told_unless_they_were_said() -> None:
    frame = pd.DataFrame({"x": ["1.5", "NA", "2.5", "3.7"] * 15, "z": [*range(6)] * 10})
    settings: dict[str, Any] = SMALL | {"epochs": 1}
    with pytest.warns(
        DataWarning, match=r"In 1 column words stand.*'x': 15 cells 'NA' were.*missing=\['NA'\]"
    ):
        NetworkRegressor(**settings).fit(frame, np.arange(60.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        NetworkRegressor(**settings, missing=["NA"]).fit(frame, np.arange(60.0))
        schema = {"columns": [{"name": "x", "missing": ["NA"]}]}
        NetworkRegressor(**settings, schema=schema).fit(frame, np.arange(60.0))


def test_words_for_missing_are_not_asked_of_the_target() -> None:
    X, y = shops(60)
    labels = np.where(y > 0, 1, 0)
    settings: dict[str, Any] = SMALL | {"epochs": 1}
    with pytest.warns(DataWarning, match="no cell"):
        model = NetworkClassifier(**settings, missing=["gone", 0.123]).fit(X, labels)
    assert model.model_.schema.rows == 60
    assert NetworkClassifier(**settings, missing=[0]).fit(X, labels).classes_.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"categorical": "shop"}, r"must be a list of columns, such as \['shop'\]"),
        ({"categorical": ["shp"]}, "names the column 'shp', which X does not have.*Did you mean 'shop'"),
        ({"numeric": [1]}, r"numeric names the column 1, which X does not have; it has [^.]*\.$"),
        ({"numeric": ["shop"], "categorical": ["shop"]}, "both categorical and numeric"),
        ({"exclude": ["shp"]}, "exclude names the column 'shp', which X does not have.*Did you mean 'shop'"),
        ({"exclude": ["shop"], "categorical": ["shop"]}, "both excluded and declared categorical"),
        ({"missing": "gone"}, r"must be a list of words and numbers, such as \['gone'\]"),
        ({"missing": [None]}, "None is said to mean a missing cell"),
        ({"schema": {"columns": [{"name": "shp"}]}}, "names the column 'shp'.*Did you mean 'shop'"),
        ({"schema": "nowhere.json"}, "'nowhere.json' cannot be read"),
    ],
)
def test_declarations_that_cannot_be_are_refused(words, message) -> None:
    X, y = shops(40)
    frame = pd.DataFrame(X, columns=["noise", "shop"])
    with pytest.raises(honed.InputError, match=message):
        NetworkRegressor(**SMALL, **words).fit(frame, y)


def test_an_index_that_was_saved_as_a_column_is_no_input() -> None:
    frame, target = mixed()
    some = np.random.default_rng(0).permutation(len(frame))[:150]
    train = frame.iloc[some].reset_index().rename(columns={"index": "Unnamed: 0", "size": " size"})
    model = NetworkRegressor(**SMALL).fit(train, target[some])
    model_of = model.model_
    assert [column.name for column in model_of.schema.columns if not column.used] == ["Unnamed: 0"]
    np.testing.assert_array_equal(model_of.predict(frame.iloc[some]), model.predict(train))


@pytest.mark.parametrize("shops", [8, 30])
def test_an_unseen_category_is_predicted_near_the_mean(shops: int) -> None:
    """Also where training rows held every level often, so that none of them was rare or missing."""
    rng = np.random.default_rng(0)
    shop, y = np.arange(600) % shops, rng.normal(10, 1, shops)[np.arange(600) % shops]
    frame = pd.DataFrame({"shop": [f"s{number}" for number in shop], "noise": rng.normal(size=600)})
    model = NetworkRegressor(**SMALL).fit(frame, y)
    assert model.score(frame, y) > 0.95
    for cell in ("new", None):
        strange = frame.assign(shop=pd.Series([cell] * 600, dtype=object))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert abs(model.predict(strange).mean() - y.mean()) < 0.35 * y.std()


def test_warnings_of_unseen_cells_name_the_callers_line() -> None:
    frame, target = mixed()
    settings: dict[str, Any] = SMALL | {"epochs": 1}
    classifier = NetworkClassifier(**settings).fit(frame, target > 1)
    values = NetworkRegressor(**settings, loss="quantile", quantiles=(0.1, 0.5, 0.9)).fit(frame, target)
    new = frame.assign(kind="yew")
    for ask in (
        lambda: classifier.predict(new),
        lambda: classifier.predict_proba(new),
        lambda: classifier.model_.predict(new),
        lambda: classifier.model_.predict_proba(new),
        lambda: values.predict(new),
        lambda: values.predict_quantiles(new),
        lambda: values.model_.predict(new),
        lambda: values.model_.predict_quantiles(new),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DataWarning)
            ask()
        (said,) = [each for each in caught if "are unseen in training" in str(each.message)]
        assert (said.filename, said.lineno) == (__file__, ask.__code__.co_firstlineno)


def test_a_position_beyond_the_array_is_refused() -> None:
    X, y = shops(40)
    with pytest.raises(
        honed.InputError, match="names the column 2, which X does not have; it has positions 0 to 1"
    ):
        NetworkRegressor(**SMALL, categorical=[2]).fit(X, y)


@pytest.mark.parametrize("kind", [NetworkRegressor, NetworkClassifier])
def test_an_array_after_a_frame_goes_by_position_with_a_warning(kind) -> None:
    frame, target = mixed()
    frame["shop"] = pd.Categorical(np.arange(len(frame)) % 5)
    y = target if kind is NetworkRegressor else target > 1
    model = kind(**SMALL).fit(frame, y)
    names = "predict" if kind is NetworkRegressor else "predict_proba"
    for array in (frame.to_numpy(), frame.to_numpy().tolist(), frame.astype(object).to_numpy()):
        for name in {"predict", names}:
            with pytest.warns(UserWarning, match="X does not have valid feature names"):
                said = getattr(model, name)(array)
            np.testing.assert_array_equal(said, getattr(model, name)(frame))
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="X has 3 features, but"):
        model.predict(frame.to_numpy()[:, :3])


def test_a_float_array_after_a_frame_of_numbers_goes_by_position() -> None:
    X, y = arrays(load_diabetes)
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
    model = TunedRegressor(trials=1, n_jobs=1, nested=0, random_state=0).fit(frame, y)
    with pytest.warns(UserWarning, match="valid feature names"):
        np.testing.assert_array_equal(model.predict(X[:, :3]), model.predict(frame))


def test_a_frame_after_an_array_goes_by_position_with_a_warning() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**{**SMALL, "epochs": 5}).fit(X, y)
    frame = pd.DataFrame(X, columns=[*"abcdefghij"])
    with pytest.warns(UserWarning, match="X has feature names, but"):
        np.testing.assert_array_equal(model.predict(frame), model.predict(X))
    np.testing.assert_array_equal(model.predict(pd.DataFrame(X)), model.predict(X))


def test_saved_model_is_loaded_by_honed(tmp_path: Path) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**SMALL).fit(X, y)
    model.save(tmp_path / "model")
    names = [column.name for column in model.model_.schema.columns]
    frame = pl.DataFrame(X, schema=names)
    np.testing.assert_array_equal(honed.load(tmp_path / "model").values(frame), model.predict(X))


def test_a_search_over_numpys_values_can_be_saved(tmp_path: Path) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    grid = {
        "width": np.arange(8, 9),
        "learning_rate": np.logspace(-3, -2, 2),
        "residual": [np.bool_(False)],
    }
    search = GridSearchCV(NetworkClassifier(**{**SMALL, "epochs": 2}), grid, cv=2).fit(X[:80], y[:80])
    best = search.best_estimator_
    assert best.get_params()["width"] is search.best_params_["width"]  # as scikit-learn wants, what was given
    best.save(tmp_path / "model")
    document = json.loads((tmp_path / "model" / "model.json").read_text())
    assert document["members"][0]["network"]["width"] == int(search.best_params_["width"])


def test_a_save_that_fails_leaves_nothing_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**{**SMALL, "epochs": 1}).fit(X[:50], y[:50])
    write = disk.write_file

    def full(path: Path, data: bytes) -> None:
        if path.name == "model.json":
            raise RunError("the disk is full")
        write(path, data)

    (tmp_path / "empty").mkdir()
    for folder in ("new", "empty"):
        with monkeypatch.context() as patched:
            patched.setattr(disk, "write_file", full)
            with pytest.raises(RunError, match="the disk is full"):
                model.save(tmp_path / folder)
        assert [path.name for path in tmp_path.rglob("*")] == ["empty"]
        model.save(tmp_path / folder)
        shutil.rmtree(tmp_path / folder)
        (tmp_path / "empty").mkdir(exist_ok=True)


def test_a_save_that_fails_leaves_what_others_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**{**SMALL, "epochs": 1}).fit(X[:50], y[:50])
    write = disk.write_file

    def crowded(path: Path, data: bytes) -> None:
        if path.name == "model.json":
            raise RunError("the disk is full")
        write(path, data)
        (path.parent / "theirs").mkdir()
        (path.parent / "theirs.txt").write_text("kept")

    monkeypatch.setattr(disk, "write_file", crowded)
    with pytest.raises(RunError, match="the disk is full"):
        model.save(tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"theirs", "theirs.txt"}


def test_a_save_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**{**SMALL, "epochs": 1}).fit(X[:50], y[:50])
    (tmp_path / "model").write_text("mine")
    with pytest.raises(ValueError, match="is a file"):
        model.save(tmp_path / "model")
    assert (tmp_path / "model").read_text() == "mine"


@pytest.mark.parametrize("kind", [NetworkRegressor, TunedRegressor])
def test_columns_that_are_left_out_are_named_once(kind: Any) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    X = pd.DataFrame(
        {
            "x": x,
            "when": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 90, 200), "D"),  # no order of rows
            "parts": [[number, 2] for number in range(200)],
            "customer": [f"c{number:04d}x" for number in range(200)],
            "title": [f"{number % 7} of {number}" for number in range(200)],
            "same": 1,
            "Unnamed: 0": np.arange(200),
        }
    )
    settings: dict[str, Any] = (
        SMALL | {"epochs": 2} if kind is NetworkRegressor else {"trials": 1, "n_jobs": 1, "nested": 0}
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kind(**settings).fit(X, x)
    said = [each for each in caught if each.category is DataWarning]
    assert [each.filename for each in said] == [__file__]
    assert re.search(
        r"^3 columns of 7 are left out: 'parts' \(.*\), 'customer' \(nearly every row.*To use the words of one, "
        r"declare it: texts=\['title'\]; to use another, give it as numbers or as a few categories; else drop",
        str(said[0].message),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        kind(**settings).fit(X[["x", "when", "same", "Unnamed: 0"]], x)


def test_advice_on_columns_is_what_helps_in_python() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"x": rng.normal(size=60), "user_id": rng.permutation(60) + 1000, "v": ["0.1", "0.10"] * 30}
    )
    settings: dict[str, Any] = SMALL | {"epochs": 1}
    with pytest.warns(DataWarning) as caught:
        NetworkRegressor(**settings).fit(X, X["x"])
    assert {each.filename for each in caught} == {__file__}
    said = " ".join(str(each.message) for each in caught)
    assert re.search(r"'user_id' .*\. To use .*: numeric=\['user_id'\]; else drop it from X\.", said)
    assert re.search(r"'0\.1' and '0\.10' .*declare the column \(categorical=\['v'\]\)", said)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        model = NetworkRegressor(**settings, numeric=["user_id"], categorical=["v"]).fit(X, X["x"])
    assert all(column.used for column in model.model_.schema.columns)


def test_rows_that_are_dicts_are_refused_in_a_short_sentence() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0) % 7, "b": np.arange(50.0) % 5})
    rows = frame.to_dict("records")
    settings: dict[str, Any] = SMALL | {"epochs": 1}
    model = NetworkRegressor(**settings).fit(frame, frame["a"])
    array = NetworkRegressor(**settings).fit(frame.to_numpy(), frame["a"])
    for ask in (model.predict, model.model_.predict, array.predict, lambda X: model.fit(X, frame["a"])):
        with pytest.raises(
            ValueError, match=r"X is a list of 50 rows that are dicts.*pandas\.DataFrame\(X\)"
        ):
            ask(rows)


def test_a_fit_that_fails_leaves_the_estimator_as_it_was() -> None:
    X = pl.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), schema=["a", "b"])
    model = NetworkRegressor(**SMALL).fit(X, X["a"].to_numpy())
    before = model.predict(X)
    with pytest.raises(ValueError):
        model.fit(X.select("b").rename({"b": "c"}), [float("nan")] * 60)
    assert list(model.feature_names_in_) == ["a", "b"]
    np.testing.assert_array_equal(model.predict(X), before)


def test_items_of_lists_are_learned_whatever_library_holds_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tags = [rng.choice(list("abcdefgh"), rng.integers(0, 4), replace=False).tolist() for _ in range(200)]
    x = rng.normal(size=200)
    y = np.array([2.0 * ("a" in own) - 3.0 * ("c" in own) for own in tags])
    table = pd.DataFrame({"tags": tags, "x": x})
    settings: dict[str, Any] = {**SMALL, "epochs": 40, "learning_rate": 0.02, "prediction_margin": np.inf}
    network = NetworkRegressor(**settings).fit(table[:150], y[:150])
    assert [column.kind for column in network.model_.schema.columns] == ["list", "numeric"]
    assert network.score(table[150:], y[150:]) > 0.9
    expected = network.predict(table)
    typed = pl.DataFrame({"tags": tags, "x": x})
    np.testing.assert_array_equal(network.predict(typed), expected)
    np.testing.assert_array_equal(network.predict(typed.to_arrow()), expected)
    as_texts = typed.with_columns(tags=pl.Series(map(str, tags)))
    np.testing.assert_array_equal(network.predict(as_texts), expected)
    network.save(tmp_path / "saved")
    np.testing.assert_array_equal(honed.load(tmp_path / "saved").predict(as_texts), expected)
    one_by_one = np.concatenate([network.predict(table[row : row + 1]) for row in range(3)])
    np.testing.assert_array_equal(one_by_one, expected[:3])
    with pytest.warns(DataWarning, match="1 of 1 cell holds an item, such as 'new', that is unseen"):
        network.predict(pd.DataFrame({"tags": [["new"]], "x": [0.0]}))


def test_a_table_of_one_column_of_texts_is_learned(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{place}" for place in range(60)]
    effects = dict(zip(words, rng.normal(size=60), strict=True))
    notes = [" ".join(rng.choice(words, rng.integers(5, 9))) for _ in range(300)]
    y = np.array([sum(effects[word] for word in note.split()) for note in notes])
    table = pd.DataFrame({"note": notes})
    settings: dict[str, Any] = {**SMALL, "epochs": 40, "learning_rate": 0.02, "prediction_margin": np.inf}
    network = NetworkRegressor(**settings).fit(table[:250], y[:250])
    assert [column.kind for column in network.model_.schema.columns] == ["words"]
    assert network.score(table[250:], y[250:]) > 0.5
    network.save(tmp_path / "saved")
    expected = network.predict(table)
    np.testing.assert_array_equal(
        honed.load(tmp_path / "saved").predict(pl.DataFrame({"note": notes})), expected
    )
    np.testing.assert_array_equal(network.predict(table[3:4]), expected[3:4])
