from typing import Any, cast

import pytest

from honed.report import text
from honed.report.facts import Facts
from honed.table.document import Told


@pytest.fixture
def facts() -> Facts:
    """Everything a run can know."""
    return {
        "data": "train.csv",
        "target": "price",
        "task": "regression",
        "task_reason": "'price' has 214 distinct whole numbers, over 20, so it is a quantity",
        "metric": "root_mean_squared_error",
        "greater_is_better": False,
        "uses": "ensemble",
        "verdict": "The search beats the default by 3.1, more than the noise of 1.2.",
        "network": {
            "inputs": 1210,
            "hidden": [64, 32],
            "outputs": 1,
            "activation": "silu",
            "numeric_embedding": "periodic",
            "parameters": 79_553,
            "epochs": 31,
        },
        "choices": [
            {
                "setting": "hidden_sizes",
                "value": [64, 32],
                "reason": "a wider first layer lost in 4 of 5 comparisons and a narrower one lost in 5 of 5, "
                "on the same folds and seeds",
                "evidence": "trials compared",
            },
            {
                "setting": "batch_size",
                "value": 64,
                "reason": "1,024 rows or fewer",
                "evidence": "design rule",
            },
            {"setting": "nesterov", "value": False, "reason": "for SGD", "evidence": "published default"},
            {"setting": "dropout", "value": 0.123456, "reason": "--set dropout", "evidence": "given"},
        ],
        "ledger": [
            {
                "finding": "overfitting",
                "edit": "dropout",
                "from": 0.1,
                "to": 0.3,
                "parent": 2,
                "child": 17,
                "effect": 1.5,
                "error": 0.5,
                "low": 0.68,
                "high": 2.32,
                "won": True,
                "control": {"edit": "schedule", "effect": -0.2},
            },
            {
                "finding": "random",
                "edit": "schedule",
                "from": "cosine",
                "to": "coslog4",
                "parent": 2,
                "child": 18,
                "effect": -0.2,
                "error": 0.4,
                "low": -0.86,
                "high": 0.46,
                "won": False,
                "control": None,
            },
            {
                "finding": "not-finite",
                "edit": "learning_rate",
                "from": 1.0,
                "to": 0.1,
                "parent": 9,
                "child": 19,
                "effect": None,
                "error": None,
                "low": None,
                "high": None,
                "won": False,
                "control": None,
            },
        ],
        "ensemble": [
            {"name": "trial 17", "weight": 0.6, "networks": 5, "score": 53.1, "network": "64-32 silu"},
            {"name": "trial 2", "weight": 0.4, "score": 53.9, "network": "128-128-128 selu"},
        ],
        "scores": {
            "ensemble": {"value": 51.2, "low": 46.1, "high": 56.0},
            "network": {"value": 52.1, "low": 47.3, "high": 56.9},
            "boosting": {"value": 58.0, "low": 50.0, "high": 66.0},
            "linear": {"value": 54.0, "low": 49.0, "high": 59.0},
            "trivial": {"value": 77.2},
        },
        "rows": {"train": 376, "outer": 66, "dropped": 4, "folds": 5, "repeats": 2},
        "columns": {"numeric": 10, "boolean": 0, "categorical": 2, "left_out": {"id": "it counts the rows"}},
        "time": {
            "seconds": 29.6,
            "budget": 30.0,
            "candidates": 30,
            "networks": 412,
            "generations": 1,
            "workers": 2,
            "compiling": 0.12,
        },
        "notes": ["The best value of depth sits on the edge of its range."],
    }


