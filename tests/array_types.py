"""Checks the types and shapes in honed's signatures at each call that a test makes.

The names of array types are there for type checkers alone (`if TYPE_CHECKING`), so that honed itself does without
jaxtyping. Here they get their meaning, before honed is imported.
"""

from __future__ import annotations

import builtins
from typing import runtime_checkable

import jaxtyping
from beartype import BeartypeConf, beartype

# Not those that warn in their caller's name (`honed.model`, sources of tables): a check puts a call of its own between
# the two. Not those whose signatures name what is imported for type checkers alone (`honed.diagnosis.case`, other
# families): a check cannot find it. Not settings (`spec`), whose own check has the words for a user.
CHECKED = (
    "honed.diagnosis.data",
    "honed.diagnosis.training",
    "honed.encode",
    "honed.families.image.networks",
    "honed.families.table.networks",
    "honed.heads",
    "honed.metrics",
    "honed.nets.activations",
    "honed.nets.cells",
    "honed.nets.cnn",
    "honed.nets.compiled",
    "honed.nets.compiled_recurrence",
    "honed.nets.convolution",
    "honed.nets.mlp",
    "honed.nets.patches",
    "honed.nets.recurrent",
    "honed.nets.sequence",
    "honed.nets.temporal",
    "honed.nets.winograd",
    "honed.search.ensemble",
    *(
        f"honed.train.{name}"
        for name in (
            "batch_search",
            "examine",
            "examples",
            "knobs",
            "lanes",
            "loop",
            "losses",
            "optimizer",
            "packing",
            "plateau",
            "probes",
            "program",
            "range_test",
            "record",
            "schedules",
            "setup",
            "step",
            "turns",
        )
    ),
)
NAMES = ("Bool", "Float", "Float32", "Float64", "Int", "Int32", "Num", "Real", "Shaped", "UInt32", "UInt64")

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))  # a whole number may stand for a float


def check() -> None:
    """Have the modules below `CHECKED` checked from their import on."""
    for name in NAMES:
        setattr(builtins, name, getattr(jaxtyping, name))
    from honed.family import Networks

    runtime_checkable(Networks)  # beartype knows no other protocols
    jaxtyping.install_import_hook(list(CHECKED), "array_types.checked")
