"""A tuned network: `TunedClassifier` and `TunedRegressor`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic as time_now
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from honed.errors import InputError
from honed.estimators import keywords
from honed.estimators.answers import Classes, Values
from honed.estimators.keywords import OfColumns, OfSearch, keyword
from honed.estimators.searching import Searching
from honed.estimators.tabular import Tabular, named_column, or_as_before
from honed.family import Further
from honed.settings import Value, plain
from honed.table.native import ColumnLike, TableLike


@dataclass(frozen=True, kw_only=True)
class Keywords(OfColumns, OfSearch):
    """All keywords of a tuned network of tables."""

    time: str | int | Literal[False] | None = keyword(
        None,
        "a column's name (of an array: position), False, or None",
        "When each row was, a date or a number: folds learn from the past and are judged by what follows, and the "
        "score is that of the newest rows. None does so by a column of dates that orders the rows, and warns of it; "
        "False says that the order does not matter.",
    )
    trend: bool | None = keyword(
        None,
        "true, false, or None",
        "With `time`, whether what only grows (time since the first row, the year, a number) is an input, which stays "
        "at its last value in rows to come. None leaves it to a quick fit of later rows.",
    )
    gap: int | str | timedelta | None = keyword(
        None,
        "a whole number, a duration, or None",
        'With `time`, what lies unused between past and future: so many rows, or a duration such as "7d" or "12h".',
    )
    encodings: str | Sequence[str] | None = keyword(
        None,
        "names, or None",
        "Ways to encode rows that are tried beside the usual one, of 'bins', 'target', 'pairs', 'crosses', 'standard' "
        "and others: see the knobs. By default those are tried that suit the table, each once; 'robust' alone tries "
        "none.",
    )


class _Tuned(Searching, Tabular):
    """A tuned network: designed, trained and chosen within a budget.

    Parameters
    ----------
    {keywords}

    Attributes
    ----------
    model_ : the fitted model, a `honed.model.Model`.
    score_ : the metric on rows that no choice has seen.
    best_params_ : settings of the best network.
    history_ : its curves by epoch, train_loss and valid_loss, in its first training.
    best_epoch_ : number of the epoch whose weights that training kept, from 1.
    trials_ : each fully trained candidate with its loss, the best first.
    findings_ : what went wrong or could go better in the best network, as `honed.findings.Finding`, errors first.
    summary_ : the facts that `honed show` prints.
    classes_ : labels in the order of the probabilities, of several targets a list; of a classifier.
    n_features_in_ : number of columns.
    feature_names_in_ : names of the columns, where they had some.
    """

    @keywords.of(Keywords)
    def __init__(self, **settings: Value) -> None:
        vars(self).update(settings)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Value:
            """For editors alone: each keyword is an attribute."""

    @or_as_before
    def fit(self, X: TableLike, y: ColumnLike = None, *, groups: ColumnLike = None, **others: object) -> Self:
        """Tune on a table.

        Parameters
        ----------
        X : array of numbers or DataFrame (rows, columns); NaN and empty cells are missing values.
        y : (rows,) labels or numbers, or (rows, targets) of several targets, which one network then predicts.
        groups : (rows,) labels of any type, of at least 3 groups; rows of one group are never split, and each row
            without a label is a group alone.

        Raises
        ------
        ValueError
            A setting or the data are not valid, or `sample_weight` is given, which only the `Network` estimators
            take; the message says what to do.
        """
        from honed.families.table.source import TableSource, along, check_time, levels_of_time
        from honed.table.columns import group_codes
        from honed.table.order import gap_of
        from honed.table.probable import notice

        start = time_now()
        if others.pop("sample_weight", None) is not None:
            kind = "Classifier" if hasattr(self, "predict_proba") else "Regressor"
            raise InputError(
                f"{type(self).__name__} takes no sample_weight: its search would choose as if all rows counted the "
                f"same. Leave it out, or train one network with Network{kind}, which takes it."
            )
        if others:
            raise TypeError(f"{type(self).__name__}.fit() got an unexpected keyword argument {min(others)!r}")
        asked = Keywords(**self.get_params(deep=False))
        declared = [] if isinstance(asked.categorical, str) else list(asked.categorical or ())
        if asked.time is not None and asked.time is not False and asked.time in declared:
            raise InputError(levels_of_time(asked.time))
        table, schema, ys = self._read(X, y)
        main = ys[0]
        numbers = None if groups is None else group_codes(groups, len(main))
        rows, gap = np.arange(len(main), dtype=np.int32), gap_of(plain(asked.gap))
        targets = [target.name for target in schema.targets]
        # the targets were put beside X, and a message names what X has
        of_x = table if asked.time in targets else replace(table, frame=table.frame.drop(targets))
        time = None if asked.time is None or asked.time is False else named_column("time", asked.time, of_x)
        if time is not None:
            for target in schema.targets:
                check_time(table, time, target.name)
        if time is not None and groups is not None:
            raise InputError(
                "time and groups each say how the rows are shared out for choosing and for the final score, and both "
                "together cannot hold. Leave one of them out."
            )
        if time is not None and asked.cv is not None:
            raise InputError(
                "time and cv each say how the rows are shared out, and both together cannot hold. Leave one out."
            )
        numbers, own = self._shared_out(asked, main, numbers)
        may_notice = asked.time is None and groups is None and own is None and not table.plain_array
        schema, times, notes = along(table, schema, rows, main, time, gap, may_notice)
        probable = None
        if may_notice and times is None:
            schema, probable, more = notice(table, schema)
            notes = (*notes, *more)
        source = TableSource(
            table,
            schema,
            main,
            rows,
            numbers,
            notes=notes,
            further=tuple(Further(other) for other in ys[1:]),
            times=times,
            probable=probable,
            own=own,
            trend=None if asked.trend is None else bool(asked.trend),
        )
        encodings = plain(asked.encodings)
        encodings = (encodings,) if isinstance(encodings, str) else tuple(encodings or ())
        return self._search(source, asked, start, gap=gap.text, encodings=encodings)


class TunedClassifier(Classes, _Tuned):
    __doc__ = keywords.documented("A tuned neural network for classes.", _Tuned.__doc__ or "", Keywords)


class TunedRegressor(Values, _Tuned):
    __doc__ = keywords.documented("A tuned neural network for numbers.", _Tuned.__doc__ or "", Keywords)
