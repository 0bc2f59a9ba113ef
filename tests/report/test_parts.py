from __future__ import annotations

import json
import types
from typing import (
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import pytest
from told_runs import Make, story

from honed.report.parts import Story


def misfits(kind: Any, value: Any, where: str = "story") -> list[str]:
    """Places where a value as JSON has it is not of a type."""
    origin, words = get_origin(kind), get_args(kind)
    if kind is Any or kind is object:
        return []
    if origin in (Union, types.UnionType):
        found = [misfits(each, value, where) for each in words]
        return [] if [] in found else min(found, key=len)
    if origin is Literal:
        return [] if value in words else [where]
    if origin is tuple:
        is_row = isinstance(value, list) and len(value) == len(words)
        pairs = zip(words, value, strict=True) if is_row else []
        return [] if is_row and not any(misfits(*pair) for pair in pairs) else [where]
    if origin is list:
        if not isinstance(value, list):
            return [where]
        return [m for n, each in enumerate(value) for m in misfits(words[0], each, f"{where}[{n}]")]
    if origin is dict:
        return [m for name, each in value.items() for m in misfits(words[1], each, f"{where}.{name}")]
    if origin in (Required, NotRequired):
        return misfits(words[0], value, where)
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        needed = {name for name, hint in hints.items() if _is_needed(hint, kind)}
        if not isinstance(value, dict) or not needed <= set(value):
            return [where]
        known = set(hints) & set(value)
        return [m for name in known for m in misfits(hints[name], value[name], f"{where}.{name}")]
    return [] if isinstance(value, (int, float) if kind is float else kind) else [where]


def _is_needed(hint: Any, kind: Any) -> bool:
    """`__required_keys__` knows nothing of marks in annotations that are kept as text."""
    return get_origin(hint) is Required or (kind.__total__ and get_origin(hint) is not NotRequired)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("searched", [True, False])
def test_a_story_is_of_the_types_that_are_said(make: Make, task: str, searched: bool) -> None:
    labels = ("a", "b", "c") if task == "multiclass" else ("no", "yes")
    run = make(task, labels=labels, searched=searched)
    assert misfits(Story, json.loads(json.dumps(story(run.path)))) == []


def test_so_is_that_of_a_run_that_has_not_ended(make: Make) -> None:
    assert misfits(Story, json.loads(json.dumps(story(make(finished=False).path)))) == []


def test_a_value_of_another_type_is_seen(make: Make) -> None:
    told = json.loads(json.dumps(story(make().path)))
    told["table"]["rows"]["all"] = "many"
    assert misfits(Story, told) == ["story.table.rows.all"]