def test_the_page_says_everything_known(facts: Facts) -> None:
    page = text.page(facts)
    for words in (
        "'price' from train.csv · regression",
        "Score: root_mean_squared_error on 66 rows that no choice has seen (lower is better)",
        "ensemble of 6 networks      51.20 (46.10 to 56.00)  ← predicts",
        "always the mean             77.20",
        "beats the default by 3.1",
        "1,210 → 64 → 32 → 1",
        "silu · periodic embedding of numbers · 79,553 weights · best epoch 31",
        "by the search (how trials with such a value did: an association, no test):",
        "hidden_sizes  64, 32",
        "nesterov      off",
        "dropout       0.1235",
        "dropout 0.1 → 0.3  root_mean_squared_error better by 1.5 (0.68 to 2.32)  trial 2 → 17  overfitting",
        "1 of 2 advised edits and 0 of 1 random edit lowered the loss on the same folds",
        "60%  trial 17  5 ×  64-32 silu",
        "rows: 376 to learn and to choose from, 66 for the score, 4 without a target, left out",
        "validation: 5 folds, 2 times",
        "columns: 10 numeric, 2 categorical",
        "'id' left out: it counts the rows",
        "task: 'price' has 214",
        "30 candidates tried · 412 networks trained · 1 generation · 2 workers · 30 s of 30 s",
        "compiling took 12% of the workers' time",
        "sits on the edge",
    ):
        assert words in page
    assert "boolean" not in page


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0123456, "0.01235"),
        (0.5, "0.5000"),
        (51.2, "51.20"),
        (12345.6, "12,346"),
        (0.0, "0.000"),
        (3.2e-8, "3.200e-08"),
        (-1.2e-5, "-1.200e-05"),
    ],
)
def test_scores_have_four_digits_whatever_their_size(facts: Facts, value: float, words: str) -> None:
    facts["scores"]["ensemble"] = {"value": value}
    assert f" {words}  " in text.page(facts)
    assert text.headline(facts).startswith(f"root_mean_squared_error {words} on")


@pytest.mark.parametrize("width", [60, 72, 80, 100, 140])
def test_no_line_is_wider_than_asked(facts: Facts, width: int) -> None:
    assert max(map(len, text.page(facts, width).splitlines())) <= width


def test_a_narrow_terminal_gets_the_least_width(facts: Facts) -> None:
    assert text.page(facts, 20) == text.page(facts, text.LEAST_WIDTH)


def test_every_choice_and_its_reason_is_on_the_page(facts: Facts) -> None:
    for width in (60, 100):
        words = " ".join(text.page(facts, width).split())
        for choice in facts["choices"]:
            assert choice["reason"] in words


def test_parts_that_are_not_known_are_left_out() -> None:
    page = text.page(text.example())
    for heading in ("Why", "What each knob bought", "Ensemble", "Notes", "None"):
        assert heading not in page
    assert "network  52.10 (47.30 to 56.90)  ← predicts" in page


def test_the_smallest_facts_make_a_page() -> None:
    least = {
        "target": "y",
        "task": "binary",
        "metric": "log_loss",
        "greater_is_better": False,
        "network": {},
        "uses": "network",
        "choices": [],
        "scores": {},
        "rows": {},
        "time": {},
    }
    facts = cast(Facts, least)
    assert text.page(facts).startswith("'y' · binary")
    assert "not known" in text.headline(facts)


def test_the_single_network_is_marked_when_it_predicts(facts: Facts) -> None:
    facts["uses"] = "network"
    (marked,) = [line for line in text.page(facts).splitlines() if "← predicts" in line]
    assert "best single network" in marked
    assert text.headline(facts).startswith("root_mean_squared_error 52.10")


def test_classes_are_counted_and_higher_is_said(facts: Facts) -> None:
    facts.update(task="multiclass", classes=["a", "b", "c"], metric="accuracy", greater_is_better=True)
    page = text.page(facts)
    assert "multiclass, 3 classes" in page
    assert "(higher is better)" in page
    assert "always the class frequencies" in page


@pytest.mark.parametrize(("state", "words"), [("running", "still running"), ("stopped", "stopped early")])
def test_an_unfinished_run_says_so(facts: Facts, state: str, words: str) -> None:
    facts["state"] = state  # pyright: ignore[reportGeneralTypeIssues]
    assert words in text.page(facts).splitlines()[0]


def test_a_section_that_fails_says_so_in_its_place(facts: Facts) -> None:
    facts["time"] = cast(Any, None)
    page = text.page(facts)
    assert "Work\n  This part is left out, as it failed: AttributeError" in page
    assert "Ensemble" in page


def test_a_score_that_is_undefined_is_told_so() -> None:
    facts = {
        **text.example(),
        "scores": {"network": {"value": None, "low": None, "high": None}},
        "metric": "roc_auc",
    }
    assert text.headline(cast(Facts, facts)) == "roc_auc undefined on 66 rows that no choice has seen."
    assert "undefined" in text.page(cast(Facts, facts))


def test_the_class_that_a_metric_is_about_is_named() -> None:
    assert text.headline({**text.example(), "metric": "average_precision", "positive": "b"}).startswith(
        "average_precision of 'b' 52.10"
    )


def scored(used: float, trivial: float, **more: Any) -> Facts:
    scores = {"network": {"value": used}, "trivial": {"value": trivial}}
    return cast(Facts, {**text.example(), "scores": scores, **more})


