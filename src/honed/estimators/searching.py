"""What the tuned estimators have in common, whatever their rows are: `Searching`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state

from honed import words
from honed.errors import InputError
from honed.estimators.fitted import Fitted
from honed.estimators.keywords import OfSearch
from honed.family import Source
from honed.findings import Finding
from honed.logs.asked import words as words_of
from honed.report import progress
from honed.report.elements import nan
from honed.report.facts import Facts, Trial
from honed.settings import Value, plain
from honed.table.own_folds import by_pairs, refused
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Int, Real


class Searching(Fitted):
    """A network that a search finds; what is public is set by `fit`."""

    best_params_: dict[str, Value]
    trials_: list[Trial]
    findings_: list[Finding]
    history_: dict[str, list[float]]
    best_epoch_: int
    score_: float
    summary_: Facts

    def _shared_out(
        self, asked: OfSearch, y: Real[np.ndarray, " rows"], groups: Int[np.ndarray, " rows"] | None
    ) -> tuple[Int[np.ndarray, " rows"] | None, Splits | None]:
        """Groups that are never split, or the user's own folds, which then are made of these.

        Raises
        ------
        InputError
            Own folds share out no rows, or other ones.
        """
        if asked.cv is None:
            return groups, None
        splitter: Any = check_cv(cast(Any, asked.cv), y, classifier=hasattr(self, "predict_proba"))
        try:
            pairs = list(splitter.split(np.zeros((len(y), 1)), y, groups))
        except ValueError as error:
            raise InputError(refused(splitter, error, has_groups=groups is not None)) from None
        return None, by_pairs(pairs, len(y))

    def _search(
        self,
        source: Source,
        asked: OfSearch,
        start: float,
        *,
        gap: str | None = None,
        family: str | None = None,
        encodings: tuple[str, ...] = (),
    ) -> Self:
        """Search, and keep what was found; `start` is the moment from which the budget counts."""
        from honed.search import tune

        trials, jobs = plain(asked.trials), plain(asked.n_jobs)
        if trials is None and asked.budget is None:
            raise InputError('Neither budget nor trials is given. Give one, such as budget="60s".')
        tuned = tune.fit_source(
            source,
            budget=None if trials is not None else words.seconds(plain(asked.budget)),
            trials=trials,
            metric=plain(asked.metric),
            positive=None if asked.positive is None else str(asked.positive),
            threshold=plain(asked.threshold),
            seed=int(check_random_state(asked.random_state).randint(2**31 - 1)),
            workers=None if jobs in (None, -1) else jobs,
            lanes=words.lanes(plain(asked.lanes)),
            cluster=plain(asked.cluster),
            single=bool(asked.single),
            family=family,
            encodings=encodings,
            gap=gap,
            start=start,
            nested=plain(asked.nested),
            progress=progress.of_caller(),
            log=words_of(asked.log),
            name=type(self).__name__,
            device=asked.device,
            precision=asked.precision,
        )
        used = tuned.summary["scores"].get(tuned.summary["uses"])
        self.model_ = tuned.model
        self.summary_ = tuned.summary
        self.trials_ = tuned.trials
        self.findings_ = tuned.findings
        self.best_params_ = {**tuned.trials[0]["network"], **tuned.trials[0]["training"]}
        curves = tuned.curves
        self.history_ = {
            name: [nan(value) for value in curves[name]] for name in ("train_loss", "valid_loss")
        }
        if "passes" in curves:
            self.history_["passes"] = curves["passes"]
        self.best_epoch_ = curves["best_epoch"]
        self.score_ = used["value"] if used and used["value"] is not None else float("nan")
        return self
