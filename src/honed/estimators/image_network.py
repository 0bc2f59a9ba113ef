"""One network for pictures trained by hand: `ImageClassifier` and `ImageRegressor`. Read `_ImageNetwork.fit` first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.utils import check_random_state

from honed.diagnosis import training as training_rules
from honed.diagnosis.case import Case
from honed.encode import target as targets
from honed.errors import warn
from honed.estimators import keywords, rows
from honed.estimators.answers import Classes, Values
from honed.estimators.fitted import check_learned, of_training, tell
from honed.estimators.keywords import ByHand
from honed.estimators.pictorial import Pictorial
from honed.estimators.tabular import or_as_before
from honed.families.found import IMAGE
from honed.families.image.encoder import ImageEncoder
from honed.families.image.networks import NETWORKS
from honed.families.image.source import inputs_of
from honed.findings import worst_first
from honed.heads import Head
from honed.model.model import Member, Model
from honed.nets.cnn_spec import CnnSpec
from honed.settings import Value, build
from honed.table.native import ColumnLike, TableLike
from honed.train.spec import TrainingSpec, check_output


@dataclass(frozen=True, kw_only=True)
class Keywords(ByHand, TrainingSpec, CnnSpec):
    """All keywords: the list that signature and docstring are made of; none is ever built."""


class _ImageNetwork(Pictorial):
    """One network for pictures; every setting a keyword. Values are checked in `fit`.

    Parameters
    ----------
    {keywords}

    Attributes
    ----------
    model_ : the fitted model. history_ : curves by epoch (train_loss, valid_loss, rate, and what `monitor` names).
    n_iter_ : epochs run. score_ : validation loss of the epoch kept. batch_size_, learning_rate_ : as used.
    range_test_, batch_search_ : what was measured where these were "auto", else None.
    findings_ : what went wrong or could go better, as `honed.findings.Finding`, errors first.
    image_shape_ : height, width and channels of a picture; and, for classes, classes_.
    """

    @keywords.of(Keywords)
    def __init__(self, **settings: Value) -> None:
        vars(self).update(settings)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Value:
            """For editors alone: each keyword is an attribute."""

    @or_as_before
    def fit(self, X: TableLike, y: ColumnLike = None, sample_weight: ColumnLike = None) -> Self:
        """Train on pictures.

        Parameters
        ----------
        X : array (rows, height, width) or (rows, height, width, channels) of bytes from 0 to 255, truths, or numbers.
        y : (rows,) labels or numbers.
        sample_weight : (rows,) factors on each picture's loss, of any scale; default 1. Pictures of weight 0 are left
            out as if they were not there.

        Raises
        ------
        ValueError
            A setting or the data are not valid; the message says what to do.
        honed.errors.RunError
            The training diverged at once, so that there is no network; the message says why and what to do.
        """
        from honed.train import loop
        from honed.train.examples import Examples

        mine = self.get_params(deep=False)
        own = ByHand(**{field.name: mine.pop(field.name) for field in fields(ByHand)})
        network, training = build([CnnSpec, TrainingSpec], mine)
        weights = rows.positive(sample_weight, X)
        if weights is not None and not weights.all():
            kept = weights > 0
            X, y, weights = np.asarray(X)[kept], np.asarray(y)[kept], weights[kept]
        pixels, schema, y = self._read(X, y)
        classes = len(schema.target.classes)
        check_output(NETWORKS.layers(network)[-1].activation, training.parts([Head("y", classes)]))
        seed = int(check_random_state(own.random_state).randint(2**31 - 1))
        train, valid = rows.split(y, training.early_stopping, own.validation_fraction, seed)
        encoder = ImageEncoder(inputs_of(pixels, train))
        factors = None
        if own.class_weight is not None and isinstance(self, Classes):
            factors = rows.class_factors(own.class_weight, self.classes_, np.bincount(y))[y]
        weights = rows.scaled(weights, factors, train)
        target = targets.fit(
            y[train],
            "classes" if y.dtype == np.int32 else "linear",
            training.prediction_margin,
            None if weights is None else weights[train],
        )
        data = Examples.of(
            NETWORKS,
            encoder.inputs,
            encoder.encode(pixels),
            target.encode(y),
            outputs=classes or 1,
            weights=weights,
            pad=True,
        )
        params, record = loop.fit(network, training, data, train, valid, seed=seed)
        for note in record.notes:
            warn(note, UserWarning)
        case = Case.of(record, None, training, rows=len(train), valid_rows=len(valid), classes=classes)
        findings = worst_first(training_rules.findings(case.with_names(NETWORKS, network)))
        check_learned(record, findings)
        quantiles = training.quantiles if training.loss == "quantile" else ()
        member = Member(network, 0, target, params, 1.0, training.loss, quantiles)
        model = Model(schema, (encoder,), (member,), family=IMAGE)
        self.model_ = model.with_intervals(pixels[valid], y[valid])  # pyright: ignore[reportArgumentType]
        vars(self).update(of_training(record, training, findings))
        if own.verbose:
            tell(record)
        return self


class ImageClassifier(Classes, _ImageNetwork):
    __doc__ = keywords.documented(
        "A convolutional network for classes of pictures, trained by hand.",
        _ImageNetwork.__doc__ or "",
        Keywords,
    )


class ImageRegressor(Values, _ImageNetwork):
    __doc__ = keywords.documented(
        "A convolutional network for numbers of pictures, trained by hand.",
        _ImageNetwork.__doc__ or "",
        Keywords,
    )
