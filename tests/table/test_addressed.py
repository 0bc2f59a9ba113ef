"""E-mail addresses, URLs and paths: what they are known by, and what only looks so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from honed.table import addressed
from honed.table.addressed import MAIL, PATH
from honed.table.columns import infer
from honed.table.kinds import Column
from honed.table.read import Table

ROWS = 300
Cells = Callable[[int, np.random.Generator], str]


def pick(rng: np.random.Generator, words: str) -> str:
    return str(rng.choice(words.split()))


MEANT: dict[str, tuple[str, Cells]] = {
    "mail": (MAIL, lambda n, rng: f"{pick(rng, 'ana ben')}.{n}@{pick(rng, 'mail.org Mail.org web.de uni-koeln.de')}"),
    "url": (PATH, lambda n, rng: f"https://{pick(rng, 'a.org b.org')}/{pick(rng, 'hats bags')}/{n}?p={n % 3}"),
    "www": (PATH, lambda n, rng: f"www.shop{n % 4}.org/item{n}"),
    "path": (PATH, lambda n, rng: f"/home/{pick(rng, 'ana ben')}/{n}.{pick(rng, 'png pdf')}"),
    "drive": (PATH, lambda n, rng: f"C:\\My Data\\{pick(rng, 'in out')}\\file {n}.txt"),
    "relative": (PATH, lambda n, rng: f"{pick(rng, 'cats dogs')}/{n}.jpg"),
}  # fmt: skip
OTHERS: dict[str, Cells] = {
    "handle": lambda n, rng: f"@{pick(rng, 'ana ben')}{n}",
    "host": lambda n, rng: f"root@{pick(rng, 'alpha beta')}{n}",
    "fraction": lambda n, rng: f"{n % 97}/{n % 89 + 1}",
    "day": lambda n, rng: f"{n % 28 + 1}/{n % 12 + 1}/20{n % 30 + 10}",
    "unit": lambda n, rng: f"kg/m.{'abcdefgh'[n % 8] + str(n)}",
    "person": lambda n, rng: f"Smith/Dr.{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvw'[n // 100]}",
    "code": lambda n, rng: f"A/{n}/{pick(rng, 'X Y')}",
    "sentence": lambda n, rng: f"write to ana{n}@mail.org or look at https://a.org/{n} then",
    "name and mail": lambda n, rng: f"Ana <ana{n}@mail.org>",
    "one host": lambda n, rng: f"https://a.org/{n}",
    "own host": lambda n, rng: f"ana@mail{n}.org",
    "one folder": lambda n, rng: f"img/{n}.png",
}  # fmt: skip


def column_of(cells: Cells, seed: int = 0) -> Column:
    rng = np.random.default_rng(seed)
    numbers = rng.permutation(ROWS).tolist()
    target = rng.normal(size=ROWS).round(4).astype(str)
    frame = {"c": [cells(n, rng) for n in numbers], "x": [str(n % 13 + 0.5) for n in numbers], "y": target}
    return infer(Table(pl.DataFrame(frame), "t.csv", "", is_typed=False), "y").columns[0]


@pytest.mark.parametrize("name", MEANT)
def test_they_are_sets_of_what_they_share(name: str) -> None:
    format, cells = MEANT[name]
    column = column_of(cells)
    assert (column.kind, column.reading.format) == ("list", format)
    shared = {
        "mail": {"mail.org", "web.de", "uni-koeln.de"},
        "url": {"a.org", "b.org", "hats", "bags", "p=0", "p=1", "p=2"},
        "www": {f"www.shop{n}.org" for n in range(4)},
        "path": {"home", "ana", "ben", ".png", ".pdf"},
        "drive": {"C:", "My Data", "in", "out", ".txt"},
        "relative": {"cats", "dogs", ".jpg"},
    }
    assert set(column.levels) == shared[name]


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_looks_so_is_none(name: str) -> None:
    assert column_of(OTHERS[name]).kind != "list"


def test_few_addresses_are_levels() -> None:
    column = column_of(lambda n, _: f"seller{n % 20}@shop{n % 3}.org")
    assert column.kind == "categorical" and len(column.levels) == 60


def test_a_cell_in_fifty_may_be_another_word_and_is_an_item() -> None:
    _, cells = MEANT["mail"]
    column = column_of(lambda n, rng: "by phone" if n % 100 == 0 else cells(n, rng))
    assert column.kind == "list" and "by phone" in column.levels


@pytest.mark.parametrize(
    ("cell", "format", "expected"),
    [
        ("Ana.Li@Mail.org", MAIL, ["mail.org"]),
        ("mailto:a@sub.uni-köln.de", MAIL, ["sub.uni-köln.de"]),
        ("ana", MAIL, ["ana"]),
        ("/", PATH, ["/"]),
        ("a/.bashrc", PATH, ["a", ".bashrc"]),
        ("https://h/a/a", PATH, ["h", "a"]),
        ("s3://b/x.PARQUET", PATH, ["b", "x.PARQUET"]),
    ],
)
def test_parts(cell: str, format: str, expected: list[str]) -> None:
    assert addressed.parts(cell, format) == expected
