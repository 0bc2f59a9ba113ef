"""Files that went wrong on their way: small clean tables with bytes flipped, lines cut, cells swapped, encodings mixed.

usage: mutated_files.py [COUNT] [--first 0] [--trained 20]

Runs so many of them through `honed fit --dry-run` in one process, and the first of those that are understood through
`honed fit --trials 1`; prints each that ends otherwise than with status 0, or with status 2 and one sentence.
"""

from __future__ import annotations

import argparse
import bz2
import contextlib
import gzip
import io
import os
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from messy_tables import csv

from honed import cli

_STATUSES: Counter[int] = Counter()

_ODD = (
    "", " ", "NA", "?", "-", "nan", "inf", "-inf", "1e400", "1e-400", "0x1F", "1_000", "1,5", "$1,250.00", "30%", "007",
    "99999999999999999999", "2020-13-45", "01/02/2018", "25:61", "true", "Total", '"', '""', "'", "=1+1", "é", "日本",
    "\u202e", "\ufeff", "\x85", "\u2028", "٣", "a" * 3000, "x;y|z", "\\N", "#", "column_1", "1 2 3", "<b>", "-0",
)  # fmt: skip
_CODECS = ("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig", "utf-32", "cp437")

Mutation = Callable[[bytes, np.random.Generator], bytes]


def mutated(number: int) -> tuple[bytes, str]:
    """The bytes of a file, and the column to predict; of numbers below 6 the clean tables themselves."""
    rng = np.random.default_rng([15, number])
    columns, separator = _TABLES[number % len(_TABLES)]
    data = csv(columns, separator).encode()
    if number >= len(_TABLES):
        for place in rng.integers(0, len(_MUTATIONS), rng.integers(1, 4)):
            data = _MUTATIONS[place](data, rng) or data
    return data, list(columns)[-1]


def dry_run(number: int) -> str:
    """What is wrong with how `honed fit --dry-run` ended for that file, in the present folder; empty for nothing."""
    return _ended(number, ["--dry-run"])


def _ended(number: int, words: Sequence[str]) -> str:
    data, target = mutated(number)
    Path("t.csv").write_bytes(data)
    before = sorted(os.listdir())
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        try:
            status = cli.status(
                ["fit", "t.csv", "--target", target, "--trials", "1", "--nested", "0", *words]
            )
        except BaseException:
            return f"{number}: {traceback.format_exc()}"
    _STATUSES[status] += 1
    errors = [line for line in said.getvalue().splitlines() if line.startswith("Error: ")]
    is_told = len(errors) == 1 and errors[0].endswith((".", "?", "utf8.csv")) if status else not errors
    is_clean = "Traceback" not in said.getvalue() and (sorted(os.listdir()) == before or not status)
    return "" if status in (0, 2) and is_told and is_clean else f"{number}: {status}: {said.getvalue()}"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--trained", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        understood: list[int] = []
        for number in range(asked.first, asked.first + asked.count):
            fitted = _STATUSES[0]
            print(dry_run(number), end="")
            understood += [number] * (_STATUSES[0] - fitted)
        print(f"dry runs by status: {dict(_STATUSES)}")
        _STATUSES.clear()
        for number in understood[6:][:: max(1, (len(understood) - 6) // max(asked.trained, 1))][
            : asked.trained
        ]:
            print(_ended(number, ["--out", f"run{number}", "--single"]), end="")
        print(f"trainings by status: {dict(_STATUSES)}")


def _tables() -> list[tuple[Mapping[str, list[str]], str]]:
    rng = np.random.default_rng(0)
    rows = 50
    number, words = rng.normal(size=rows), rng.choice(["Rome", "Paris", "Orléans"], rows).tolist()
    x, y = [f"{value:.2f}" for value in number], [f"{3 * value + 1:.3f}" for value in number]
    days = [f"2021-{1 + row % 12:02d}-{1 + row % 28:02d}" for row in range(rows)]
    counts = [str(row % 7) for row in range(rows)]
    kinds = [("yes", "no")[int(value > 0)] for value in number]
    quoted = [f'"{word}, ""{row % 4}"""' for row, word in enumerate(words)]
    return [
        ({"x": x, "town": words, "y": y}, ","),
        ({"day": days, "count": counts, "x": x, "y": y}, ","),
        ({"x": [cell.replace(".", ",") for cell in x], "town": words, "y": [c.replace(".", ",") for c in y]}, ";"),
        ({"town": quoted, "x": x, "kind": kinds}, ","),
        ({"price": [f"${1000 + row}.50" for row in range(rows)], "x": x, "town": words}, "\t"),
        ({"x": x, "count": counts, "y": y}, " "),
    ]  # fmt: skip


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    codes = np.frombuffer(data, np.uint8).copy()
    if len(codes):
        places = rng.integers(0, len(codes), rng.integers(1, 6))
        codes[places] ^= (1 << rng.integers(0, 8, len(places))).astype(np.uint8)
    return codes.tobytes()


def _random_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(0, len(data) + 1))
    return data[:at] + rng.bytes(int(rng.integers(1, 9))) + data[at:]


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    return (data[:start], data[start:], data[:start] + data[end:])[int(rng.integers(3))]


