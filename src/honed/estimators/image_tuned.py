"""A tuned network for pictures: `TunedImageClassifier` and `TunedImageRegressor`."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic as time_now
from typing import Self

import numpy as np
from sklearn.utils import check_random_state

from honed import words
from honed.errors import InputError
from honed.estimators.answers import Classes, Values
from honed.estimators.fitted import of_search, own_folds
from honed.estimators.pictorial import Pictorial
from honed.estimators.tabular import or_as_before
from honed.families.found import IMAGE
from honed.families.image.source import of_arrays
from honed.findings import Finding
from honed.report.facts import Facts, Trial
from honed.settings import Value, plain
from honed.table.columns import group_codes
from honed.table.native import ColumnLike, TableLike

_DEFAULT_BUDGET = "60s"


class _TunedImage(Pictorial):
    """A tuned network for pictures: designed, trained and chosen within a budget.

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
        Worker processes; None and -1 mean one for each core. With 1, few pictures are learned in this process.
    single : bool, default False
        Keep the best single network instead of an ensemble.
    cv : None, int, splitter or iterable, default None
        Own folds, as scikit-learn takes them: a number, a splitter (which gets `groups`), or pairs of positions to
        train and to test on. What the last split tests on gives the score, the others choose.
    nested : int or None, default None
        Rounds in which pictures are unseen in turn, each of them a search of its own, so that all together give the
        score; see `TunedClassifier`.
    random_state : int, RandomState or None
        Where all randomness starts.

    Attributes
    ----------
    model_ : the fitted model. best_params_ : settings of the best network. trials_ : each fully trained candidate
    with its loss. findings_ : what went wrong or could go better in the best network. score_ : the metric
    on pictures that no choice has seen. summary_ : the facts that `honed show` prints. image_shape_ : height, width
    and channels of a picture.
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
        cv: object = None,
        nested: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.budget = budget
        self.trials = trials
        self.metric = metric
        self.positive = positive
        self.n_jobs = n_jobs
        self.single = single
        self.cv = cv
        self.nested = nested
        self.random_state = random_state

    @or_as_before
    def fit(self, X: TableLike, y: ColumnLike = None, *, groups: ColumnLike = None) -> Self:
        """Tune on pictures.

        Parameters
        ----------
        X : array (rows, height, width) or (rows, height, width, channels) of bytes from 0 to 255, truths, or numbers.
        y : (rows,) labels or numbers.
        groups : (rows,) labels of any type, of at least 3 groups; pictures of one group are never split.

        Raises
        ------
        ValueError
            A setting or the data are not valid; the message says what to do.
        """
        from honed.search import tune

        start = time_now()
        pixels, schema, y = self._read(X, y)
        if self.trials is None and self.budget is None:
            raise InputError('Neither budget nor trials is given. Give one, such as budget="60s".')
        trials, jobs = plain(self.trials), plain(self.n_jobs)
        numbers, own = None if groups is None else group_codes(groups, len(y)), None
        if self.cv is not None:
            own = own_folds(self.cv, y, numbers, has_classes=hasattr(self, "predict_proba"))
            numbers = None
        tuned = tune.fit_source(
            of_arrays(pixels, schema, y, numbers, own),
            budget=None if trials is not None or self.budget is None else words.seconds(plain(self.budget)),
            trials=trials,
            metric=plain(self.metric),
            positive=None if self.positive is None else str(self.positive),
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
            workers=None if jobs in (None, -1) else jobs,
            single=bool(self.single),
            family=IMAGE,
            start=start,
            nested=plain(self.nested),
        )
        vars(self).update(of_search(tuned))
        return self


class TunedImageClassifier(Classes, _TunedImage):
    __doc__ = (
        "A tuned convolutional network for classes of pictures.\n"
        + (_TunedImage.__doc__ or "").partition("\n")[2]
    )


class TunedImageRegressor(Values, _TunedImage):
    __doc__ = (
        "A tuned convolutional network for numbers of pictures.\n"
        + (_TunedImage.__doc__ or "").partition("\n")[2]
    )
