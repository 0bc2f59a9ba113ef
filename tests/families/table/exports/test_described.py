"""A schema and its encoders in the words of an exported script."""

from __future__ import annotations

from typing import cast

import exported_models
import numpy as np

from honed.encode.encoder import Encoder
from honed.families.exports.parts.cells import Number, Words
from honed.families.exports.parts.lists import Lists
from honed.families.exports.parts.moments import Moment
from honed.families.exports.parts.written import Written
from honed.families.table.exports import described

MODEL = exported_models.model(specs=exported_models.SPECS[:2])
ENCODERS = cast("tuple[Encoder, ...]", MODEL.encoders)


def test_each_column_is_read_as_the_schema_says() -> None:
    found = described.columns(MODEL.schema, ENCODERS)
    assert list(found) == [column.name for column in MODEL.schema.columns if column.used]
    assert found["count"] == Number(("?",))
    assert found["price"] == Written("$", is_grouped=True)
    assert found["weight"] == Written("kg", decimal="comma")
    assert (found["span"], found["took"]) == (Written(shape="range"), Written("minutes", shape="duration"))
    assert (found["day"], found["clock"]) == (Moment("%d.%m.%Y"), Moment("%H:%M"))
    assert (found["colour"], found["flag"]) == (Words(), Words(usual=True))
    assert (found["tags"], found["marks"]) == (Lists(), Lists("|"))


def test_an_encoder_keeps_its_scales_words_and_hashes() -> None:
    arrays: dict[str, np.ndarray] = {}
    own = described.encoder(ENCODERS[1], 1, arrays)
    assert [*own.numbers] == ["size", "count", "price", "weight", "span", "took"]
    assert own.numbers["size"] == (ENCODERS[1].scaling.center[0], ENCODERS[1].scaling.factor[0])
    assert own.ordered["grade"][0] == ("low", "mid", "high", "top")
    assert own.limit == 3.0
    assert (own.texts["note"].scores, len(own.texts["note"].words)) == (1, len(ENCODERS[1].texts[0].words))
    assert own.lists == {"tags": True, "marks": True}
    (tail,) = [column.tail for column in ENCODERS[1].embedded if column.tail]
    assert own.rare == {"name": tail.buckets}
    assert {name: value.tolist() for name, value in arrays.items() if name.startswith("rare")} == {
        "rare.1.3.hashes": list(tail.hashes),
        "rare.1.3.rows": list(tail.rows),
    }


def test_made_rows_have_cells_of_each_column_and_no_row_of_the_table() -> None:
    rows = described.made_rows(MODEL.schema, described.columns(MODEL.schema, ENCODERS))
    table = exported_models.frame().to_dicts()
    assert len(rows) == 3
    for row in rows:
        assert all(cell is None or any(cell == own[name] for own in table) for name, cell in row.items())
        assert not any(row.items() <= own.items() for own in table[1:])
    assert None in rows[2].values()
    assert described.made_frame(MODEL).height == 3
