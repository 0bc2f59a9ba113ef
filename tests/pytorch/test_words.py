from __future__ import annotations

from honed.findings import Finding
from honed.pytorch import words


def test_actions_are_in_pytorchs_words() -> None:
    found = Finding("rate-too-high", "error", "", {}, "", "Lower it.", {"learning_rate": 1e-4})
    assert "lr=0.0001" in words.action(found)
    assert "a higher lr" in words.action(Finding("rate-too-low", "error", "", {}, "", ""))
    assert words.action(Finding("another", "note", "", {}, "", "As it is.")) == "As it is."
