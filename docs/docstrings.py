"""What mkdocstrings reads of the sources besides their text, so that the reference shows docstrings as they are.

- Docstrings and keywords of the estimators are made when their module is imported (`honed.estimators.keywords`).
- ``name : what it is`` in a section describes a parameter; its type is that of the signature.
"""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import griffe  # pyright: ignore[reportMissingImports]

_SECTION = re.compile(r"^( *)(Parameters|Attributes)\n\1-+\n((?:(?!\1\S[^\n]*\n\1-{3}).*\n?)*)", re.MULTILINE)
_ITEM = re.compile(r"^(\w[\w, ]*) : (.+)$")


class Docstrings(griffe.Extension):
    """Gives the parser what it can read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = described(obj.docstring.value)

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        estimators = importlib.import_module("honed.estimators")
        for name in estimators.__all__:
            made = getattr(estimators, name)
            read = pkg[made.__module__.removeprefix("honed.")][name]
            read.docstring = griffe.Docstring(described(inspect.getdoc(made) or ""), parent=read)


def described(docstring: str) -> str:
    """The docstring with what describes a parameter on a line below its name; lines that give a default stay.

    Examples
    --------
    >>> print(described("It.\\n\\nParameters\\n----------\\na, b : two numbers.\\nc : true or false, default True"))
    It.
    <BLANKLINE>
    Parameters
    ----------
    a, b
        two numbers.
    c : true or false, default True
    """

    def section(found: re.Match[str]) -> str:
        margin, title, items = found[1], found[2], found[3]
        lines = [_item(line.removeprefix(margin)) for line in items.split("\n")]
        text = "\n".join(margin + line if line else line for part in lines for line in part.split("\n"))
        return f"{margin}{title}\n{margin}{'-' * len(title)}\n{text}"

    return _SECTION.sub(section, docstring)


def _item(line: str) -> str:
    item = _ITEM.match(line)
    return line if item is None or ", default " in item[2] else f"{item[1]}\n    {item[2]}"
