"""Cells to texts and numbers, and which of some words a cell is; see `honed.table.cells`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from honed.families.exports.parts.names import Beside, Cell

# Words that mean an empty cell in a column of numbers or dates, in small letters.
MISSING = {
    "na", "n/a", "n.a.", "n.a", "#n/a", "<na>", "nan", "null", "none", "nil", "missing", "no data", "(blank)",
    "unknown", "nat", "0000-00-00", "0000-00-00 00:00:00", "?", "-", "--", "–", "—", ".", "..", "...", "…", "\\n",
    "#div/0!", "#name?", "#null!", "#num!", "#ref!", "#value!",
}  # fmt: skip
NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity)", re.ASCII | re.IGNORECASE)
CODE = re.compile(r"0\d+", re.ASCII)  # digits that name something: 007 is not 7
LONG = re.compile(r"[+-]?0*(\d{16,})", re.ASCII)
TRUTHS = (  # spellings that one column may mix
    ({"false", "f", "0"}, {"true", "t", "1"}),
    ({"no", "n", "0"}, {"yes", "y", "1"}),
    ({"false", "no", "off", "0"}, {"true", "yes", "on", "1"}),
)


def text_of(cell: Cell) -> str | None:
    """A cell as text without spaces around, None for an empty one; a whole float is written without its point."""
    if cell is None or cell != cell:
        return None
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, (float, np.floating)):
        value = float(cell)
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(cell).strip() or None


def number_of(text: str | None) -> float | None:
    """The number that a text is, None for any other."""
    return float(text) if text is not None and NUMBER.fullmatch(text) else None


def is_nan_word(text: str) -> bool:
    """Whether a text says NaN."""
    return text.lower().lstrip("+-") == "nan"


def is_missing_word(text: str) -> bool:
    """Whether a text means an empty cell in a column of numbers or dates."""
    return text.lower() in MISSING or is_nan_word(text)


def emptied(cells: Sequence[Cell], words: Sequence[str]) -> list[str | None]:
    """Cells as texts; one of the words is empty, and every cell of a number that is among them."""
    known = {word.strip() for word in words}
    values = {value for word in known if (value := number_of(word)) is not None}
    texts = [text_of(cell) for cell in cells]
    if not known:
        return texts
    return [None if text in known or (values and number_of(text) in values) else text for text in texts]


def refused(name: str, row: int, cell: Cell, why: str) -> ValueError:
    """What to say of a cell that cannot be read."""
    return ValueError(f"Column {name!r}, row {row + 1}: {str(cell)[:80]!r} {why}.")


@dataclass(frozen=True)
class Words:
    """A column of words. `missing` are those that mean an empty cell; `usual` says that the usual ones do too."""

    missing: tuple[str, ...] = ()
    usual: bool = False

    def read(self, cells: Sequence[Cell], name: str, beside: Beside | None = None) -> np.ndarray:
        """Texts, None for an empty cell."""
        texts = emptied(cells, self.missing)
        if self.usual:
            texts = [None if text is None or is_missing_word(text) else text for text in texts]
        return np.array(texts, dtype=object)


@dataclass(frozen=True)
class Number:
    """A column of numbers, written as programs write them. `missing` are words and numbers for an empty cell."""

    missing: tuple[str, ...] = ()

    def read(self, cells: Sequence[Cell], name: str, beside: Beside | None = None) -> np.ndarray:
        """Numbers float64, NaN for an empty cell."""
        values = np.full(len(cells), np.nan)
        for row, text in enumerate(emptied(cells, self.missing)):
            if text is None:
                continue
            value = number_of(
                {"true": "1", "false": "0"}[text] if isinstance(cells[row], (bool, np.bool_)) else text
            )
            if value is not None:
                values[row] = value
            elif not is_missing_word(text):
                raise refused(name, row, cells[row], "is not a number as this column has them")
            if np.isinf(values[row]):
                raise refused(name, row, cells[row], "is infinite")
        return values


def words_in(column: np.ndarray) -> list[str | None]:
    """The texts of a column that was read."""
    if column.dtype.kind == "M":
        shown = np.datetime_as_string(column, unit="us")
        return [None if text == "NaT" else str(text).replace("T", " ") for text in shown]
    return [text_of(cell) for cell in column.tolist()]


class Levels:
    """Which of some words a text is.

    As it is written, or else the one word of which it is another spelling: the same number (1.0 and 1, but not 01), the
    same truth (True, yes and 1), or the same letters in another case.
    """

    def __init__(self, words: Sequence[str]) -> None:
        known = [word.strip() for word in words]
        self.exact = {word: place for place, word in reversed(list(enumerate(known)))}
        self.forms: list[tuple[Callable[[str], object], dict[object, int]]] = []
        forms: tuple[Callable[[str], object], ...] = (quantity, truths_of(known), str.lower)
        for form in forms:
            spelled = [form(word) for word in known]
            places: dict[object, int] = {
                key: place for place, key in enumerate(spelled) if key is not None and spelled.count(key) == 1
            }
            self.forms.append((form, places))

    def place(self, text: str | None) -> int:
        """Position of the word; -1 for an empty cell, -2 for no such word."""
        if text is None:
            return -1
        if text in self.exact:
            return self.exact[text]
        for form, places in self.forms:
            found = places.get(form(text))
            if found is not None:
                return found
        return -2

    def places(self, column: np.ndarray) -> np.ndarray:
        """Positions of all cells of a column that was read."""
        texts = words_in(column)
        found = {text: self.place(text) for text in set(texts)}
        return np.array([found[text] for text in texts], dtype=np.int32)


def quantity(text: str) -> float | None:
    """The number that a text is, None for words and for digits that are names."""
    if CODE.fullmatch(text):
        return None
    long = LONG.fullmatch(text)
    if long and int(long[1]) > 2**53:
        return None
    return number_of(text)


def truths_of(known: Sequence[str]) -> Callable[[str], bool | None]:
    """What tells the truth that a text says, where all known words say one; else nothing does."""
    words = {folded(word) for word in known}
    if not any(words <= no | yes for no, yes in TRUTHS):
        return lambda text: None
    return truth


def truth(text: str) -> bool | None:
    """The truth that a word says, None for another word."""
    word = folded(text)
    for no, yes in TRUTHS:
        if word in no or word in yes:
            return word in yes
    return None


def folded(text: str) -> str:
    """A text in small letters, a number that is 0 or 1 as such."""
    return re.sub(r"^\+?([01])(\.0*)?$", r"\1", text.lower())
