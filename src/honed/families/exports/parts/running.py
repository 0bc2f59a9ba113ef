"""What an exported script does when it is run: reads a CSV file, prints predictions, tests itself."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from honed.families.exports.parts.names import Answers, Cell, Row

TOLERANCE = 1e-6


@dataclass(frozen=True)
class SelfTest:
    """Made rows, and what honed says of them."""

    rows: tuple[Row, ...]
    expected: dict[str, tuple[Cell, ...]]


def rows_of(path: str, names: Iterable[str]) -> list[Row]:
    """The rows of a CSV file in UTF-8 whose first line has the names; comma, semicolon, tab or bar separate cells."""
    text, known = Path(path).read_text("utf-8-sig"), set(names)
    first = text.lstrip().partition("\n")[0]

    def found(separator: str) -> int:
        return len(known & {name.strip().strip('"') for name in first.split(separator)})

    records = [cells for cells in csv.reader(io.StringIO(text), delimiter=max(",;\t|", key=found)) if cells]
    if len(records) < 2:
        raise ValueError(f"{path} has no rows below its header")
    header = [name.strip() for name in records[0]]
    for row, cells in enumerate(records[1:], 1):
        if len(cells) != len(header):
            raise ValueError(f"{path}: row {row} has {len(cells)} cells, and the header has {len(header)}")
    return [dict(zip(header, cells, strict=True)) for cells in records[1:]]


def print_csv(columns: Answers) -> None:
    """Print columns as CSV."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(columns)
    out.writerows(zip(*(map(in_words, column.tolist()) for column in columns.values()), strict=True))


def in_words(cell: Cell) -> Cell:
    """A number as Polars writes it into a file, which of small ones is not as Python does: 0.00002 and 2e-6."""
    text = repr(cell)
    if not isinstance(cell, float) or "e-" not in text:
        return cell
    digits, _, power = text.partition("e-")
    if int(power) != 5:
        return f"{digits}e-{int(power)}"
    return f"{'-' * (cell < 0)}0.0000{digits.lstrip('-').replace('.', '')}"


def self_test(answers: Callable[[Sequence[Row]], Answers], test: SelfTest) -> int:
    """Predict made rows and compare with what honed says of them; 0 where they agree."""
    apart = [0.0]
    for name, column in answers(test.rows).items():
        for own, other in zip(column.tolist(), test.expected[name], strict=True):
            if isinstance(own, float) and isinstance(other, float):
                apart.append(abs(own - other) / max(1.0, abs(other)))
            elif own != other:
                apart.append(np.inf)
    largest = np.max(apart)
    print(f"{len(test.rows)} rows: the largest difference from what honed says is {largest:.1g}")
    return int(not largest <= TOLERANCE)


def main(
    words: Sequence[str],
    about: str,
    names: Iterable[str],
    answers: Callable[[Sequence[Row]], Answers],
    test: SelfTest,
) -> int:
    """Run with the words of a command line; its exit status."""
    if list(words) == ["--self-test"]:
        return self_test(answers, test)
    if len(words) != 1 or words[0].startswith("-"):
        print(about.strip())
        return 0 if list(words) in (["-h"], ["--help"]) else 2
    try:
        print_csv(answers(rows_of(words[0], names)))
    except (OSError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    return 0