def test_a_score_no_better_than_a_guess_is_told_so() -> None:
    said = text.headline(scored(6.0, 5.5))
    assert said.endswith(
        "That is worse than always answering the mean (5.500): do not rely on the predictions."
    )
    assert "That is no better than always answering the mean (5.500)" in text.headline(scored(5.5, 5.5))
    assert "That is" not in text.headline(scored(5.0, 5.5))
    better = {"greater_is_better": True, "task": "binary"}
    assert "worse than always answering the class frequencies" in text.headline(scored(0.4, 0.5, **better))
    assert "That is" not in text.headline(scored(0.6, 0.5, **better))
    assert "do not rely" in text.page(scored(6.0, 5.5)).replace("\n    ", " ")


def test_a_table_too_small_for_a_score_says_that_it_has_none() -> None:
    facts = cast(Facts, {**text.example(), "scores": {}, "rows": {"train": 4, "outer": 0}})
    assert (
        text.headline(facts) == "A model is saved; it has no score: of 4 rows none can be kept apart for it."
    )
    assert "none: of 4 rows none can be kept apart" in text.page(facts)
    facts["rows"] = {"train": 40, "outer": 6}
    assert text.headline(facts).endswith("its score is not known yet.")


def test_one_row_is_no_rows() -> None:
    assert "on 1 row that" in text.headline(cast(Facts, {**text.example(), "rows": {"train": 6, "outer": 1}}))


def test_how_far_the_networks_of_the_winner_lie_apart_is_said(facts: Facts) -> None:
    assert "standard deviation" not in text.page(facts)
    facts["network"]["spread"] = {
        "networks": 5, "low": 0.41234, "high": 0.5, "deviation": 0.03, "differ": "fold and seed",
    }  # fmt: skip
    page = " ".join(text.page(facts, width=100).split())
    assert "its 5 networks, which differ by fold and seed, score from 0.4123 to 0.5 in" in page
    assert "each on its own validation rows (standard deviation 0.03)" in page


def test_what_to_expect_of_rows_to_come_is_told_beside_the_score(facts: Facts) -> None:
    assert text.over_time_words(facts) == ""
    says = "Of rows to come expect 40.00 to 70.00."
    facts["over_time"] = {"steps": [45.0, 50.0, 60.0], "low": 40.0, "high": 70.0, "says": says}
    assert text.headline(facts).endswith(says)
    assert says in " ".join(text.page(facts).split())


def test_few_columns_are_told_one_by_one(facts: Facts) -> None:
    column: Told = {"name": "size", "kind": "numeric", "evidence": "all numbers", "examples": ["1", "2"]}
    assert "  size  numeric  all numbers; such as '1', '2'" in text.page(facts, columns=[column]).splitlines()
    assert "all numbers" not in text.page(facts, columns=[column] * 13)


def test_what_intervals_hold_is_told_beside_the_score(facts: Facts) -> None:
    assert text.coverage_words(facts) == ""
    facts["intervals"] = {
        "level": 0.9, "coverage": 0.9137, "error": 0.0112, "width": 2.2908, "rows": 638, "units": 1448, "of": "rows"
    }  # fmt: skip
    told = " ".join(text.page(facts).split())
    assert "Intervals of 0.9 (`honed predict --interval 0.9`) hold the truth of 91.4% of these rows" in told
    assert "(standard error 1.1%); their mean width is 2.291." in told
    facts["intervals"]["of"] = "groups"
    assert "of these rows, each group counting once (standard" in text.coverage_words(facts)
    facts["rows"]["newest"] = "day"
    assert "of these rows, each stretch of time counting once (standard" in text.coverage_words(facts)


def test_a_run_that_was_stopped_before_its_score_says_so_in_the_place_of_the_score() -> None:
    facts = text.example()
    facts["state"], facts["scores"] = "stopped", {}
    told = text.page(facts)
    assert "\nScore\n  not known yet; it comes at the end of a run: rmse on 66 rows" in told
    assert "Score:" not in told


def test_rows_of_several_rounds_are_told_as_such() -> None:
    facts = text.example()
    facts["nested"] = {"rounds": 5, "rows": 442, "scores": {"network": {"value": 60.0}}}
    where = "on 442 rows, each predicted by networks that did not see it"
    assert text.headline(facts) == f"rmse 52.10 (47.30 to 56.90) {where}."
    told = text.page(facts)
    assert "66 unseen by the search, others in 4 further rounds" in told
    assert "60.0" not in told
