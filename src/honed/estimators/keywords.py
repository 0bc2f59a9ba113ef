"""The keywords of an estimator, from the declarations of its settings: signature, storing and docstring.

A dataclass is the list of keywords: its fields are made by `honed.settings.setting`, or by `keyword` for what only the
estimators have. Read `of` first.
"""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
import typing
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import timedelta
from os import PathLike
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

import numpy as np

from honed.device import Precision
from honed.settings import Spec, Value, declarations, nearest
from honed.typed import JSON

P = ParamSpec("P")
T = TypeVar("T")
Estimator = Any  # of whose class the `__init__` is
_WIDTH = 100  # letters of a line of help
_COLUMNS = "a list of column names (of an array: positions), or None"


class Keyword(NamedTuple):
    """One keyword: what it may be, in words, and what it does."""

    name: str
    default: Value
    valid: str
    help: str


def keyword(default: T, valid: str, help: str) -> T:
    """A dataclass field for a keyword that is no setting of a spec; `fit` checks its value."""
    return dataclasses.field(default=default, metadata={"keyword": (valid, help)})


def listed(settings: Spec) -> Iterator[Keyword]:
    """The keywords that a dataclass stands for, in the order of its fields."""
    declared = declarations(settings)
    for field in dataclasses.fields(settings):
        if field.name in declared:
            valid, help = declared[field.name].expectation(), declared[field.name].help
        else:
            valid, help = field.metadata["keyword"]
        yield Keyword(field.name, field.default, valid, help)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfColumns:
    """Keywords of every estimator: what columns are, which overrules what their cells look like."""

    categorical: Iterable[str | int] | None = keyword(
        None, _COLUMNS, "Columns that are levels, whatever their cells look like; of others the cells decide."
    )
    numeric: Iterable[str | int] | None = keyword(
        None,
        _COLUMNS,
        "Columns that are numbers, whatever their cells look like; of others the cells decide.",
    )
    date: Iterable[str | int] | None = keyword(
        None,
        _COLUMNS,
        "Columns of dates or times, also where they do not look so; of others the cells decide.",
    )
    lists: Iterable[str | int] | None = keyword(
        None,
        _COLUMNS,
        "Columns of lists of items, also where they do not look so; of others the cells decide.",
    )
    texts: Iterable[str | int] | None = keyword(
        None,
        _COLUMNS,
        "Columns of texts, whose words count, also where they are short; of others the cells decide.",
    )
    exclude: Iterable[str | int] | None = keyword(
        None, _COLUMNS, "Columns to leave out; rows to predict have them all the same."
    )
    missing: Iterable[str | float] | None = keyword(
        None,
        "a list of words and numbers, or None",
        "What means an empty cell in any column of X, such as 'unknown' or -999, beside NaN and None.",
    )
    schema: Mapping[str, JSON] | str | PathLike[str] | None = keyword(
        None,
        "a document as `honed fit --dry-run --json` prints it, the path of one, or None",
        "What the columns are that it names, and how their cells are read.",
    )


_LOG = (
    "mlflow, mlflow:URI, tensorboard:DIR, a list of these, or None",
    "Where to show settings, curves and scores while `fit` works; needs `honed[mlflow]` or `honed[tensorboard]`.",
)


