"""E-mail addresses by their domain, URLs and paths by their parts: `find` says what cells are, `parts` reads one.

Nearly each such cell is a text of its own, which tells nothing of another row; what tells something is what it shares.
"""

from __future__ import annotations

import re

from honed.lazily import pl

MAIL, PATH = "@", "/"
FORMATS = (MAIL, PATH)

_HEAD = 1000  # cells that are looked at before all are
_LEAST_CELLS = 20  # below, cells that are alike are no evidence
_LEAST_DIFFERENT = 12  # so few are told apart as they are
_NEARLY = 0.98  # share of the different cells that are written so
_DIFFERENT = 0.5  # share of the cells: with fewer different ones, each of them is a level
_ENDINGS = 0.1  # different endings for each different relative path: units and names have more, and are none
_DOMAIN = r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.[^\W\d_]{2,}"
_OF_MAIL = re.compile(rf"(?:mailto:)?[^\s@<>()\[\],;:/\\]+@({_DOMAIN})", re.IGNORECASE)
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_URL = rf"(?:{_SCHEME}[^\s/]+|www\.[^\s/]+\.[^\s/]+)(?:/\S*)?"
# With a drive, or two folders from the top; else names without blanks, the last with an ending.
_ROOTED = r"(?:[A-Za-z]:[\\/]|\\\\)[^\n]*|(?:~|\.\.?)?/[^\s/]+/\S*"
_ENDING = r"\.[A-Za-z][A-Za-z0-9]{0,4}"
_RELATIVE = rf"[^\s/\\:]+(?:[/\\][^\s/\\:]+)*[/\\][^\s/\\:]*[^\s/\\:.]{_ENDING}"
_IS_SCHEME = re.compile(_SCHEME)
_CUTS = re.compile(r"[/\\?&#]+")
_LAST = re.compile(rf"[^?#]*[/\\][^/\\?#]*[^/\\?#.]({_ENDING})(?:[?#].*)?", re.DOTALL)


def find(cells: pl.Series, is_said: bool = False) -> str | None:
    """`MAIL` or `PATH`, or None for cells of which more than a few are something else, or which are levels.

    Parameters
    ----------
    cells : texts, none of them missing. is_said : whether they are to be lists, so that most of them decide.
    """
    if not is_said and len(cells) < _LEAST_CELLS:
        return None
    head = cells.head(_HEAD)
    likely = next((format for format in FORMATS if share(head, format) > _DIFFERENT), None)
    if likely is None or is_said:
        return likely
    different = cells.unique(maintain_order=True)
    if len(different) < max(_LEAST_DIFFERENT, _DIFFERENT * len(cells)) or share(different, likely) < _NEARLY:
        return None
    return likely if likely == MAIL or not _are_other_words(different) else None


def parts(cell: str, format: str) -> list[str]:
    """What a cell is known by.

    Of an address its domain; of a URL or a path its ending, its host, folders and name, and the words of a query. A
    cell that is none is itself.

    Examples
    --------
    >>> parts("Ana.Li@Mail.org", "@")
    ['mail.org']
    >>> parts("https://www.shop.org/hats/b7.html?page=2", "/")
    ['.html', 'www.shop.org', 'hats', 'b7.html', 'page=2']
    """
    if format == MAIL:
        found = _OF_MAIL.fullmatch(cell)
        return [found[1].lower()] if found else [cell]
    scheme = _IS_SCHEME.match(cell)
    rest = cell[scheme.end() :] if scheme else cell
    ending = _LAST.fullmatch(rest)
    names = [name for name in _CUTS.split(rest) if name]
    return list(dict.fromkeys([*([ending[1].lower()] if ending else []), *names])) or [cell]


def share(cells: pl.Series, format: str) -> float:
    """The share of the cells that are written so."""
    if not len(cells):
        return 0.0
    pattern = _OF_MAIL.pattern if format == MAIL else f"{_URL}|{_ROOTED}|{_RELATIVE}"
    ignoring = "(?i)" if format == MAIL else ""
    return float(cells.str.contains(f"{ignoring}^(?:{pattern})$").to_numpy().mean())


def _are_other_words(cells: pl.Series) -> bool:
    """Whether what looks like paths of files has an ending of its own in many cells, as names and units have."""
    relative = cells.filter(~cells.str.contains(f"^(?:{_URL}|{_ROOTED})$"))
    endings = relative.str.extract(f"({_ENDING})$").drop_nulls()
    return endings.n_unique() > max(1, _ENDINGS * len(relative))
