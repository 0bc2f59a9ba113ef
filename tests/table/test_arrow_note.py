"""Dictionaries of numbers in Parquet files."""

import base64

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from honed.table.arrow_note import dictionaries
from honed.table.read import read

TABLE = pa.table(
    {
        "plain": [1, 2, 3],
        "whole": pa.array([7, 8, 7]).dictionary_encode(),
        "größe": pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array([1.5, 2.5]), ordered=True),
        "text": pa.array(["a", "b", "a"]).dictionary_encode(),
        "list": [[1], [2], [3]],
    }
)
NOTE = base64.b64encode(TABLE.schema.serialize()).decode()


def test_dictionaries_of_arrow_are_found_in_the_schema_it_leaves():
    assert dictionaries(NOTE) == ["whole", "größe", "text"]
    assert dictionaries(base64.b64encode(base64.b64decode(NOTE)[4:]).decode()) == ["whole", "größe", "text"]
    assert dictionaries(base64.b64encode(TABLE.select(["plain"]).schema.serialize()).decode()) == []


def test_a_dictionary_of_numbers_in_a_parquet_file_is_a_category(tmp_path):
    pq.write_table(TABLE, tmp_path / "t.parquet")
    frame = read(tmp_path / "t.parquet").frame
    assert [frame[name].dtype for name in ("plain", "whole", "größe", "text")] == [
        pl.Int64,
        pl.Categorical,
        pl.Categorical,
        pl.Categorical,
    ]
    assert frame["größe"].to_list() == ["1.5", "2.5", None]


@pytest.mark.parametrize("note", ["", "?", "é", "AAAA", NOTE[:40], NOTE[:200], NOTE[9:]])
def test_a_damaged_note_tells_nothing(note):
    assert dictionaries(note) == []


def test_no_damage_of_a_note_is_an_error():
    rng = np.random.default_rng(0)
    data = np.frombuffer(base64.b64decode(NOTE), np.uint8)
    for _ in range(300):
        broken = data.copy()
        broken[rng.integers(0, len(data), 3)] = rng.integers(0, 256, 3)
        assert len(dictionaries(base64.b64encode(broken.tobytes()).decode())) <= 5
