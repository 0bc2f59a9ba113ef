"""Lists of items in cells; see `honed.table.lists`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from honed.families.exports.parts.cells import emptied, is_missing_word, text_of
from honed.families.exports.parts.names import Beside, Cell

BRACKETS = "[]"
BRACKETED = re.compile(r"\s*(\[.*\]|\{.*\})\s*", re.DOTALL)
ITEM = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s,'"\[\]{}()][^,'"\[\]{}()]*)""", re.DOTALL)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
NOTHING = {"None", "null", "nan", "NaN"}  # without quotes: no item
MAIL = "@"
PATH = "/"
DOMAIN = r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.[^\W\d_]{2,}"
ADDRESS = re.compile(rf"(?:mailto:)?[^\s@<>()\[\],;:/\\]+@({DOMAIN})", re.IGNORECASE)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
CUTS = re.compile(r"[/\\?&#]+")
LAST = re.compile(r"[^?#]*[/\\][^/\\?#]*[^/\\?#.](\.[A-Za-z][A-Za-z0-9]{0,4})(?:[?#].*)?", re.DOTALL)


@dataclass(frozen=True)
class Lists:
    """A column of lists of items: in brackets, with a sign between items, or e-mail addresses, URLs and paths.

    `missing` are words for an empty cell.
    """

    format: str = BRACKETS
    missing: tuple[str, ...] = ()

    def read(self, cells: Sequence[Cell], name: str, beside: Beside | None = None) -> np.ndarray:
        """Lists of texts, None for an empty cell."""
        found = np.empty(len(cells), object)
        for row, cell in enumerate(cells):
            found[row] = self._items(cell)
        return found

    def _items(self, cell: Cell) -> list[str] | None:
        if isinstance(cell, (list, tuple, set, frozenset, np.ndarray)):
            return [text for item in cell if (text := text_of(item)) is not None]
        text = emptied([cell], self.missing)[0]
        if text is None or (self.format in (BRACKETS, MAIL, PATH) and is_missing_word(text)):
            return None
        if self.format == BRACKETS:
            return items_of(text)
        if self.format in (MAIL, PATH):
            return parts_of(text, self.format)
        return [item for part in text.split(self.format) if (item := part.strip())]


def items_of(text: str) -> list[str]:
    """The items of a text in brackets: in quotes of either kind, or bare up to the next comma."""
    if not BRACKETED.fullmatch(text):
        return [text]
    found = []
    for single, double, bare in ITEM.findall(text):
        item = bare.strip() if bare else ESCAPE.sub(unescaped, single or double).strip()
        if item and not (bare and item in NOTHING):
            found.append(item)
    return found


def parts_of(text: str, format: str) -> list[str]:
    """Of an e-mail address its domain, of a URL or a path its ending and its parts; of another text itself."""
    if format == MAIL:
        found = ADDRESS.fullmatch(text)
        return [found[1].lower()] if found else [text]
    scheme = SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    ending = LAST.fullmatch(rest)
    names = [name for name in CUTS.split(rest) if name]
    return list(dict.fromkeys([*([ending[1].lower()] if ending else []), *names])) or [text]


def unescaped(match: re.Match[str]) -> str:
    """The sign that a backslash and what follows stand for."""
    sign = match[1]
    return chr(int(sign[1:], 16)) if len(sign) == 5 else {"n": "\n", "t": "\t"}.get(sign, sign)
