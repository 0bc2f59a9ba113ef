"""An estimator's keywords are those that its settings declare: in its signature, its docstring and its errors."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from typing import Any

import pytest
from sklearn.base import clone

from honed import NetworkClassifier, NetworkRegressor, TunedClassifier, TunedRegressor
from honed.estimators import keywords
from honed.estimators.network import Keywords
from honed.nets.spec import NetworkSpec
from honed.settings import declarations, setting
from honed.train.spec import TrainingSpec


@dataclasses.dataclass(frozen=True, kw_only=True)
class Two:
    depth: int = setting(3, int, valid="[0, 64]", help="Number of layers.")
    colour: str | None = keywords.keyword(None, "a word, or None", "What it looks like.")


class Tiny:
    @keywords.of(Two)
    def __init__(self, **settings: Any) -> None:
        vars(self).update(settings)


def test_the_signature_is_that_of_the_dataclass() -> None:
    assert str(inspect.signature(Tiny)) == "(*, depth: int = 3, colour: str | None = None)"
    assert typing.get_type_hints(Tiny.__init__) == {"depth": int, "colour": str | None, "return": type(None)}
    assert vars(Tiny(colour="red")) == {"depth": 3, "colour": "red"}


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
def test_every_setting_is_a_keyword_with_its_default_its_help_and_what_it_may_be(kind: Any) -> None:
    given, text = inspect.signature(kind).parameters, inspect.getdoc(kind) or ""
    known = {name: spec() for spec in (NetworkSpec, TrainingSpec) for name in declarations(spec)}
    assert list(given)[: len(known)] == list(known)
    for name, spec in known.items():
        declared = declarations(spec)[name]
        default = getattr(spec, name)
        assert given[name].default == default == kind().get_params()[name]
        assert f"\n{name} : {declared.expectation()}, default {default!r}\n    {declared.help[:60]}" in text
    assert list(given)[len(known) :] == [
        *("categorical", "numeric", "date", "lists", "texts", "exclude", "missing", "schema"),
        *("class_weight", "validation_fraction", "random_state", "verbose", "log"),
        *(
            "device",
            "precision",
            "numeric_scaling",
            "target_encoding",
            "arithmetic_pairs",
            "category_crosses",
            "number_bins",
        ),
    ]
    assert all(f"\n{name} : " in text for name in given)
    assert "{keywords}" not in text and "\nAttributes\n" in text


@pytest.mark.parametrize(
    "kind",
    [NetworkClassifier, NetworkRegressor, TunedClassifier, TunedRegressor],
    ids=lambda kind: kind.__name__,
)
def test_what_columns_are_is_said_to_every_estimator_by_the_same_keywords(kind: Any) -> None:
    given, text = inspect.signature(kind).parameters, inspect.getdoc(kind) or ""
    for word in keywords.listed(keywords.OfColumns):
        assert given[word.name].default is word.default is None
        assert f"\n{word.name} : {word.valid}, default None\n    {word.help[:60]}" in text
    assert "{keywords}" not in text
    said = {"columns": [{"name": "a", "kind": "numeric"}]}
    made = kind(exclude=["b"], date=["c"], missing=[-999, "gone"], schema=said)
    again: Any = clone(made)
    assert again.get_params() == made.get_params()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"droput": 0.1},
            r"NetworkClassifier\.__init__\(\) got an unexpected keyword argument 'droput'\. Did you mean",
        ),
        ({"zzzz": 1}, r"got an unexpected keyword argument 'zzzz'\. Known: accumulation, "),
    ],
)
def test_an_unknown_keyword_is_a_type_error_that_suggests_the_nearest(words: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        NetworkClassifier(**words)


def test_settings_have_names() -> None:
    with pytest.raises(TypeError, match=r"__init__\(\) takes 1 positional argument but 3 were given"):
        NetworkClassifier(3, 4)  # pyright: ignore[reportCallIssue]


def test_values_are_kept_as_they_are_for_a_clone_and_checked_when_it_trains() -> None:
    sizes = [8, 4]
    network = NetworkClassifier(hidden_sizes=sizes, depth="deep")  # pyright: ignore[reportArgumentType]
    assert network.hidden_sizes is sizes
    twin: Any = clone(network)
    assert twin.get_params() == network.get_params()
    with pytest.raises(ValueError, match="'depth' is 'deep', but it must be a whole number"):
        network.fit([[1.0], [2.0]], [0, 1])


def test_a_dataclass_says_what_its_keywords_are() -> None:
    assert [each.name for each in keywords.listed(Keywords)] == list(inspect.signature(Keywords).parameters)
    assert list(keywords.listed(Two)) == [
        ("depth", 3, "a whole number in [0, 64]", "Number of layers."),
        ("colour", None, "a word, or None", "What it looks like."),
    ]
