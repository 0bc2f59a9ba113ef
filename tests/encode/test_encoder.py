"""Tables to arrays."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honed.encode import categorical, encoder, numeric
from honed.encode.encoder import Encoder, Inputs, fit
from honed.errors import InputError
from honed.table import few
from honed.table.columns import infer
from honed.table.read import Table
from honed.typed import Misfit

ROWS = 60
FRAME = pl.DataFrame(
    {
        "size": [None if row % 10 == 9 else str(row % 7 * 1.5) for row in range(ROWS)],
        "age": [str(row % 30) for row in range(ROWS)],
        "sold": [["no", "yes", None][row % 3] for row in range(ROWS)],
        "flag": [str(row % 2) for row in range(ROWS)],
        "colour": [["red", "green", "blue", "NA"][row % 4] for row in range(ROWS)],
        "town": [f"town {row % 15}" for row in range(ROWS)],
        "same": ["x"] * ROWS,
        "price": [str(row * 1.25) for row in range(ROWS)],
    }
)
TABLE = Table(FRAME, "t.csv", "")
SCHEMA = infer(TABLE, "price")


def trained(rows=None) -> Encoder:
    return fit(TABLE, SCHEMA, np.arange(ROWS) if rows is None else np.asarray(rows))


def same(one, other) -> None:
    np.testing.assert_array_equal(one.numeric, other.numeric)
    np.testing.assert_array_equal(one.codes, other.codes)


def test_widths_come_from_the_schema():
    assert trained().inputs == Inputs(continuous=2, flags=4, onehot=(6,), embedded=(17,))


@given(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=20, unique=True))
def test_every_subset_of_rows_gives_the_same_widths(rows):
    encoder = trained(rows)
    encoded = encoder.encode(FRAME)
    assert encoder.inputs == trained().inputs
    assert encoded.numeric.shape == (ROWS, 6)
    assert encoded.codes.shape == (ROWS, 2)
    assert encoded.numeric.dtype == np.float32
    assert encoded.codes.dtype == np.int32
    assert np.isfinite(encoded.numeric).all()
    assert (encoded.codes < [6, 17]).all()
    assert (encoded.codes >= 0).all()


def test_flags_and_indicators_are_where_they_are_said():
    numeric = trained().encode(FRAME).numeric
    np.testing.assert_array_equal(numeric[:3, 2], [-1, 1, 0])  # sold: no, yes, missing
    np.testing.assert_array_equal(numeric[:2, 3], [-1, 1])  # flag: 0, 1
    np.testing.assert_array_equal(np.flatnonzero(numeric[:, 4]), np.arange(9, ROWS, 10))  # size is missing
    np.testing.assert_array_equal(np.flatnonzero(numeric[:, 5]), np.arange(2, ROWS, 3))  # sold is missing
    assert (numeric[9::10, 0] == 0).all()


def test_unseen_category_uses_the_rare_code():
    rows = np.flatnonzero((FRAME["colour"] != "NA").to_numpy())
    codes = trained(rows).encode(FRAME).codes[:, 0]
    assert set(codes[FRAME["colour"].to_numpy() == "NA"]) == {1}
    assert 1 not in codes[rows]


def test_only_training_rows_teach():
    changed = FRAME.with_columns(age=pl.when(pl.int_range(ROWS) < 30).then("age").otherwise(pl.lit("9999")))
    rows = np.arange(30)
    one = trained(rows)
    other = fit(Table(changed, "t.csv", ""), SCHEMA, rows)
    assert one.to_json() == other.to_json()


def test_order_of_columns_and_other_columns_do_not_matter():
    shuffled = FRAME.select(reversed(FRAME.columns)).with_columns(extra=pl.lit("?")).drop("price", "same")
    same(trained().encode(FRAME), trained().encode(shuffled))


def test_typed_and_text_cells_encode_alike():
    typed = FRAME.with_columns(
        pl.col("size", "age").cast(pl.Float64), pl.col("flag") == "1", pl.col("town").cast(pl.Categorical)
    )
    same(trained().encode(FRAME), trained().encode(typed))


def test_a_cell_alone_is_missing_where_it_is_among_many():
    for word in ("", " ", "\xa0", "\u2007", "\x1c", "\ufeff", "nan", " -NaN ", "+-nan", "nan a", "1", None):
        alone, many = (pl.Series([word] * rows, dtype=pl.String) for rows in (1, few.MOST + 1))
        assert encoder._is_missing(alone)[0] == encoder._is_missing(many)[0], word


def test_a_long_table_is_encoded_as_its_parts():
    times = 2_000
    long = pl.concat([FRAME] * times)
    learned = fit(Table(long, "t.csv", ""), SCHEMA, np.arange(long.height))
    assert learned.names == trained().names
    once, found = learned.encode(FRAME), learned.encode(long)
    np.testing.assert_array_equal(found.numeric, np.tile(once.numeric, (times, 1)))
    np.testing.assert_array_equal(found.codes, np.tile(once.codes, (times, 1)))


def test_row_is_encoded_alone_as_among_others():
    whole = trained().encode(FRAME)
    for row in range(0, ROWS, 7):
        alone = trained().encode(FRAME[row : row + 1])
        np.testing.assert_array_equal(alone.numeric[0], whole.numeric[row])
        np.testing.assert_array_equal(alone.codes[0], whole.codes[row])


def test_encoder_survives_json_exactly():
    encoder = trained()
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again.inputs == encoder.inputs
    same(encoder.encode(FRAME), again.encode(FRAME))
    assert Inputs.from_json(json.loads(json.dumps(encoder.inputs.to_json()))) == encoder.inputs


def test_missing_column_is_named():
    with pytest.raises(
        InputError, match=r"no column 'age', and the network was trained with it.*Did you mean 'agee'"
    ):
        trained().encode(FRAME.rename({"age": "agee"}))
    first, second = trained().names[:2]
    with pytest.raises(
        InputError, match=f"lacks 2 columns .* trained with: '{first}', '{second}'. Add them; their"
    ):
        trained().encode(FRAME.drop(first, second))


@pytest.mark.parametrize(("column", "cell"), [("age", "old"), ("flag", "maybe")])
def test_text_in_a_column_of_numbers_is_named_with_its_row(column, cell):
    frame = FRAME.with_columns(pl.Series(column, [*FRAME[column][:4], cell, *FRAME[column][5:]]))
    with pytest.raises(InputError, match=f"Column '{column}', row 5: '{cell}' is not a number"):
        trained().encode(frame)


def test_infinite_value_is_named_with_its_row():
    frame = FRAME.with_columns(pl.Series("age", [float("inf"), *range(ROWS - 1)]))
    with pytest.raises(InputError, match="Column 'age', row 1: 'inf' is infinite"):
        trained().encode(frame)


def test_empty_column_of_no_type_counts_as_missing():
    encoded = trained().encode(
        FRAME.with_columns(pl.lit(None).alias(name) for name in ("size", "sold", "town"))
    )
    assert (encoded.numeric[:, [4, 5]] == 1).all()
    assert (encoded.codes[:, 1] == 0).all()


def test_no_rows_give_no_rows():
    assert trained().encode(FRAME[:0]).numeric.shape == (0, 6)


def test_codes_that_one_float_would_merge_have_a_place_each():
    table = Table(
        pl.DataFrame({"c": ["1", "01", "02"] * 20, "b": ["7", "007"] * 30, "y": ["1", "2", "3"] * 20}), "", ""
    )
    encoded = fit(table, infer(table, "y"), np.arange(60)).encode(table.frame)
    assert [len(set(column)) for column in (*encoded.codes.T, *encoded.numeric.T)] == [3, 2]


def test_levels_in_order_are_a_number_beside_their_codes():
    order = ["blue", "red", "white", "green"]
    schema = infer(
        TABLE, "price", schema={"columns": [{"name": "colour", "order": order, "missing": ["NA"]}]}
    )
    frame = schema.read(FRAME)
    plain, ordered = (
        fit(TABLE, SCHEMA, np.arange(ROWS)),
        fit(Table(frame, "t.csv", ""), schema, np.arange(ROWS)),
    )
    assert ordered.inputs == plain.inputs._replace(continuous=3, onehot=(5,))
    encoded = ordered.encode(frame)
    place = {"blue": 0.0, "red": 1.0, "green": 3.0}
    values = [[place.get(cell, np.nan)] for cell in FRAME["colour"]]
    expected = numeric.fit([*np.array(values).T]).apply(np.array(values))
    np.testing.assert_array_equal(encoded.numeric[:, 2:3], expected)
    assert (expected[FRAME["colour"].to_numpy() == "NA"] == 0).all()
    np.testing.assert_array_equal(
        np.delete(encoded.numeric, 2, axis=1), plain.encode(FRAME).numeric
    )  # all others stay as they are
    same(Encoder.from_json(json.loads(json.dumps(ordered.to_json()))).encode(frame), encoded)


def test_a_level_that_training_did_not_hold_has_its_place_and_an_unknown_word_none():
    schema = infer(
        TABLE, "price", schema={"columns": [{"name": "colour", "order": ["NA", "red", "green", "blue"]}]}
    )
    red_or_blue = np.flatnonzero(FRAME["colour"].is_in(["red", "blue"]).to_numpy())
    encoder = fit(TABLE, schema, red_or_blue, scaling="standard")
    new = FRAME[:4].with_columns(colour=pl.Series(["RED", "green", "blue", "mauve"]))
    encoded = encoder.encode(new)
    low, between, high, unknown = encoded.numeric[:, 2]
    assert low < between < high
    assert between == pytest.approx((low + high) / 2, abs=1e-6)
    assert unknown == 0
    assert encoded.codes[1, 0] == encoded.codes[3, 0] == categorical.RARE


def test_an_order_of_other_columns_is_a_misfit():
    value = trained().to_json() | {"ordered": [{"name": "size", "order": ["a", "b"]}]}
    with pytest.raises(Misfit, match="ordered names other columns"):
        Encoder.from_json(value)
