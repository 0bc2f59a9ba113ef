"""A tuned network for pictures: `TunedImageClassifier` and `TunedImageRegressor`."""

from __future__ import annotations

from time import monotonic as time_now
from typing import Self

from honed.estimators import keywords
from honed.estimators.answers import Classes, Values
from honed.estimators.keywords import OfSearch
from honed.estimators.pictorial import Pictorial
from honed.estimators.searching import Searching
from honed.estimators.tabular import or_as_before
from honed.families.found import IMAGE
from honed.families.image.source import of_arrays
from honed.settings import Value
from honed.table.columns import group_codes
from honed.table.native import ColumnLike, TableLike


class _TunedImage(Searching, Pictorial):
    """A tuned network for pictures: designed, trained and chosen within a budget.

    Parameters
    ----------
    {keywords}

    Attributes
    ----------
    model_ : the fitted model, a `honed.model.Model`.
    score_ : the metric on pictures that no choice has seen.
    best_params_ : settings of the best network.
    history_ : its curves by epoch, train_loss and valid_loss, in its first training.
    best_epoch_ : number of the epoch whose weights that training kept, from 1.
    trials_ : each fully trained candidate with its loss, the best first.
    findings_ : what went wrong or could go better in the best network, as `honed.findings.Finding`, errors first.
    summary_ : the facts that `honed show` prints.
    classes_ : labels in the order of the probabilities; of a classifier.
    image_shape_ : height, width and channels of a picture.
    """

    @keywords.of(OfSearch)
    def __init__(self, **settings: Value) -> None:
        vars(self).update(settings)

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
        start = time_now()
        asked = OfSearch(**self.get_params(deep=False))
        pixels, schema, y = self._read(X, y)
        numbers = None if groups is None else group_codes(groups, len(y))
        numbers, own = self._shared_out(asked, y, numbers)
        return self._search(of_arrays(pixels, schema, y, numbers, own), asked, start, family=IMAGE)


class TunedImageClassifier(Classes, _TunedImage):
    __doc__ = keywords.documented(
        "A tuned convolutional network for classes of pictures.", _TunedImage.__doc__ or "", OfSearch
    )


class TunedImageRegressor(Values, _TunedImage):
    __doc__ = keywords.documented(
        "A tuned convolutional network for numbers of pictures.", _TunedImage.__doc__ or "", OfSearch
    )
