"""One network for sequences trained by hand: `SequenceClassifier`, `SequenceRegressor`. Read `by_hand.py` first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from honed.estimators import keywords
from honed.estimators.answers import Classes, Values
from honed.estimators.by_hand import ByHandOnArrays
from honed.estimators.keywords import ByHand
from honed.estimators.sequential import Sequential
from honed.estimators.tabular import or_as_before
from honed.families.found import SEQUENCE
from honed.nets.sequence_spec import SequenceSpec
from honed.settings import Value
from honed.table.native import ColumnLike, TableLike
from honed.train.spec import TrainingSpec


@dataclass(frozen=True, kw_only=True)
class Keywords(ByHand, TrainingSpec, SequenceSpec):
    """All keywords: the list that signature and docstring are made of; none is ever built."""


class _SequenceNetwork(Sequential, ByHandOnArrays):
    """One network for sequences; every setting a keyword. Values are checked in `fit`.

    Parameters
    ----------
    {keywords}

    Attributes
    ----------
    model_ : the fitted model, a `honed.model.Model`.
    history_ : curves by epoch: train_loss, valid_loss, rate, and what `monitor` names.
    n_iter_ : epochs that were run.
    best_epoch_ : number of the epoch whose weights were kept, from 1.
    score_ : validation loss of that epoch, NaN without rows to validate on.
    batch_size_ : rows in one step, as used.
    learning_rate_ : the rate that schedules multiply, as used.
    range_test_ : what was measured where the learning rate was "auto", else None.
    batch_search_ : what was measured where the batch size was "auto", else None.
    findings_ : what went wrong or could go better, as `honed.findings.Finding`, errors first.
    n_channels_ : channels of a sequence.
    n_steps_ : steps of the longest.
    classes_ : labels in the order of the probabilities; of a classifier.
    """

    _family = SEQUENCE

    @keywords.of(Keywords)
    def __init__(self, **settings: Value) -> None:
        vars(self).update(settings)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Value:
            """For editors alone: each keyword is an attribute."""

    @or_as_before
    def fit(self, X: TableLike, y: ColumnLike = None, sample_weight: ColumnLike = None) -> Self:
        """Train on sequences.

        Parameters
        ----------
        X : array (rows, time, channels), or list of arrays (time, channels) of any lengths; NaN is a number that was
            not measured. What aeon calls (cases, channels, time) is given as ``X.swapaxes(1, 2)``.
        y : (rows,) labels or numbers.
        sample_weight : (rows,) factors on each sequence's loss, of any scale; default 1. Sequences of weight 0 are left
            out as if they were not there.

        Raises
        ------
        ValueError
            A setting or the data are not valid; the message says what to do.
        honed.errors.RunError
            The training diverged at once, so that there is no network; the message says why and what to do.
        """
        return self._train(X, y, sample_weight)


class SequenceClassifier(Classes, _SequenceNetwork):
    __doc__ = keywords.documented(
        "A recurrent or convolutional network for classes of sequences, trained by hand.",
        _SequenceNetwork.__doc__ or "",
        Keywords,
    )


class SequenceRegressor(Values, _SequenceNetwork):
    __doc__ = keywords.documented(
        "A recurrent or convolutional network for numbers of sequences, trained by hand.",
        _SequenceNetwork.__doc__ or "",
        Keywords,
    )
