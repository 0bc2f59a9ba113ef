"""The page on exports: its commands run on a run that a test has made, and its examples go on with what they wrote."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from honed import cli

PAGE = (Path(__file__).parents[1] / "docs" / "export.md").read_text()


def exported(
    run: Path, file: str, folder: Path, capsys: pytest.CaptureFixture[str], names: dict[str, Any]
) -> dict[str, Any]:
    """What the example about a file leaves, once the command that writes it has said what the page says.

    Figures may be others. Everything is written into `folder`, which has to be the working directory.
    """
    found = re.search(rf"^\$ honed (export \S+ --format \w+ --out {file})\n(.*)$", PAGE, flags=re.MULTILINE)
    assert found is not None, f"the page exports no {file}"
    words = found[1].split()
    assert cli.status([words[0], str(run), *words[2:]]) == 0
    said = next(line for line in capsys.readouterr().err.splitlines() if line.startswith("Wrote"))
    assert without_figures(said) == without_figures(found[2])
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    start = f"from {file[:-3]} import" if file.endswith(".py") else f'"{file}"'
    (block,) = (block for block in blocks if start in block)
    assert (folder / file).is_file()
    exec(block, names)
    return names


def without_figures(line: str) -> str:
    return re.sub(r"\d[\d.,e-]*\d|\d", "0", line)
