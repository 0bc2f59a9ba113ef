"""The facts of a run, where they are more than a copy."""

from honed.run.journal import Journal
from honed.search import summary


def test_a_rival_that_failed_is_named_with_the_reason() -> None:
    journal = Journal.create(None, {})
    assert summary.missing_rivals(journal) == []
    detail = "Traceback ...\nValueError: too many levels"
    journal.record("baseline/boosting", {"ok": False, "error": "exception", "detail": detail})
    journal.record("baseline/linear", {"ok": False, "error": "late", "detail": ""})
    assert summary.missing_rivals(journal) == [
        "There was no time left for the linear model, so it is not among the scores.",
        "Gradient boosting failed, so it is not among the scores: ValueError: too many levels",
    ]


def test_time_that_is_left_is_said() -> None:
    (sentence,) = summary.left_over(900.0, 744.4)
    assert sentence.startswith(
        "2 min 36 s of 15 min 0 s are left: what is trained after the search itself took less"
    )
    assert not summary.left_over(60.0, 55.0)  # a little always is
    assert not summary.left_over(60.0, 61.0) and not summary.left_over(None, 5.0)
