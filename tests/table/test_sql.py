"""What queries of SQLite and PostgreSQL give, and what is said of those that give nothing."""

from __future__ import annotations

import datetime
import sqlite3
import traceback
from collections.abc import Iterator
from pathlib import Path

import own_postgresql
import polars as pl
import pytest

from honed import addresses
from honed.errors import InputError
from honed.table import several
from honed.table.read import Table, read

ORDERED = "select * from sales order by id"
REFUSED = {
    "update sales set id = 1": "begins with UPDATE, but honed only reads",
    "/* select */ drop table sales": "begins with DROP, but honed only reads",
    "-- nothing\n": "The query is empty",
    "select '\udcff' as a, id from sales": "no text in UTF-8",
    "select 1 as a, 2 as b; drop table sales": "holds several statements",
    "select id, id from sales": "The query: the column name 'id' occurs 2 times",
    "select id, price from sales where id < 0": "gives no rows",
    "select id from sales": "gives only the column 'id'",
    "select id, price from sales where id = 3": "What the query gives has only 1 row",
    "select id, nothing from sales": "refuses the query: .*nothing",
    "select id price sales": "refuses the query: ",
}


def ask(address: str, query: str | None) -> Table:
    return several.read(addresses.asked(address, query), query=query)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database of SQLite with a table of four rows, whose cells have types each of its own."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute("create table sales (id integer, price, word text, raw blob, mixed)")
        rows = [
            (1, 2.5, "a", b"\x01", 7),
            (2, 3, None, b"\x02", "n/a"),
            (3, None, "c", None, 9.5),
            (4, 1.0, "d", b"", None),
        ]
        database.executemany("insert into sales values (?, ?, ?, ?, ?)", rows)
    database.close()
    return path


