"""A child Python in which nothing can be imported but honed, what is named, and what Python brings along."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

_REFUSAL = """
import sys

class Refusal:
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        if first not in {allowed!r} and first not in sys.stdlib_module_names and not first.startswith("_"):
            raise ModuleNotFoundError(f"No module named {{first!r}}, as in a lean environment", name=first)

sys.meta_path.insert(0, Refusal())
"""


def alone(
    code: str, *words: object, beside: Sequence[str] = ("numpy", "PIL")
) -> subprocess.CompletedProcess[str]:
    """The child that has run the code, with `words` as `sys.argv[1:]`; `beside` may be imported beside honed."""
    command = [sys.executable, "-c", _REFUSAL.format(allowed=("honed", *beside)) + code, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)