def _lines(change: Callable[[list[bytes], np.random.Generator], list[bytes]]) -> Mutation:
    def mutate(data: bytes, rng: np.random.Generator) -> bytes:
        return b"\n".join(change(data.split(b"\n"), rng))

    return mutate


def _drop_lines(lines: list[bytes], rng: np.random.Generator) -> list[bytes]:
    start = int(rng.integers(0, len(lines)))
    return lines[:start] + lines[start + int(rng.integers(1, 30)) :]


def _repeat_line(lines: list[bytes], rng: np.random.Generator) -> list[bytes]:
    at = int(rng.integers(0, len(lines) + 1))
    return [*lines[:at], lines[int(rng.integers(0, len(lines)) * rng.integers(0, 2))], *lines[at:]]


def _insert_line(lines: list[bytes], rng: np.random.Generator) -> list[bytes]:
    at = int(rng.integers(0, len(lines) + 1)) * int(rng.integers(0, 2))
    words = (
        b"",
        b"Report 2021",
        b"# made by hand",
        b"Total,1,2",
        b"Total;;",
        b",,,",
        b"sep=;",
        b"(50 rows)",
        b"\r",
        b'"',
    )
    return [*lines[:at], words[int(rng.integers(len(words)))], *lines[at:]]


def _shuffle_lines(lines: list[bytes], rng: np.random.Generator) -> list[bytes]:
    return [lines[place] for place in rng.permutation(len(lines))]


def _cells(change: Callable[[list[list[bytes]], np.random.Generator], None]) -> Mutation:
    def mutate(data: bytes, rng: np.random.Generator) -> bytes:
        separator = max(b",;\t ", key=data.count).to_bytes(1, "big")
        rows = [line.split(separator) for line in data.split(b"\n")]
        change(rows, rng)
        return b"\n".join(separator.join(row) for row in rows)

    return mutate


def _place(rows: list[list[bytes]], rng: np.random.Generator) -> tuple[int, int]:
    row = int(rng.integers(0, len(rows)))
    return row, int(rng.integers(0, len(rows[row])))


def _swap_cells(rows: list[list[bytes]], rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 20))):
        (a, b), (c, d) = _place(rows, rng), _place(rows, rng)
        rows[a][b], rows[c][d] = rows[c][d], rows[a][b]


def _odd_cells(rows: list[list[bytes]], rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 5))):
        row, column = _place(rows, rng)
        rows[row][column] = str(rng.choice(_ODD)).encode()


def _odd_column(rows: list[list[bytes]], rng: np.random.Generator) -> None:
    column, words = _place(rows, rng)[1], [str(word).encode() for word in rng.choice(_ODD, 3)]
    for number, row in enumerate(rows[int(rng.integers(0, 2)) :]):
        if len(row) > column:
            row[column] = words[number % len(words)]


def _odd_header(rows: list[list[bytes]], rng: np.random.Generator) -> None:
    rows[0][int(rng.integers(0, len(rows[0])))] = str(rng.choice((*_ODD, "y", "x"))).encode()


def _more_or_fewer_cells(rows: list[list[bytes]], rng: np.random.Generator) -> None:
    chosen = rows if rng.random() < 0.3 else [rows[int(rng.integers(0, len(rows)))]]
    is_more = rng.random() < 0.5
    for row in chosen:
        if is_more:
            row.append(b"")
        else:
            row.pop()


def _other_encoding(data: bytes, rng: np.random.Generator) -> bytes:
    return data.decode("utf-8", "replace").encode(str(rng.choice(_CODECS)), "replace")


def _mixed_encodings(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(0, len(data) + 1))
    return data[:at] + _other_encoding(data[at:], rng)


def _other_ends(data: bytes, rng: np.random.Generator) -> bytes:
    ends = (b"\r\n", b"\r", b"\n\n", b"\n\r", b"\x0c\n", b",\n")
    return data.replace(b"\n", ends[int(rng.integers(len(ends)))])


def _other_separator(data: bytes, rng: np.random.Generator) -> bytes:
    some = b",;\t| :"
    return data.replace(some[int(rng.integers(6)) :][:1], some[int(rng.integers(6)) :][:1])


def _packed(data: bytes, rng: np.random.Generator) -> bytes:
    return (gzip.compress(data, mtime=0), bz2.compress(data))[int(rng.integers(2))]


_TABLES = _tables()
_MUTATIONS: tuple[Mutation, ...] = (
    _flip,
    _random_bytes,
    _cut,
    _lines(_drop_lines),
    _lines(_repeat_line),
    _lines(_insert_line),
    _lines(_shuffle_lines),
    _cells(_swap_cells),
    _cells(_odd_cells),
    _cells(_odd_column),
    _cells(_odd_header),
    _cells(_more_or_fewer_cells),
    _other_encoding,
    _mixed_encodings,
    _other_ends,
    _other_separator,
    _packed,
)


if __name__ == "__main__":
    main()
