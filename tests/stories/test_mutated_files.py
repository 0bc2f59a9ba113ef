"""Files that went wrong on their way: each is understood or refused in a sentence, and nothing is written."""

from __future__ import annotations

import pytest
from mutated_files import dry_run, mutated


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_a_mutated_file_is_understood_or_refused(first: int, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [said for number in range(first, first + 10) if (said := dry_run(number))] == []


def test_a_number_means_the_same_bytes() -> None:
    assert [mutated(number) for number in range(40)] == [mutated(number) for number in range(40)]