@pytest.fixture
def sqlite(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture(scope="module")
def rest() -> Iterator[str]:
    """What follows user and password in the address of a server with a table of four rows."""
    pytest.importorskip("adbc_driver_postgresql")
    with own_postgresql.server() as rest:
        columns = "id int, price numeric(8, 2), word text, day date, at timestamptz, ok boolean, code uuid, big numeric"
        cells = """
            (1, 2.5, 'a', '2024-02-29', '2024-02-29 12:00+02', true, 'a0eebc999c0b4ef8bb6d6bb9bd380a11',
                9007199254740993),
            (2, 3, null, '2024-03-01', null, false, null, 1), (3, null, 'c', null, null, null, null, null),
            (4, 'NaN', 'd', null, null, null, null, null)"""
        own_postgresql.execute(rest, f"create table sales ({columns})", f"insert into sales values {cells}")
        yield rest


@pytest.fixture
def postgresql(rest: str) -> str:
    return f"postgresql://ana:{own_postgresql.WRITTEN}{rest}"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str:
    """Of a database with the table sales: one of each kind."""
    return request.getfixturevalue(request.param)


def test_columns_of_sqlite_have_the_type_of_their_cells(sqlite: str, file: Path) -> None:
    before = file.read_bytes()
    table = ask(sqlite, ORDERED)
    assert table.frame.to_dict(as_series=False) == {
        "id": [1, 2, 3, 4],
        "price": [2.5, 3.0, None, 1.0],
        "word": ["a", None, "c", "d"],
        "raw": [b"\x01", b"\x02", None, b""],
        "mixed": ["7", "n/a", "9.5", None],
    }
    assert table.source == sqlite and table.is_typed and table.notes == ()
    assert file.read_bytes() == before and [path.name for path in file.parent.iterdir()] == ["shop.db"]


def test_columns_of_postgresql_have_the_type_of_the_query(postgresql: str) -> None:
    table = ask(postgresql, ORDERED)
    assert table.frame.select("id", "word", "ok").rows() == [
        (1, "a", True),
        (2, None, False),
        (3, "c", None),
        (4, "d", None),
    ]
    assert table.frame["price"].to_list()[:3] == [2.5, 3.0, None] and table.frame["price"].is_nan()[3]
    assert table.frame["day"].to_list()[:2] == [datetime.date(2024, 2, 29), datetime.date(2024, 3, 1)]
    assert table.frame["at"].dt.replace_time_zone(None)[0] == datetime.datetime(2024, 2, 29, 10)
    assert table.frame["code"][0] == "a0eebc999c0b4ef8bb6d6bb9bd380a11"
    assert table.frame["big"].to_list()[:2] == ["9007199254740993", "1"]  # which float64 would round
    assert table.source == f"postgresql://ana{postgresql.partition(own_postgresql.WRITTEN)[2]}"


@pytest.mark.parametrize(("query", "said"), REFUSED.items())
def test_a_query_that_gives_no_table_is_one_sentence(address: str, query: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        ask(address, query)
    assert "\n" not in str(error.value) and own_postgresql.PASSWORD not in str(error.value)
    assert ask(address, ORDERED).rows == 4


@pytest.mark.parametrize("query", ["select * from absent", None])
def test_tables_are_named_where_none_is_asked_for(address: str, query: str | None) -> None:
    with pytest.raises(InputError, match="has the tables 'sales'"):
        ask(address, query)


def test_a_statement_that_writes_behind_a_select_changes_nothing(postgresql: str) -> None:
    for query in (
        "with gone as (delete from sales returning *) select * from gone order by id",
        "select set_config('transaction_read_only', 'off', false), id from sales order by id",
    ):
        with pytest.raises(InputError, match=r"read-(only|write)"):
            ask(postgresql, query)
    assert ask(postgresql, ORDERED).rows == 4


def test_a_statement_that_writes_to_a_file_changes_nothing(sqlite: str, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(InputError, match="The query writes"):
        ask(sqlite, "with one as (select 1) insert into sales (id) select * from one")
    assert file.read_bytes() == before


def test_an_interval_and_a_row_are_refused_before_they_are_read(postgresql: str) -> None:
    with pytest.raises(InputError, match=r"'took' .* intervals.*extract\(epoch from took\)"):
        ask(postgresql, "select id, interval '1 day' as took from sales order by id")
    with pytest.raises(InputError, match="refuses the query: division by zero"):
        ask(postgresql, "select id, 1 / (id - 3) as share from sales order by id")
    with pytest.raises(InputError, match="The query gives no column"):
        ask(postgresql, "select from sales")


def test_a_wrong_password_is_told_without_it_and_where_to_say_the_right_one(
    rest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    for user in ("ana:geheim", "ana"):
        monkeypatch.setenv("PGPASSWORD", "geheim")
        with pytest.raises(
            InputError, match=r"password authentication failed.*in PGPASSWORD or in ~/\.pgpass"
        ) as error:
            ask(f"postgresql://{user}{rest}", ORDERED)
        assert "geheim" not in str(error.value)
        assert not any("geheim" in line for line in traceback.format_exception(error.value))
    monkeypatch.setenv("PGPASSWORD", own_postgresql.PASSWORD)
    assert ask(f"postgresql://ana{rest}", ORDERED).rows == 4
    monkeypatch.delenv("PGPASSWORD")
    with pytest.raises(InputError, match="no password supplied"):
        ask(f"postgresql://ana{rest}", ORDERED)
    escaped = own_postgresql.PASSWORD.replace(":", r"\:")
    (tmp_path / "pgpass").write_text(f"*:*:postgres:ana:{escaped}\n")
    (tmp_path / "pgpass").chmod(0o600)
    assert ask(f"postgresql://ana{rest}", ORDERED).rows == 4


def test_a_server_that_is_away_and_a_file_that_is_not_there_are_told(tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_postgresql")
    with pytest.raises(InputError, match=r"cannot be opened: .*No such file.* server is running"):
        ask(f"postgresql://ana:geheim@/shop?host={tmp_path}", ORDERED)
    with pytest.raises(InputError, match=r"none\.db is not there"):
        ask(f"sqlite:///{tmp_path}/none.db", ORDERED)
    with pytest.raises(InputError, match="is a folder"):
        ask(f"sqlite:///{tmp_path}", ORDERED)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="is no SQLite database"):
        ask(f"sqlite:///{tmp_path}/a.csv", ORDERED)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_rows_in_another_order_or_with_other_cells_are_other_rows(address: str) -> None:
    table = ask(address, ORDERED)
    assert ask(address, ORDERED).fingerprint == table.fingerprint
    assert ask(address, f"{ORDERED} desc").fingerprint != table.fingerprint
    assert ask(address, "select id + 1 as id, price from sales order by id").fingerprint != table.fingerprint


def test_a_query_without_an_order_is_told(address: str) -> None:
    for query in (
        "select * from sales",
        "select * from sales -- order by id",
        "select *, row_number() over (order by id) as place from sales",
        "select *, 'order by' as said from (select * from sales order by id) as s",
    ):
        (note,) = ask(address, query).notes
        assert "has no ORDER BY" in note
    assert not ask(address, "select * from sales order by coalesce(id, 0)").notes


def test_a_database_that_is_named_as_a_file_is_told_its_address(file: Path) -> None:
    with pytest.raises(InputError, match=f"sqlite:///{file} --query"):
        read(file)


def test_numbers_of_a_query_are_those_of_the_same_table_in_memory(sqlite: str) -> None:
    numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)"
    counted = f"{numbers} select i, i / 4.0 as q from n order by i"
    assert ask(sqlite, counted).frame.equals(
        pl.DataFrame({"i": range(1, 1001)}).with_columns(q=pl.col("i") / 4)
    )
