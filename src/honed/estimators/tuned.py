"""A tuned network: `TunedClassifier` and `TunedRegressor`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from os import PathLike
from time import monotonic as time_now
from typing import Literal, Self

import numpy as np
from sklearn.utils import check_random_state

from honed import words
from honed.errors import InputError
from honed.estimators.answers import Classes, Values
from honed.estimators.fitted import of_search, own_folds
from honed.estimators.keywords import OfColumns, documented
from honed.estimators.tabular import Tabular, named_column, or_as_before
from honed.findings import Finding
from honed.report.facts import Facts, Trial
from honed.settings import Value, plain
from honed.table.native import ColumnLike, TableLike
from honed.typed import JSON

_DEFAULT_BUDGET = "60s"


class _Tuned(Tabular):
    """A tuned network: designed, trained and chosen within a budget.

    Parameters
    ----------
    budget : str, float or timedelta, default "60s"
        Wall-clock time from the call of `fit` on, such as "60s", "5m", seconds or a duration; ignored when `trials` is
        given.
    trials : int or None
        Candidates to try in place of a budget, each trained on several folds where it is worth it: the result then
        does not depend on the machine's pace.
    metric : str or None
        What to be best at, by scikit-learn's name; default log-loss for classes, else RMSE.
    positive : label or None
        Of two classes the one that the metric "average_precision" is of; default the second of `classes_`.
    n_jobs : int or None
        Worker processes; None and -1 mean one for each core. With 1, small tables are tuned in this process.
    single : bool, default False
        Keep the best single network instead of an ensemble.
    {keywords}
    time : None, False or a column's name (of an array: position), default None
        When each row was, a date or a number: folds learn from the past and are judged by what follows, and the score
        is that of the newest rows. None does so by a column of dates that orders the rows, and warns of it; False says
        that the order does not matter.
    trend : bool or None, default None
        With `time`, whether what only grows (time since the first row, the year, a number) is an input, which stays at
        its last value in rows to come. None leaves it to a quick fit of later rows.
    cv : None, int, splitter or iterable, default None
        Own folds, as scikit-learn takes them: a number, a splitter (which gets `groups`), or pairs of row positions to
        train and to test on. What the last split tests on gives the score, the others choose.
    gap : None, int, str or timedelta, default None
        With `time`, what lies unused between past and future: so many rows, or a duration such as "7d" or "12h".
    nested : int or None, default None
        Rounds in which rows are unseen in turn, each of them a search of its own, so that all rows together give the
        score. None trains what one search chose in 5 such rounds, in 15 % of the budget, for tables of fewer than 1,000
        rows where the budget is 20 s or more or `trials` are given; 0 is for one score, of the rows that the search
        itself keeps apart.
    random_state : int, RandomState or None
        Where all randomness starts.

    Attributes
    ----------
    model_ : the fitted model. best_params_ : settings of the best network. trials_ : each fully trained candidate
    with its loss. findings_ : what went wrong or could go better in the best network. score_ : the metric
    on rows that no choice has seen. summary_ : the facts that `honed show` prints.
    """

    best_params_: dict[str, Value]
    trials_: list[Trial]
    findings_: list[Finding]
    score_: float
    summary_: Facts

    def __init__(
        self,
        *,
        budget: str | float | timedelta | None = _DEFAULT_BUDGET,
        trials: int | None = None,
        metric: str | None = None,
        positive: object = None,
        n_jobs: int | None = None,
        single: bool = False,
        categorical: Iterable[str | int] | None = None,
        numeric: Iterable[str | int] | None = None,
        date: Iterable[str | int] | None = None,
        exclude: Iterable[str | int] | None = None,
        missing: Iterable[str | float] | None = None,
        schema: Mapping[str, JSON] | str | PathLike[str] | None = None,
        time: str | int | Literal[False] | None = None,
        trend: bool | None = None,
        cv: object = None,
        gap: int | str | timedelta | None = None,
        nested: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.budget = budget
        self.trials = trials
        self.metric = metric
        self.positive = positive
        self.n_jobs = n_jobs
        self.single = single
        self.categorical = categorical
        self.numeric = numeric
        self.date = date
        self.exclude = exclude
        self.missing = missing
        self.schema = schema
        self.time = time
        self.trend = trend
        self.cv = cv
        self.gap = gap
        self.nested = nested
        self.random_state = random_state

    @or_as_before
    def fit(self, X: TableLike, y: ColumnLike = None, *, groups: ColumnLike = None, **others: object) -> Self:
        """Tune on a table.

        Parameters
        ----------
        X : array of numbers or DataFrame (rows, columns); NaN and empty cells are missing values.
        y : (rows,) labels or numbers.
        groups : (rows,) labels of any type, of at least 3 groups; rows of one group are never split, and each row
            without a label is a group alone.

        Raises
        ------
        ValueError
            A setting or the data are not valid, or `sample_weight` is given, which only the `Network` estimators
            take; the message says what to do.
        """
        from honed.families.table.source import TableSource, along, check_time, levels_of_time
        from honed.search import tune
        from honed.table.columns import group_codes
        from honed.table.order import gap_of
        from honed.table.probable import probable_groups

        start = time_now()
        if others.pop("sample_weight", None) is not None:
            kind = "Classifier" if hasattr(self, "predict_proba") else "Regressor"
            raise InputError(
                f"{type(self).__name__} takes no sample_weight: its search would choose as if all rows counted the "
                f"same. Leave it out, or train one network with Network{kind}, which takes it."
            )
        if others:
            raise TypeError(f"{type(self).__name__}.fit() got an unexpected keyword argument {min(others)!r}")
        declared = [] if isinstance(self.categorical, str) else list(self.categorical or ())
        if self.time is not None and self.time is not False and self.time in declared:
            raise InputError(levels_of_time(self.time))
        table, schema, y = self._read(X, y)
        if self.trials is None and self.budget is None:
            raise InputError('Neither budget nor trials is given. Give one, such as budget="60s".')
        trials, jobs = plain(self.trials), plain(self.n_jobs)
        numbers = None if groups is None else group_codes(groups, len(y))
        rows, gap = np.arange(len(y), dtype=np.int32), gap_of(plain(self.gap))
        time = None if self.time is None or self.time is False else named_column("time", self.time, table)
        if time is not None:
            for target in schema.targets:
                check_time(table, time, target.name)
        if time is not None and groups is not None:
            raise InputError(
                "time and groups each say how the rows are shared out for choosing and for the final score, and both "
                "together cannot hold. Leave one of them out."
            )
        own = None
        if self.cv is not None:
            if time is not None:
                raise InputError(
                    "time and cv each say how the rows are shared out, and both together cannot hold. Leave one out."
                )
            own = own_folds(self.cv, y, numbers, has_classes=hasattr(self, "predict_proba"))
            numbers = None
        may_notice = self.time is None and groups is None and own is None and not table.plain_array
        schema, times, notes = along(table, schema, rows, y, time, gap, may_notice)
        probable = probable_groups(table.frame, schema) if may_notice and times is None else None
        tuned = tune.fit_source(
            TableSource(
                table,
                schema,
                y,
                rows,
                numbers,
                notes=notes,
                times=times,
                probable=probable,
                own=own,
                trend=None if self.trend is None else bool(self.trend),
            ),
            budget=None if trials is not None or self.budget is None else words.seconds(plain(self.budget)),
            trials=trials,
            metric=plain(self.metric),
            positive=None if self.positive is None else str(self.positive),
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
            workers=None if jobs in (None, -1) else jobs,
            single=bool(self.single),
            gap=gap.text,
            start=start,
            nested=plain(self.nested),
        )
        vars(self).update(of_search(tuned))
        return self


class TunedClassifier(Classes, _Tuned):
    __doc__ = documented("A tuned neural network for classes.", _Tuned.__doc__ or "", OfColumns)


class TunedRegressor(Values, _Tuned):
    __doc__ = documented("A tuned neural network for numbers.", _Tuned.__doc__ or "", OfColumns)