_DEVICE = (
    "one of 'auto', 'cpu', 'gpu'",
    "Where networks are trained: on the processor, on a GPU that JAX sees, or with 'auto' on a GPU where there is one.",
)
_PRECISION = (
    "one of 'float32', 'tensorfloat32'",
    "In what a GPU multiplies matrices: as exactly as a processor, or faster, with 11 of 24 bits of each number.",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ByHand:
    """Keywords of every network by hand that are no settings of a spec, whatever its rows are."""

    class_weight: str | Mapping[Hashable, float] | None = keyword(
        None,
        "'balanced', a dict of numbers above 0 by class label, or None",
        "Factors on the loss by class label, of any scale; ignored for regression.",
    )
    validation_fraction: float = keyword(
        0.1,
        "a number in (0, 1)",
        "Share of the rows held out for early stopping; ignored without it.",
    )
    random_state: int | np.random.RandomState | None = keyword(
        None,
        "a whole number, a RandomState, or None",
        "Where all randomness starts; a number makes runs the same.",
    )
    verbose: bool = keyword(False, "true or false", "Print one line when training has ended.")
    log: str | Iterable[str] | None = keyword(None, *_LOG)
    device: str = keyword("cpu", *_DEVICE)
    precision: Precision = keyword("float32", *_PRECISION)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfSearch:
    """Keywords of every tuned network, whatever its rows are."""

    budget: str | float | timedelta | None = keyword(
        "60s",
        "a duration, seconds, or None",
        'Wall-clock time from the call of `fit` on, such as "60s", "5m" or 300; ignored when `trials` is given.',
    )
    trials: int | None = keyword(
        None,
        "a whole number, or None",
        "Candidates to try in place of a budget, each trained on several folds where it is worth it: the result then "
        "does not depend on the machine's pace.",
    )
    metric: str | None = keyword(
        None,
        "a name, or None",
        "What to be best at, by scikit-learn's name; by default log-loss for classes, else RMSE.",
    )
    positive: object = keyword(
        None,
        "a class label, or None",
        'Of two classes the one that the metric "average_precision" and `threshold` are of; by default the second of '
        "`classes_`.",
    )
    threshold: str | None = keyword(
        None,
        "'f1', 'cost:FP=1,FN=5' with your own numbers, or None",
        "Of two classes the positive one is predicted from the probability on that is best for its F1, or for the mean "
        "cost of a row, given what each kind of mistake costs, as chosen on predictions of rows that did not train "
        "what predicts them. None predicts the likelier class.",
    )
    n_jobs: int | None = keyword(
        None,
        "a whole number, or None",
        "Worker processes; None and -1 mean one for each core, or GPU. With 1, few rows are learned from in this "
        "process, where that is on the processor.",
    )
    lanes: int | str | None = keyword(
        None,
        "a whole number, 'auto', or None",
        "Networks of equal shape that each worker trains side by side, in one program. None and 'auto' are for as many "
        "as a GPU has memory for, and for 1 on a processor.",
    )
    cluster: str | None = keyword(
        None,
        "'auto', 'local', 'HOST:PORT', or None",
        "A Ray cluster to work on: the one of this machine, one of this machine alone, or the one at that address; "
        "needs `honed[ray]`. None is for processes of this machine.",
    )
    single: bool = keyword(False, "true or false", "Keep the best single network instead of an ensemble.")
    cv: object = keyword(
        None,
        "a number, a splitter, an iterable, or None",
        "Own folds, as scikit-learn takes them: a number, a splitter (which gets `groups`), or pairs of row positions "
        "to train and to test on. What the last split tests on gives the score, the others choose.",
    )
    nested: int | None = keyword(
        None,
        "a whole number, or None",
        "Rounds in which rows are unseen in turn, each of them a search of its own, so that all rows together give the "
        "score. None trains what one search chose in 5 such rounds, in 15 % of the budget, for fewer than 1,000 rows "
        "where the budget is 20 s or more or `trials` are given; 0 is for one score, of the rows that the search "
        "itself keeps apart.",
    )
    random_state: int | np.random.RandomState | None = keyword(
        None,
        "a whole number, a RandomState, or None",
        "Where all randomness starts.",
    )
    log: str | Iterable[str] | None = keyword(None, *_LOG)
    device: str = keyword("cpu", *_DEVICE)
    precision: Precision = keyword("float32", *_PRECISION)


def of(
    settings: Callable[P, object],
) -> Callable[[Callable[..., None]], Callable[Concatenate[Estimator, P], None]]:
    """Give an `__init__` the keywords of a dataclass, with their defaults; it gets them all.

    Raises
    ------
    TypeError
        When an estimator is made with a keyword that it does not have (the message suggests the nearest).
    """
    hints = typing.get_type_hints(settings)
    parameters = [
        parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(settings).parameters.items()
    ]
    defaults = {parameter.name: parameter.default for parameter in parameters}
    me = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)

    def decorate(store: Callable[..., None]) -> Callable[Concatenate[Estimator, P], None]:
        def __init__(self: Estimator, *positions: Value, **given: Value) -> None:
            called = f"{type(self).__name__}.__init__()"
            if positions:
                raise TypeError(f"{called} takes 1 positional argument but {1 + len(positions)} were given")
            for name in given:
                if name not in defaults:
                    raise TypeError(
                        f"{called} got an unexpected keyword argument {name!r}.{nearest(name, defaults)}"
                    )
            store(self, **{**defaults, **given})

        __init__.__doc__, __init__.__module__ = store.__doc__, store.__module__
        __init__.__qualname__ = store.__qualname__
        __init__.__annotations__ = {**hints, "return": None}
        __init__.__signature__ = inspect.Signature([me, *parameters])  # pyright: ignore[reportFunctionMemberAccess]
        return __init__

    return decorate


def documented(title: str, text: str, settings: Spec) -> str:
    """A docstring: the title, then `text` but for its first line, where ``{keywords}`` becomes the list of all."""
    said = []
    for name, default, valid, help in listed(settings):
        lines = textwrap.wrap(help, _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8)
        said += [f"    {name} : {valid}, default {default!r}", *lines]
    return f"{title}\n{text.partition(chr(10))[2]}".replace("    {keywords}", "\n".join(said))
