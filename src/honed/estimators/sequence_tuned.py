"""A tuned network for sequences: `TunedSequenceClassifier` and `TunedSequenceRegressor`."""

from __future__ import annotations

from time import monotonic as time_now
from typing import Self

from honed.estimators import keywords
from honed.estimators.answers import Classes, Values
from honed.estimators.keywords import OfSearch
from honed.estimators.searching import Searching
from honed.estimators.sequential import Sequential
from honed.estimators.tabular import or_as_before
from honed.families.found import SEQUENCE
from honed.families.sequence.source import of_arrays
from honed.settings import Value
from honed.table.columns import group_codes
from honed.table.native import ColumnLike, TableLike


class _TunedSequence(Searching, Sequential):
    """A tuned network for sequences: designed, trained and chosen within a budget.

    Parameters
    ----------
    {keywords}

    Attributes
    ----------
    model_ : the fitted model, a `honed.model.Model`.
    score_ : the metric on sequences that no choice has seen.
    best_params_ : settings of the best network.
    history_ : its curves by epoch, train_loss and valid_loss, in its first training.
    best_epoch_ : number of the epoch whose weights that training kept, from 1.
    trials_ : each fully trained candidate with its loss, the best first.
    findings_ : what went wrong or could go better in the best network, as `honed.findings.Finding`, errors first.
    summary_ : the facts that `honed show` prints.
    classes_ : labels in the order of the probabilities; of a classifier.
    n_channels_ : channels of a sequence.
    n_steps_ : steps of the longest.
    """

    @keywords.of(OfSearch)
    def __init__(self, **settings: Value) -> None:
        vars(self).update(settings)

    @or_as_before
    def fit(self, X: TableLike, y: ColumnLike = None, *, groups: ColumnLike = None) -> Self:
        """Tune on sequences.

        Parameters
        ----------
        X : array (rows, time, channels), or list of arrays (time, channels) of any lengths; NaN is a number that was
            not measured. What aeon calls (cases, channels, time) is given as ``X.swapaxes(1, 2)``.
        y : (rows,) labels or numbers.
        groups : (rows,) labels of any type, of at least 3 groups; sequences of one group are never split.
            Without, those that share samples are one group, as windows of one recording do that overlap.

        Raises
        ------
        ValueError
            A setting or the data are not valid; the message says what to do.
        """
        start = time_now()
        asked = OfSearch(**self.get_params(deep=False))
        sequences, schema, y = self._read(X, y)
        numbers = None if groups is None else group_codes(groups, len(y))
        numbers, own = self._shared_out(asked, y, numbers)
        return self._search(of_arrays(sequences, schema, y, numbers, own), asked, start, family=SEQUENCE)


class TunedSequenceClassifier(Classes, _TunedSequence):
    __doc__ = keywords.documented(
        "A tuned network for classes of sequences.", _TunedSequence.__doc__ or "", OfSearch
    )


class TunedSequenceRegressor(Values, _TunedSequence):
    __doc__ = keywords.documented(
        "A tuned network for numbers of sequences.", _TunedSequence.__doc__ or "", OfSearch
    )
