"""Where trainings were, in words."""

from __future__ import annotations

from honed.passes import When, made


def test_entries_of_curves_are_epochs_or_passes() -> None:
    parts = {"passes": [0.25, 0.5, 0.75, 1.0]}
    assert [made(parts, number) for number in (1, 4)] == [0.25, 1.0]
    assert made({"passes": None}, 7) == 7
    assert When(parts).called(3) == "pass 0.75"
    assert When({}).counted(1200) == "1,200 epochs"
