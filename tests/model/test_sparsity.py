"""Zeros by column: planted noise columns are found, and a column of many values counts as one."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl

from honed import NetworkRegressor
from honed.encode import encoder as encoding
from honed.encode import target
from honed.model import Member
from honed.model.sparsity import zero_columns, zeros
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.table.columns import infer, target_rows, target_values
from honed.table.read import from_frame


def test_planted_noise_columns_are_those_named_zero() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 6)), columns=[*"abcdef"])
    y = 2 * X["b"] - X["e"] + 0.5 * X["b"] * X["e"] + 0.1 * rng.normal(size=400)
    settings = {"depth": 1, "width": 8, "learning_rate": 0.01, "epochs": 60, "random_state": 0}
    sparse = NetworkRegressor(l1=0.03, **settings).fit(X, y)
    assert sparse.zero_columns_ == ("a", "c", "d", "f")
    assert 4 / 6 * 48 / 56 <= sparse.zero_share_ < 1
    weights = [v for k, v in sparse.model_.members[0].params.items() if k.endswith("weight")]
    counted = sum((w == 0).sum() for w in weights) / sum(w.size for w in weights)
    assert sparse.zero_share_ == counted
    dense = NetworkRegressor(**settings).fit(X, y)
    assert (dense.zero_columns_, dense.zero_share_) == ((), 0)


def test_a_column_is_zero_when_all_of_its_values_are() -> None:
    rows = np.arange(120)
    frame = pl.DataFrame(
        {
            "size": [None if row % 7 == 0 else float(np.sin(row)) for row in rows],
            "colour": [("red", "green", "blue")[row % 3] for row in rows],
            "shop": [f"s{row % 30}" for row in rows],
            "open": rows % 4 == 0,
            "y": np.cos(rows),
        }
    )
    table = from_frame(frame)
    schema = infer(table, "y")
    learned = encoding.fit(table, schema, target_rows(table, schema))
    spec = NetworkSpec(hidden_sizes=(3,), numeric_embedding="periodic", embedding_size=5, category_size=2)
    params = mlp.initialize(spec, learned.inputs, 1, learned.encode(table.frame), 0)
    decoder = target.fit(target_values(table, schema, target_rows(table, schema)), "linear")
    inputs = learned.inputs
    assert inputs.flags == 2 and len(inputs.onehot) and len(inputs.embedded), "the table shows too little"
    places = {"size": [*range(5), 6], "open": [5]}
    first = 7
    for column, width in zip(learned.onehot, inputs.onehot, strict=True):
        places[column.name] = list(range(first, first + width))
        first += width
    places["shop"] = [first, first + 1]
    assert first + 2 == len(params["0.weight"])
    for name, own in places.items():
        weight = params["0.weight"].copy()
        weight[own] = 0
        member = Member(spec, 0, decoder, params | {"0.weight": weight}, 1.0)
        share, columns = zeros(member, learned)
        assert columns == (name,)
        assert share == len(own) * 3 / (weight.size + 3)
        weight[own[-1], 0] = 0.1
        assert zeros(Member(spec, 0, decoder, params | {"0.weight": weight}, 1.0), learned)[1] == ()


def test_the_targets_mean_counts_for_its_column() -> None:
    towns = [f"t{row % 30}" for row in range(90)]
    table = from_frame(pl.DataFrame({"town": towns, "x": np.sin(np.arange(90)), "y": np.cos(np.arange(90))}))
    schema, y = infer(table, "y"), np.cos(np.arange(90))
    learned = encoding.fit(table, schema, np.arange(90), y=y, by_target=True)
    spec = NetworkSpec(hidden_sizes=(3,), category_size=2)
    params = mlp.initialize(spec, learned.inputs, 1, learned.encode(table.frame), 0)
    weight = params["0.weight"].copy()
    assert len(weight) == 2 + 2
    weight[1:] = 0
    assert zero_columns(params | {"0.weight": weight}, spec, learned) == ("town",)
    weight[1] = 0.1
    assert zero_columns(params | {"0.weight": weight}, spec, learned) == ()


def test_a_pair_of_numbers_counts_for_both() -> None:
    rows = np.arange(90)
    table = from_frame(pl.DataFrame({"a": np.sin(rows), "b": np.sin(3 * rows), "y": np.cos(rows)}))
    learned = encoding.fit(table, infer(table, "y"), rows, y=np.cos(rows), in_pairs=True)
    spec = NetworkSpec(hidden_sizes=(3,))
    params = mlp.initialize(spec, learned.inputs, 1, learned.encode(table.frame), 0)
    weight = np.ones_like(params["0.weight"])
    assert len(weight) == 2 + 1
    for place, names in enumerate((("a",), ("b",), ("a", "b"))):
        some = np.where(np.arange(3)[:, None] == place, weight, 0)
        left = tuple(name for name in "ab" if name not in names)
        assert zero_columns(params | {"0.weight": some}, spec, learned) == left


def test_a_cross_counts_for_both_of_its_columns() -> None:
    rows = np.arange(90)
    words = {"a": [f"a{row % 3}" for row in rows], "b": [f"b{row % 5}" for row in rows]}
    table = from_frame(pl.DataFrame({**words, "x": np.sin(rows), "y": np.cos(rows)}))
    learned = encoding.fit(table, infer(table, "y"), rows, y=np.cos(rows), crossing=True)
    spec = NetworkSpec(hidden_sizes=(3,), category_size=2)
    params = mlp.initialize(spec, learned.inputs, 1, learned.encode(table.frame), 0)
    weight = np.zeros_like(params["0.weight"])
    assert len(weight) == 1 + 5 + 7 + 2 and learned.crosses[0].most == 5 * 7
    weight[-1] = 0.1
    assert zero_columns(params | {"0.weight": weight}, spec, learned) == ("x",)


def test_a_bin_counts_for_its_column() -> None:
    rows = np.arange(90)
    table = from_frame(pl.DataFrame({"a": np.sin(rows), "b": np.sin(3 * rows), "y": np.cos(rows)}))
    learned = encoding.fit(table, infer(table, "y"), rows, y=np.cos(rows), binning=True)
    spec = NetworkSpec(hidden_sizes=(3,), category_size=2)
    params = mlp.initialize(spec, learned.inputs, 1, learned.encode(table.frame), 0)
    weight = np.zeros_like(params["0.weight"])
    assert len(weight) == 2 + 2 * 2
    weight[-1] = 0.1
    assert zero_columns(params | {"0.weight": weight}, spec, learned) == ("a",)


def test_the_place_in_an_order_counts_beside_the_levels() -> None:
    sizes = [("s", "m", "l")[row % 3] for row in range(90)]
    table = from_frame(pl.DataFrame({"fit": sizes, "x": np.sin(np.arange(90)), "y": np.cos(np.arange(90))}))
    schema = infer(table, "y", schema={"columns": [{"name": "fit", "order": ["s", "m", "l"]}]})
    learned = encoding.fit(table, schema, target_rows(table, schema))
    spec = NetworkSpec(hidden_sizes=(3,))
    params = mlp.initialize(spec, learned.inputs, 1, learned.encode(table.frame), 0)
    decoder = target.fit(target_values(table, schema, target_rows(table, schema)), "linear")
    weight = params["0.weight"].copy()
    assert len(weight) == 2 + 5
    weight[1:] = 0
    assert zeros(Member(spec, 0, decoder, params | {"0.weight": weight}, 1.0), learned)[1] == ("fit",)
    weight[1] = 0.1
    assert zeros(Member(spec, 0, decoder, params | {"0.weight": weight}, 1.0), learned)[1] == ()


def test_the_difference_of_two_dates_counts_for_both() -> None:
    start = datetime(2020, 1, 1)
    frame = pl.DataFrame(
        {
            "made": [start + timedelta(days=row) for row in range(120)],
            "sold": [start + timedelta(days=row * 7 % 50) for row in range(120)],
            "x": np.sin(np.arange(120)),
            "y": np.cos(np.arange(120)),
        }
    )
    table = from_frame(frame)
    schema = infer(table, "y")
    learned = encoding.fit(table, schema, np.arange(120))
    spec = NetworkSpec(hidden_sizes=(3,))
    params = mlp.initialize(spec, learned.inputs, 1, learned.encode(table.frame), 0)
    first = np.ones_like(params["0.weight"])
    made, sold = (len(column.parts) for column in schema.columns[:2])
    difference, circles = 1 + made + sold, 2 + made + sold
    first[1 : 1 + made] = first[circles : circles + 2] = 0
    assert zero_columns(params | {"0.weight": first}, spec, learned) == ()
    first[difference] = 0
    assert zero_columns(params | {"0.weight": first}, spec, learned) == ("made",)
    first[1:] = 0
    assert zero_columns(params | {"0.weight": first}, spec, learned) == ("made", "sold")
