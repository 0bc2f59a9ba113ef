"""What a network is compared with, on any table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.family import TableFamily
from honed.family import Rivals, find_family
from honed.run.spool import Spool
from honed.search import baselines


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool() as made:
        yield made


def fit(
    spool: Spool,
    codes: np.ndarray,
    y: np.ndarray,
    outputs: int,
    name: str = "boosting",
    numbers: np.ndarray | None = None,
) -> np.ndarray:
    rows = np.arange(len(y), dtype=np.int32)
    half = len(y) // 10
    parts: dict[str, Any] = {
        "train": rows[2 * half :],
        "valid": rows[half : 2 * half],
        "target/y/0": y,
        "rows/robust/codes": codes,
    }
    parts["rows/robust/numeric"] = np.zeros((len(y), 1), np.float32) if numbers is None else numbers
    for part, value in parts.items():
        spool.put(f"0/{part}", value)
    spool.put("outer", rows[:half])
    numeric = parts["rows/robust/numeric"].shape[1]
    inputs = Inputs(numeric, 0, (), (int(codes.max()) + 1,)).to_json()
    payload: Any = {
        "encoding": "robust",
        "fold": "0",
        "name": name,
        "seed": 0,
        "inputs": inputs,
        "family": None,
        "arrays": ["numeric", "codes"],
        "target": "y",
        "heads": [{"name": "y", "classes": outputs if outputs > 1 else 0}],
    }
    return baselines.fit(payload, spool)[1]["outer"]


def test_boosting_takes_as_many_levels_as_a_column_may_have(spool: Spool) -> None:
    codes = np.tile(np.arange(256, dtype=np.uint8), 12)[:, None]
    worth = np.random.default_rng(0).normal(size=256)
    told = fit(spool, codes, worth[codes[:, 0]], 1)
    assert np.corrcoef(told[:, 0], worth[codes[: len(told), 0]])[0, 1] > 0.9


@pytest.mark.filterwarnings("error")
def test_a_linear_model_that_has_not_ended_says_nothing(spool: Spool) -> None:
    rng = np.random.default_rng(0)
    numbers = (rng.normal(size=(300, 20)) * 10.0 ** np.linspace(-3, 3, 20)).astype(np.float32)
    y = (numbers @ 10.0 ** -np.linspace(-3, 3, 20) + rng.normal(size=300) > 0).astype(np.int32)
    told = fit(spool, np.zeros((300, 1), np.uint8), y, 2, "linear", numbers)
    assert ((told > 0.5).argmax(axis=1) == y[:30]).mean() > 0.7


def test_boosting_stops_no_earlier_for_a_class_of_one_row(spool: Spool) -> None:
    y = np.arange(13_000, dtype=np.int32) % 2
    y[-1] = 2
    told = fit(spool, y[:, None].astype(np.uint8), y, 3)
    assert (told.argmax(axis=1) == y[: len(told)]).all()


def test_boosting_may_have_other_numbers_than_linear_models(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    y = (np.arange(200) % 2).astype(np.int32)
    family, usual = find_family(None), TableFamily.rivals

    def telling(self: TableFamily, rows: Encoded, inputs: Inputs) -> Rivals:
        return usual(self, rows, inputs)._replace(of_boosting=y[:, None].astype(np.float32))

    monkeypatch.setattr(type(family), "rivals", telling)
    told = fit(spool, np.zeros((200, 1), np.int32), y, outputs=2)
    assert (told.argmax(axis=1) == y[:20]).all()


def test_the_rarest_levels_are_merged_and_no_others() -> None:
    rng = np.random.default_rng(0)
    wide, narrow = rng.integers(0, 300, 20_000), rng.integers(0, 255, 20_000)
    codes = np.column_stack([wide, narrow])
    found = baselines.few_enough(codes, np.arange(20_000), rare=1)
    np.testing.assert_array_equal(found[:, 1], narrow)
    assert len(np.unique(found[:, 0])) == 255 and found.max() < 255
    kept = found[:, 0] > 0
    pairs = {(int(a), int(b)) for a, b in zip(wide[kept], found[kept, 0], strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) == 254
    counts = np.delete(np.bincount(wide), 1)  # 1 is rare itself
    assert np.bincount(wide[kept])[[a for a, _ in pairs]].min() >= np.sort(counts)[-254]


def test_codes_that_are_few_enough_are_left_alone() -> None:
    codes = np.arange(255)[:, None]
    assert baselines.few_enough(codes, np.arange(255), rare=1) is codes


@pytest.mark.parametrize(
    ("rows", "columns", "width", "measured"),
    [
        (85, 10_000, 1, 5.4),
        (85, 10_000, 5, 18.6),
        (17_000, 100, 1, 1.3),
        (17_000, 10, 5, 0.8),
        (2_000, 1_000, 1, 9.3),
    ],
)
def test_the_time_of_boosting_is_known_within_a_factor(
    rows: int, columns: int, width: int, measured: float
) -> None:
    """Against seconds of one core; better too much than too little."""
    found = baselines.seconds("boosting", rows, columns, [width])
    assert found is not None and 0.9 < found / measured < 4
    assert baselines.seconds("linear", rows, columns, [width]) is None
