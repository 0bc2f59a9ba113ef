"""How an exported script reads a file, prints, and tests itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.families.exports.parts.names import Answers, Row
from honed.families.exports.parts.running import SelfTest, in_words, main, rows_of


def answers(rows: Sequence[Row]) -> Answers:
    return {
        "prediction": np.array([str(row["b"]) for row in rows], object),
        "p_x": np.array([float(str(row["a"])) for row in rows]),
    }


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_file_is_read_by_the_separator_that_finds_the_names(separator: str, tmp_path: Path) -> None:
    lines = [
        "\ufeff" + separator.join(["a", '"b"', "c"]),
        "",
        separator.join(["1", '"x y"', ""]),
    ]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert rows_of(str(tmp_path / "new.csv"), ["a", "b"]) == [{"a": "1", "b": "x y", "c": ""}]


def test_a_ragged_row_and_a_file_without_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(ValueError, match="row 2 has 1 cells, and the header has 2"):
        rows_of(str(path), ["a"])
    path.write_text("a,b\n")
    with pytest.raises(ValueError, match="no rows"):
        rows_of(str(path), ["a"])


def test_the_command_prints_predictions_and_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new.csv"
    path.write_text('a,b\n0.1,"x, y"\n')
    test = SelfTest(({"a": "2", "b": "z"},), {"prediction": ("z",), "p_x": (2.0,)})
    assert main([str(path)], "about", ["a"], answers, test) == 0
    assert capsys.readouterr().out == 'prediction,p_x\n"x, y",0.1\n'
    assert main([str(tmp_path / "none.csv")], "about", ["a"], answers, test) == 2
    assert "none.csv" in capsys.readouterr().err
    assert main([], "about", ["a"], answers, test) == 2
    assert main(["--help"], "about", ["a"], answers, test) == 0
    assert capsys.readouterr().out == "about\nabout\n"


@pytest.mark.parametrize(
    ("value", "word", "status"), [(2.0, "z", 0), (2.1, "z", 1), (float("nan"), "z", 1), (2.0, "y", 1)]
)
def test_the_self_test_notices_what_differs(
    value: float, word: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    test = SelfTest(({"a": "2", "b": "z"},), {"prediction": (word,), "p_x": (value,)})
    assert main(["--self-test"], "", ["a"], answers, test) == status
    assert "1 rows: the largest difference" in capsys.readouterr().out


def test_numbers_are_written_as_polars_writes_them() -> None:
    rng = np.random.default_rng(0)
    small = rng.choice([-1, 1], 5000) * 10.0 ** rng.uniform(-30, 25, 5000)
    values = np.concatenate([small, 10.0 ** np.arange(-20, 22), [0.0, -0.0, np.inf]])
    written = pl.DataFrame({"value": values}).write_csv(include_header=False).splitlines()
    assert [str(in_words(value)) for value in values.tolist()] == written
