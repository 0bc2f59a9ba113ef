"""Zones that cells name: offsets (``+01:00``), abbreviations (``EST``) and places (``Europe/Berlin``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from honed.lazily import pl

if TYPE_CHECKING:
    from jaxtyping import Bool, Int64

_HOURS = {  # that everybody means alike, or nearly so
    "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
    "akst": -9.0, "akdt": -8.0, "hst": -10.0, "wet": 0.0, "west": 1.0, "bst": 1.0, "cet": 1.0, "mez": 1.0, "cest": 2.0,
    "mesz": 2.0, "eet": 2.0, "eest": 3.0, "msk": 3.0, "jst": 9.0, "kst": 9.0, "aest": 10.0, "aedt": 11.0, "acst": 9.5,
    "nzst": 12.0, "nzdt": 13.0, "sast": 2.0, "hkt": 8.0, "sgt": 8.0,
}  # fmt: skip
_MINUTE = 60_000_000  # microseconds
_PLACE = (
    r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US)"
    r"/[A-Za-z_]+(?:[/+-][A-Za-z_\d]+)*"
)
_SPELLED = {  # words of places that are no plain names
    word.lower(): word for word in (
        "of", "es", "au", "US", "GMT", "UTC", "UCT", "ACT", "LHI", "NSW", "IN",
        "McMurdo", "DumontDUrville", "ComodRivadavia",
    )
}  # fmt: skip

NAME = "|".join(sorted(_HOURS, key=len, reverse=True)) + f"|{_PLACE}"  # a regular expression, for any case


def ahead(
    zones: pl.Series, local: Int64[np.ndarray, " rows"]
) -> tuple[Int64[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    """Microseconds that each zone is ahead of UTC, and whether there is such a time in it; "" is UTC.

    Parameters
    ----------
    zones : texts as the cells have them.
    local : microseconds since 1970 as the clock there shows them. An hour that a change of clocks repeats is the first.
    """
    folded = zones.str.to_lowercase()
    parts = folded.str.extract_groups(r"([+-])(\d{2}):?(\d{2})?$")
    sign, hours, minutes = (parts.struct.field(name) for name in parts.struct.fields)
    hours, minutes = (part.cast(pl.Int64, strict=False).fill_null(0) for part in (hours, minutes))
    found = ((hours * 60 + minutes) * _MINUTE).to_numpy() * np.where(
        (sign == "-").fill_null(False).to_numpy(), -1, 1
    )
    is_time = np.ones(len(zones), bool)
    for name in folded.unique().to_list():
        if name in _HOURS:
            found = np.where((folded == name).to_numpy(), int(_HOURS[name] * 60) * _MINUTE, found)
        elif "/" in name:
            own = np.flatnonzero((folded == name).to_numpy())
            offset = _of_place(_spelled(name), local[own])
            is_time[own] = offset.is_not_null().to_numpy()
            found = np.array(found)
            found[own] = offset.fill_null(0).to_numpy()
    return found, is_time


def _of_place(zone: str, local: np.ndarray) -> pl.Series:
    """Microseconds that a place is ahead of UTC at those times, null where its clocks leave one out, or it is none."""
    here = pl.Series(local).cast(pl.Datetime("us"))
    try:
        there = here.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    except pl.exceptions.PolarsError:
        return pl.Series([None] * len(local), dtype=pl.Int64)
    return (here.cast(pl.Int64) - there.cast(pl.Int64)).cast(pl.Int64)


def _spelled(place: str) -> str:
    """A place in small letters as the list of zones spells it."""
    words = re.findall(r"[a-z]+|[^a-z]+", place)
    return "".join(_SPELLED.get(word) or word.capitalize() for word in words)
