"""Words that look like numbers with a unit or with marks, such as ``$1,234.50`` and ``45%``: said, not guessed at."""

from __future__ import annotations

import re

from honed.lazily import pl
from honed.table.cells import are_codes, brief

_CURRENCY = r"[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|BRL)"
_DIGITS = r"[1-9]\d{0,2}(?:[,.'’ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"  # with marks, or without
_NUMBER = (
    rf"^\(?\s*(?:[+-]\s*)?({_CURRENCY})?\s*[+-]?({_DIGITS})\s*([%‰]|{_CURRENCY}|[a-zA-Zµ°²³/]{{1,6}})?\s*\)?$"
)
_MOST_ROWS = 1000  # so many cells are looked at
_LEAST = 0.9  # of them
_MOST_UNITS = 3  # of which words beside the number: codes such as 12a and 7c have more


def hint(cells: pl.Series) -> str:
    """Words that say so, with an example and how to write it; empty where the texts do not look like numbers."""
    present = cells.drop_nulls().head(_MOST_ROWS)
    if not len(present) or are_codes(present):
        return ""
    found = present.filter(present.str.contains(_NUMBER))
    if len(found) < _LEAST * len(present) or not _have_few_units(found):
        return ""
    unusual = found.filter(found.cast(pl.Float64, strict=False).is_null())
    if not len(unusual):  # the others are words among plain numbers
        return ""
    example, plain = unusual[0], _plain(unusual[0])
    return (
        f"the cells look like numbers, such as {brief(example)!r}: write them as plain numbers ({brief(plain)}) "
        "if that is what they are"
    )


def _have_few_units(cells: pl.Series) -> bool:
    units = [cells.str.extract(_NUMBER, group).fill_null("") for group in (1, 3)]
    has_letters = any(bool(unit.str.contains("[a-zA-Z]").any()) for unit in units)
    return all(unit.n_unique() <= (1 if has_letters else _MOST_UNITS) for unit in units)


def _plain(text: str) -> str:
    """The number alone, with a point for decimals; three digits behind a comma are thousands, but for `0,085`."""
    match = re.search(_DIGITS, text)
    digits = match.group() if match else ""
    last = re.search(r"[.,](\d+)$", digits)
    is_grouped = last is not None and len(re.findall(r"\D", digits)) > 1 and digits.count(last.group()[0]) > 1
    is_thousand = last is not None and last.group()[0] == "," and len(last.group(1)) == 3 and digits[0] != "0"
    if last is None or is_grouped or is_thousand:
        plain = re.sub(r"\D", "", digits)
    else:
        plain = re.sub(r"\D", "", digits[: last.start()]) + "." + last.group(1)
    is_negative = "-" in text[: match.start() if match else 0] or text.startswith("(")
    return "-" + plain if is_negative else plain
