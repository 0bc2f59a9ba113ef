"""Ways to encode that change nothing are those whose encoder is the usual one."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from honed.encode import encoder
from honed.families.table import idle
from honed.families.table.family import TABLE
from honed.families.table.source import TableSource
from honed.search.options import Options
from honed.table.read import from_frame

DRAW = np.random.default_rng(0)
ROWS = 240
FEW, MANY = (np.array(list("abcdefghijklmnopqrst"))[DRAW.integers(0, count, ROWS)] for count in (4, 20))
ONE, OTHER, TIME = DRAW.normal(size=(3, ROWS))
Y = DRAW.normal(size=ROWS)


@pytest.mark.parametrize(
    ("columns", "changing"),
    [
        ({"one": ONE}, {"bins"}),
        ({"one": ONE, "other": OTHER}, {"bins", "pairs"}),
        ({"one": ONE, "few": FEW}, {"bins"}),
        ({"few": FEW, "own": FEW[::-1]}, {"crosses"}),
        ({"many": MANY, "one": ONE}, {"bins", "target"}),
        ({"many": MANY, "few": FEW, "one": ONE, "other": OTHER}, {"bins", "target", "pairs", "crosses"}),
        ({f"x{place}": DRAW.normal(size=ROWS) for place in range(60)}, {"bins", "pairs", "screened"}),
    ],
)
def test_what_is_idle_gives_the_inputs_of_the_usual_way(
    columns: dict[str, np.ndarray], changing: set[str]
) -> None:
    source = TableSource.of(from_frame(pl.DataFrame({**columns, "y": Y})), Options("data", "y"))
    found = idle.encodings(source.schema, ROWS)
    rows = np.arange(ROWS)
    usual = TABLE.learn(source, rows, "robust").encode(source.take(rows))
    for name in ("bins", "target", "pairs", "crosses", "screened"):
        own: encoder.Encoder = TABLE.learn(source, rows, name)
        encoded = own.encode(source.take(rows))
        is_same = all(np.array_equal(one, two) for one, two in zip(encoded, usual, strict=True))
        assert is_same is (name in found) is (name not in changing), name


def test_the_column_of_time_has_no_bins_and_is_in_no_pair() -> None:
    frame = pl.DataFrame({"when": OTHER, "one": ONE, "y": Y})
    for time, idle_ones in ((None, {"target", "crosses", "screened"}), ("when", {"pairs"})):
        source = TableSource.of(from_frame(frame), Options("data", "y", time=time))
        assert idle_ones <= idle.encodings(source.schema, ROWS).keys()
        assert ("pairs" in idle.encodings(source.schema, ROWS)) is (time is not None)
    source = TableSource.of(from_frame(frame.drop("one")), Options("data", "y", time="when"))
    assert "bins" in idle.encodings(source.schema, ROWS)


def test_a_target_of_many_classes_and_several_targets_leave_some_idle() -> None:
    many = np.array([f"class {code}" for code in DRAW.integers(0, 12, ROWS)])
    frame = pl.DataFrame({"many": MANY, "one": ONE, "other": OTHER, "y": many, "z": Y})
    only = TableSource.of(from_frame(frame), Options("data", "y", exclude=("z",)))
    assert "more than 10 classes" in idle.encodings(only.schema, ROWS)["target"]
    both = TableSource.of(from_frame(frame), Options("data", "y", further=("z",)))
    found = idle.encodings(both.schema, ROWS)
    assert "target" not in found and "of several targets" in found["screened"]
