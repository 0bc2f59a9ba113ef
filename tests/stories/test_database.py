"""From a query of a database to predictions, with no password in anything that is kept or said."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import own_postgresql
import pytest

from honed import addresses, cli

QUERY = "select id, size, colour, price from sales order by id"
ROWS = [f"({i}, {i % 7 + 0.5}, '{('red', 'blue')[i % 2]}', {3 * (i % 7) + 10 * (i % 2)})" for i in range(60)]
TABLE = (
    "create table sales (id integer, size real, colour text, price real)",
    f"insert into sales values {', '.join(ROWS)}",
)


class Database(NamedTuple):
    """An address with and without its password, what makes up the address, and what changes the database."""

    given: str
    kept: str
    execute: Callable[..., None]


@pytest.fixture(scope="module")
def rest() -> Iterator[str]:
    """What follows user and password in the address of a server."""
    pytest.importorskip("adbc_driver_postgresql")
    with own_postgresql.server() as rest:
        yield rest


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(addresses, "_passwords", {})
    if request.param == "sqlite":

        def execute(*statements: str) -> None:
            with sqlite3.connect("shop.db") as opened:
                for statement in statements:
                    opened.execute(statement)
            opened.close()

        execute(*TABLE)
        yield Database("sqlite:///shop.db", "sqlite:///shop.db", execute)
        return
    rest = request.getfixturevalue("rest")
    own_postgresql.execute(rest, "drop table if exists sales", *TABLE)
    yield Database(
        f"postgresql://ana:{own_postgresql.WRITTEN}{rest}",
        f"postgresql://ana{rest}",
        lambda *statements: own_postgresql.execute(rest, *statements),
    )


def test_a_query_is_trained_on_predicted_resumed_and_reported(
    database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ("--set", "hidden_sizes=[4]", "--set", "epochs=3")
    asked = (database.given, "--query", QUERY)
    assert (
        cli.status(["train", *asked, "--target", "price", "--exclude", "id", "--out", "run", *settings]) == 0
    )
    assert cli.status(["evaluate", "run", *asked]) == 0
    assert (
        cli.status(["predict", "run", database.given, "--query", f"{QUERY} limit 3", "--out", "told.csv"])
        == 0
    )
    assert len((tmp_path / "told.csv").read_text().splitlines()) == 4
    assert cli.status(["predict", "run", database.given]) == 2
    begun = capfd.readouterr()
    assert "which of its rows are meant is not said" in begun.err

    addresses._passwords.clear()  # as in another process, which finds it as libpq does
    monkeypatch.setenv("PGPASSWORD", own_postgresql.PASSWORD)
    assert cli.status(["resume", "run"]) == 0
    assert cli.status(["report", "run", "--json"]) == 0
    went_on = capfd.readouterr()
    assert "This run is finished" in went_on.err
    assert f"--query '{QUERY}'" in went_on.out and database.kept in went_on.out
    assert "neither training nor any choice has seen" in went_on.out
    assert cli.status(["report", "run"]) == 0

    database.execute("update sales set size = 9 where id = 7")
    assert cli.status(["resume", "run"]) == 2
    refused = capfd.readouterr()
    assert f"{database.kept!r} have changed, or come in another order" in refused.err
    for secret in (own_postgresql.PASSWORD[:4], own_postgresql.WRITTEN[:6]):
        for path in (tmp_path / "run").rglob("*"):
            assert path.is_dir() or secret.encode() not in path.read_bytes(), path
        assert not any(secret in text for text in (*begun, *went_on, *refused))


def test_wrong_words_for_a_database_write_nothing(
    database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    fit = ("fit", "--target", "price", "--out", "run")
    for words, said in {
        (*fit, database.given): "has the tables 'sales'",
        (*fit, database.given, "--query", "drop table sales"): "begins with DROP",
        (*fit, "a.csv", "--query", QUERY): "--query is asked of a database",
        (*fit, database.given, "--query", QUERY, "--valid", database.given): "--valid names a file",
        (*fit, database.given, "--query", QUERY, "--image", "colour"): "--image is about pictures",
        (*fit, database.given, "--query", QUERY, "--sheet", "one"): "has no sheet",
        ("fit", database.given, "--query", QUERY, "--out", "run"): "Missing option '--target'",
        ("show", database.given): "",
    }.items():
        assert cli.status(words) in ((2,) if said else (1, 2)), words
        told = capfd.readouterr()
        assert said in told.err and not told.out, told.err
        assert own_postgresql.WRITTEN not in told.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_dry_run_tells_the_columns_of_a_query(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.status(["fit", database.given, "--query", QUERY, "--target", "price", "--dry-run"]) == 0
    told = capfd.readouterr()
    assert "colour" in told.out and own_postgresql.WRITTEN not in told.out + told.err
