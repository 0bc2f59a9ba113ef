"""A script gets what it calls, with all that this needs, and nothing else."""

from __future__ import annotations

import ast

from honed.families.exports.linked import linked

CODE = "def own(x):\n    return silu(x)\n"


def test_a_function_comes_with_what_it_calls_and_imports() -> None:
    needed = linked(CODE)
    functions = [node.name for node in ast.parse(needed.source).body if isinstance(node, ast.FunctionDef)]
    assert functions == ["sigmoid", "silu"]
    assert needed.imports.split("\n") == ["", "import numpy as np"]
    assert needed.source.startswith("# ---")


def test_a_constant_keeps_the_comment_above_it() -> None:
    source = linked("Number()").source
    assert "# Words that mean an empty cell" in source
    assert source.index("# Words that mean") < source.index("MISSING = {")
    assert "fmt: skip" not in source


def test_what_is_linked_runs_by_itself_and_knows_nothing_of_honed() -> None:
    needed = linked("main, Model, Written, Moment, Number, Words, Encoder, Date, periodic, embedded_rare")
    whole = "\n".join(["from __future__ import annotations", needed.imports, needed.names, needed.source])
    assert "honed." not in needed.imports
    names: dict[str, object] = {"__name__": "honed"}
    exec(compile(whole, "linked", "exec"), names)
    assert "periodic" in names
