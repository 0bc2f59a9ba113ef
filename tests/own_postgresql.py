"""A PostgreSQL server of the tests' own: `server`, in a temporary folder, reached through a socket in it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "p@ss/wörd:#1?x=y&z"
WRITTEN = "p%40ss%2Fw%C3%B6rd%3A%231%3Fx%3Dy%26z"
_OWNERS = ("postgres", "nobody")  # in whose name it works where the tests are root's, as it refuses root


@contextlib.contextmanager
def server() -> Iterator[str]:
    """What follows ``postgresql://ana:PASSWORD`` in the address of a new, empty database; skips without a server."""
    binaries, owner = _binaries(), _owner()
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path has at most 107 bytes
    try:
        (folder / "password").write_text(PASSWORD)
        if owner is not None:
            for path in (folder, folder / "password"):
                shutil.chown(path, owner)
        data = folder / "data"
        words = [
            "-U",
            "ana",
            "--auth=scram-sha-256",
            f"--pwfile={folder / 'password'}",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        _do(owner, folder, binaries / "initdb", "-D", data, *words, "--locale=C")
        settings = f"-k {folder} -c listen_addresses='' -c fsync=off -c autovacuum=off"
        _do(
            owner,
            folder,
            binaries / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            settings,
            "start",
        )
        try:
            yield f"@/postgres?host={folder}"
        finally:
            _do(owner, folder, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def execute(rest: str, *statements: str) -> None:
    """Change the server's database by these statements."""
    adbc: Any = pytest.importorskip("adbc_driver_manager")
    driver: Any = pytest.importorskip("adbc_driver_postgresql")
    with (
        driver.connect(f"postgresql://ana:{WRITTEN}{rest}") as opened,
        adbc.AdbcConnection(opened) as connection,
    ):
        for statement in statements:
            with adbc.AdbcStatement(connection) as prepared:
                prepared.set_sql_query(statement)
                prepared.execute_update()


def _binaries() -> Path:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not places:
        pytest.skip("no server of PostgreSQL is installed")
    return places[-1]


def _owner() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in _OWNERS if name in known)


def _do(owner: str | None, folder: Path, *words: object) -> None:
    """A command whose words on failure are told; the server keeps standard output open, so that goes nowhere."""
    with open(folder / "said", "w+") as said:
        done = subprocess.run(
            [str(word) for word in words], cwd=folder, user=owner, stdout=subprocess.DEVNULL, stderr=said
        )
        said.seek(0)
        assert done.returncode == 0, said.read()
