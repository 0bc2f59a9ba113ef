"""Names of groups that stand within cells: before a sign (p17 of p17_3), or where a pattern finds them."""

from __future__ import annotations

import re

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.table.cells import brief, some, texts


def before(cells: pl.Series, sign: str) -> pl.Series:
    """What stands before the last `sign` in each cell; the whole cell where it has none."""
    return cells.str.replace(rf"(?s)^(.+){re.escape(sign)}.*$", "${1}")


def is_pattern(stem: str) -> bool:
    """Whether it is a regular expression and not a sign: some part of it stands in parentheses."""
    return "(" in stem and ")" in stem[stem.index("(") :]


def pattern(stem: str) -> re.Pattern[str]:
    """The regular expression, of which one part in parentheses is the name; `InputError` for any other."""
    what = f"--group-stem {brief(stem)}"
    try:
        found = re.compile(stem)
    except re.error as error:
        raise InputError(
            f"{what} is no regular expression ({error}). Give one with the name of the group in parentheses, such as "
            r"'^([^_]+)_', or the sign after the name."
        ) from None
    if found.groups != 1:
        raise InputError(
            f"{what} has {counted(found.groups, 'part')} in parentheses, and one is to be the name of the group. Write "
            "(?:...) around what is not."
        )
    return found


def of(column: pl.Series, stem: str, source: str) -> tuple[pl.Series, str]:
    """The name of each cell's group, and a note of what was found.

    Parameters
    ----------
    stem : the sign that a name ends at, or a regular expression whose part in parentheses is the name. A cell in which
        it is not found is a name as a whole.
    source : the table's name, for messages.

    Raises
    ------
    InputError
        It is empty, a wrong pattern, or found in no cell.
    """
    if not stem:
        raise InputError(
            "--group-stem is empty. Give the sign that ends the name of a group, such as _, or a pattern with the name "
            "in parentheses, or leave it out."
        )
    cells = texts(column)
    different = cells.drop_nulls().unique(maintain_order=True)
    names = _found(different, stem)
    whole = [cell for cell, name in names.items() if name is None]
    if len(whole) == len(names):
        ends = "where the names of groups are to end" if not is_pattern(stem) else "which is to find them"
        raise InputError(
            f"{source}: no cell of the group column {column.name!r} holds '{brief(stem)}', {ends}; the first is "
            f"{some(cells.drop_nulls().head(1).to_list())}. Give the sign after the name, or a pattern with the name "
            "in parentheses."
        )
    found = _or_whole(names)
    cell, name = next((cell, name) for cell, name in names.items() if name is not None)
    note = (
        f"Groups are named by a part of {column.name!r}, such as {brief(name, 40)!r} of {brief(cell, 40)!r}: "
        f"{counted(len(set(found.values())), 'group')} of {counted(len(names), 'different cell')}."
    )
    if whole:
        note += (
            f" In {counted(len(whole), 'cell')} of them, such as {brief(whole[0], 40)!r}, '{brief(stem)}' is not "
            "found, and the whole cell is the name."
        )
    return cells.replace_strict(found, default=None, return_dtype=pl.String), note


def names_of(column: pl.Series, stem: str) -> pl.Series:
    """The name of each cell's group as `of` gives it, of a part of a column or a later one."""
    cells = texts(column)
    found = _or_whole(_found(cells.drop_nulls().unique(), stem))
    return cells.replace_strict(found, default=None, return_dtype=pl.String)


def _found(different: pl.Series, stem: str) -> dict[str, str | None]:
    """By cell the name in it, None where there is none."""
    if is_pattern(stem):
        how = pattern(stem)
        return {cell: _name(cell, how) for cell in different.to_list()}
    names = zip(different.to_list(), before(different, stem).to_list(), strict=True)
    return {cell: name if stem in cell else None for cell, name in names}


def _or_whole(names: dict[str, str | None]) -> dict[str, str]:
    return {cell: cell if name is None else name for cell, name in names.items()}


def _name(cell: str, how: re.Pattern[str]) -> str | None:
    match = how.search(cell)
    return match[1] or None if match else None
