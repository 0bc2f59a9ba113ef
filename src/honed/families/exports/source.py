"""What exports that are sources have in common: files, names and texts, and what the outputs of a network are."""

from __future__ import annotations

import sys
import types

from honed.encode.target import RATE_LOSSES
from honed.errors import InputError
from honed.families.exports.literals import literal
from honed.families.exports.parts import answering
from honed.model.model import Member
from honed.model.outputs import Reading, middle_parts
from honed.table.cells import brief


def loaded(source: str, name: str, *beside: types.ModuleType) -> types.ModuleType:
    """A module in memory, which may import those beside it, and itself, as its dataclasses do."""
    module = types.ModuleType(name)
    module.__dict__["__file__"] = f"{name}.py"
    others = {own.__name__: own for own in (module, *beside)}
    before = {own: sys.modules[own] for own in others if own in sys.modules}
    sys.modules.update(others)
    try:
        exec(compile(source, f"{name}.py", "exec"), module.__dict__)
    finally:
        for own in others:
            del sys.modules[own]
        sys.modules.update(before)
    return module


def check_name(stem: str) -> None:
    """Raise `InputError` for the name of a module that the file would import in place of Python's own."""
    if stem in sys.stdlib_module_names or stem in ("numpy", "torch"):
        raise InputError(
            f"{stem}.py would stand in the way of the module {stem!r} for all files of Python beside it. Give "
            "another name with --out."
        )


def docstring(text: str) -> str:
    """The source of the docstring that a text is."""
    return '"""' + text.replace("\\", "\\\\").replace('"""', "'''") + '"""\n'


def quoted(text: str | None) -> str:
    """The source of a text, of a long one its beginning."""
    return literal(text if text is None else brief(text, 30))


def outputs_of(member: Member) -> tuple[answering.Classes | answering.Values, ...]:
    """What the outputs of a network are, of each target."""
    return tuple(_outputs_of(reading) for reading in member.readings)


def _outputs_of(reading: Reading) -> answering.Classes | answering.Values:
    target = reading.target
    if target.kind == "classes":
        return answering.Classes(reading.loss == "squared")
    return answering.Values(
        target.mean,
        target.scale,
        target.low,
        target.high,
        target.offset if target.is_exponential else None,
        middle_parts(len(reading.quantiles) or 1, reading.loss, reading.quantiles),
        target.kind in RATE_LOSSES,
    )
