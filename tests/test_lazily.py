"""Polars comes when it is asked for something."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import polars
import pytest
from alone import alone

import honed
from honed.lazily import pl


def test_it_is_polars() -> None:
    assert pl.DataFrame is polars.DataFrame and pl.Series([1]).dtype == polars.Int64
    with pytest.raises(AttributeError, match="no attribute 'Serie'"):
        pl.Serie  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_it_is_loaded_by_the_first_that_asks() -> None:
    code = (
        "import sys; from honed.lazily import pl; import honed.predictions, honed.answering, honed.model; "
        "there = 'polars' in sys.modules; pl.Series; print(there, 'polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("False True", "")


def test_where_it_is_not_installed_that_is_said() -> None:
    code = """
from honed.errors import InputError
from honed.lazily import pl
try:
    pl.DataFrame
except InputError as error:
    print(error)
"""
    done = alone(code, beside=())
    assert done.stdout.strip().endswith("which is not installed. Install it: pip install polars"), done.stderr


@pytest.mark.parametrize("broken", ["import polars_runtime", "raise ImportError('GLIBC is too old')"])
def test_what_is_installed_and_broken_is_not_said_to_be_missing(broken: str, tmp_path: Path) -> None:
    (tmp_path / "polars.py").write_text(broken)
    code = "import sys; sys.path.insert(0, sys.argv[1]); from honed.lazily import pl; pl.DataFrame"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert "ImportError: GLIBC" in done.stderr or "No module named 'polars_runtime'" in done.stderr
    assert "not installed" not in done.stderr


def test_no_other_module_of_honed_imports_it() -> None:
    """Neither at once nor in a function nor for types."""
    sources = Path(honed.__file__).parent.rglob("*.py")
    imports = re.compile(r"^\s*(import|from) polars", re.MULTILINE)
    assert [path.name for path in sources if imports.search(path.read_text())] == ["lazily.py"]
