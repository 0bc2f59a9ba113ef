from datetime import timedelta
from typing import Any

import pytest

from honed import words
from honed.errors import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5m", 300),
        ("60s", 60),
        ("1h", 3600),
        ("90", 90),
        ("1.5h", 5400),
        ("1h30m", 5400),
        (" 2 M ", 120),
        (7, 7),
        (timedelta(minutes=2), 120),
    ],
)
def test_budgets_are_seconds(text: str | float | timedelta, expected: float) -> None:
    assert words.seconds(text) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "5 minutes", "5m3", "m", "1d", float("inf"), float("nan"), "5m-3s"]
)
def test_a_budget_that_is_no_time_is_refused(text: str | float) -> None:
    with pytest.raises(InputError, match=r"not a time.*5m"):
        words.seconds(text)


@pytest.mark.parametrize("text", ["0", "0s", "-5m", 0, -1.0])
def test_a_budget_of_zero_or_less_is_refused(text: str | float) -> None:
    with pytest.raises(InputError, match="in no time"):
        words.seconds(text)


@pytest.mark.parametrize("number", [0, -3])
def test_a_count_below_one_is_refused_by_name(number: int) -> None:
    with pytest.raises(InputError, match=f"--workers is {number}"):
        words.at_least_one("--workers", number)


@pytest.mark.parametrize("number", [None, 1, 8])
def test_other_counts_pass(number: int | None) -> None:
    assert words.at_least_one("--workers", number) == number


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("optimizer=sgd", {"optimizer": "sgd"}),
        ("optimizer='sgd'", {"optimizer": "sgd"}),
        ("learning_rate=auto", {"learning_rate": "auto"}),
        ("learning_rate = 1e-3", {"learning_rate": 0.001}),
        ("depth=2", {"depth": 2}),
        ("nesterov=true", {"nesterov": True}),
        ("numeric_embedding=None", {"numeric_embedding": None}),
        ("hidden_sizes=[256, 64]", {"hidden_sizes": [256, 64]}),
        ("schedule.name=plateau", {"schedule": "plateau"}),
        ("schedule.patience=5", {"plateau_patience": 5}),
        ("schedule.swing=0.1", {"plateau_swing": 0.1}),
        ("patience=2x", {"patience": "2x"}),
        ("optimizer.name=adam", {"optimizer": "adam"}),
    ],
)
def test_settings_are_read_as_toml_and_bare_words_as_text(assignment: str, expected: dict[str, Any]) -> None:
    assert words.settings([assignment]) == expected


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["depth"], "not of the form name=value"),
        (["=3"], "not of the form name=value"),
        (["my depth=3"], "not of the form name=value"),
        (["depth="], "cannot be read as TOML"),
        (["depth=3 layers"], "cannot be read as TOML"),
        (["hidden_sizes=[256"], "cannot be read as TOML"),
        (["hidden_sizes=" + "[" * 5_000 + "]" * 5_000], "cannot be read as TOML"),
        (["depth=3\nwidth = 5"], "more than one value"),
        (["depth=3", "depth=4"], "'depth' twice"),
        (["schedule=step", "schedule.name=step"], "'schedule' twice"),
        (["schedule.patience_=5"], "Did you mean 'schedule.patience'"),
    ],
)
def test_settings_that_cannot_be_read_are_refused(assignments: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        words.settings(assignments)


@pytest.mark.parametrize("budget", [[5], None, {}, 10**400, timedelta(0)])
def test_what_is_no_time_is_no_budget(budget: Any) -> None:
    with pytest.raises(InputError, match=r"^The budget is .{1,70}, "):
        words.seconds(budget)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, None), ("auto", None), ("4", 4), (" 16 ", 16), (8, 8), ("0", 0), ("-1", -1)],
)
def test_lanes_are_a_number_or_left_to_honed(given: str | int | None, expected: int | None) -> None:
    assert words.lanes(given) == expected  # what is too small is refused with what else makes no run


@pytest.mark.parametrize("given", ["many", "", "4.5", "1e3", "AUTO", "9" * 12, 2.5, [4]])
def test_lanes_that_are_no_number_are_refused(given: Any) -> None:
    with pytest.raises(InputError, match="how many networks train side by side"):
        words.lanes(given)
