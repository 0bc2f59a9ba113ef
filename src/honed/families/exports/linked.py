"""Puts together a script of what it calls: `linked` takes functions out of modules, with all that these need."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

PARTS = (
    "answering",
    "encoding",
    "cells",
    "lists",
    "wordy",
    "moments",
    "written",
    "arithmetic",
    "running",
)  # in the order in which a reader asks
_FOLDER = Path(__file__).parent / "parts"
_OWN = "honed."
_OTHERS = ("numpy", "torch")


class Linked(NamedTuple):
    """Statements that import what is needed, names that have to come first, and the source of all else, in sections."""

    imports: str
    names: str
    source: str


class _Definition(NamedTuple):
    """A top-level statement of a part: its text, and the names that it uses."""

    text: str
    uses: frozenset[str]


def linked(source: str, imports: str = "", asked: Sequence[str] = PARTS) -> Linked:
    """What the source needs of the parts, in their order, and the imports of all; `imports` are its own."""
    parts = ("names", *asked)
    trees = {part: ast.parse((_FOLDER / f"{part}.py").read_text()) for part in parts}
    found = {part: dict(_definitions(part, tree)) for part, tree in trees.items()}
    known = {name: own for definitions in found.values() for name, own in definitions.items()}
    wanted, needed = list(_names(ast.parse(source))), set[str]()
    while wanted:
        name = wanted.pop()
        if name in known and name not in needed:
            needed.add(name)
            wanted += known[name].uses
    texts = {part: [own.text for name, own in found[part].items() if name in needed] for part in parts}
    sections = [_section(trees[part], texts[part]) for part in asked if texts[part]]
    names, body = "\n".join(texts["names"]), "\n\n\n".join(sections)
    used = set(_names(ast.parse("\n".join([source, names, body]))))
    return Linked(_imports([*trees.values(), ast.parse(imports)], used), names, body)


def _section(tree: ast.Module, texts: list[str]) -> str:
    """A heading, which is the first line of a part's docstring, and definitions."""
    title = (ast.get_docstring(tree) or "").splitlines()[0].partition(";")[0].rstrip(".")
    bar = "# " + "-" * 100
    return f"{bar}\n# {title}\n\n\n" + "\n\n\n".join(texts)


def _definitions(part: str, tree: ast.Module) -> Iterator[tuple[str, _Definition]]:
    """Each function, class and constant of a part by its name; constants that follow each other stay apart."""
    lines = (_FOLDER / f"{part}.py").read_text().splitlines()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            name, first = node.name, min([node.lineno, *(one.lineno for one in node.decorator_list)])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, first = node.targets[0].id, node.lineno
        else:
            continue
        while lines[first - 2].startswith("#"):  # what is said above it
            first -= 1
        text = "\n".join(lines[first - 1 : node.end_lineno])
        text = re.sub(r"  # (fmt: skip|(type|pyright): ignore).*", "", text)  # which say nothing to a reader
        yield name, _Definition(text, frozenset(_names(node)))


def _names(tree: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _imports(trees: Iterable[ast.Module], used: set[str]) -> str:
    """The statements of all parts, each name once, that bind a name in use."""
    plain, taken = set[str](), dict[str, set[str]]()
    for node in (node for tree in trees for node in tree.body):
        if isinstance(node, ast.Import):
            plain |= {
                ast.unparse(ast.Import([alias]))
                for alias in node.names
                if (alias.asname or alias.name) in used
            }
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith((_OWN, "__future__")):
            taken.setdefault(str(node.module), set()).update({alias.name for alias in node.names} & used)
    froms = [f"from {place} import {', '.join(sorted(names))}" for place, names in taken.items() if names]
    of_others = [line for line in sorted(plain) + sorted(froms) if line.split()[1] in _OTHERS]
    standard = [line for line in sorted(plain) + sorted(froms) if line not in of_others]
    return "\n".join([*standard, "", *of_others])
