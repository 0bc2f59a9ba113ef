"""What holds for all tests: generated examples are the same each time, and no test fails for being slow.

Tables that several tests want lie beside this file, in `messy_tables.py`.
"""

import sys
from pathlib import Path

import pytest

from honed.run import cache

# The environment of honed's own workers, before anything reads it. One thread each: tests run beside each other, and
# threads that wait for a core cost a small search four times the processor time. And one folder of compiled programs
# for all processes: compiling is what most tests that train would spend their time on.
cache.enter()

from hypothesis import settings  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

import array_types  # noqa: E402  (it has to come before honed)

array_types.check()

pytest_plugins = ["all_extras", "browsers"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories first: they take longest, and one worker would still be at them when the others are done."""
    items.sort(key=lambda item: "stories" not in item.path.parts)
