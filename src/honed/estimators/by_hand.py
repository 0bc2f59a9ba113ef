"""One network trained by hand on rows that are arrays of their own: `ByHandOnArrays`, whatever their family."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.utils import check_random_state

from honed.diagnosis import training as training_rules
from honed.diagnosis.case import Case
from honed.encode import target as targets
from honed.errors import warn
from honed.estimators import rows
from honed.estimators.answers import Classes
from honed.estimators.fitted import check_learned, of_training, tell
from honed.estimators.keywords import ByHand
from honed.estimators.logged import log_training
from honed.estimators.of_arrays import OfArrays
from honed.family import find_family
from honed.findings import worst_first
from honed.heads import Head
from honed.logs.asked import opened, words
from honed.model.model import Member, Model
from honed.run import gpus
from honed.settings import build
from honed.table.native import ColumnLike, TableLike
from honed.train.spec import TrainingSpec, check_output

if TYPE_CHECKING:
    from jaxtyping import Bool


class ByHandOnArrays(OfArrays):
    """One network; every setting a keyword. Values are checked in `fit`."""

    _family: ClassVar[str]  # its address

    def _train(self, X: TableLike, y: ColumnLike, sample_weight: ColumnLike) -> Self:
        """Train on rows with their targets; rows of weight 0 are left out as if they were not there.

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
        family = find_family(self._family)
        networks = family.networks
        network, training = build([family.specification, TrainingSpec], mine)
        places, device = opened(words(own.log)), gpus.chosen_here(own.device, own.precision)
        weights = rows.positive(sample_weight, X)
        if weights is not None and not weights.all():
            kept = weights > 0
            X, y, weights = _kept(X, kept), _kept(y, kept), weights[kept]
        given, schema, y = self._read(X, y)
        classes = len(schema.target.classes)
        check_output(networks.layers(network)[-1].activation, training.parts([Head("y", classes)]))
        seed = int(check_random_state(own.random_state).randint(2**31 - 1))
        train, valid = rows.split(
            y, training.early_stopping, own.validation_fraction, seed, self._groups(given)
        )
        encoder = self._encoder(given, train)
        factors = None
        if own.class_weight is not None and isinstance(self, Classes):
            factors = rows.class_factors(own.class_weight, self.classes_, np.bincount(y))[y]
        weights = rows.scaled(weights, factors, train)
        kind = "classes" if y.dtype == np.int32 else targets.kind_of(training.loss)
        targets.check_rate(y, kind, schema.target.name)
        target = targets.fit(
            y[train],
            kind,
            training.prediction_margin,
            None if weights is None else weights[train],
        )
        data = Examples.of(
            networks,
            encoder.inputs,
            encoder.encode(given),
            target.encode(y),
            outputs=classes or 1,
            weights=weights,
            pad=True,
            device=device,
        )
        params, record = loop.fit(network, training, data, train, valid, seed=seed)
        log_training(places, type(self).__name__, family, network, training, record)
        for note in record.notes:
            warn(note, UserWarning)
        case = Case.of(record, None, training, rows=len(train), valid_rows=len(valid), classes=classes)
        findings = worst_first(training_rules.findings(case.with_names(networks, network)))
        check_learned(record, findings)
        quantiles = training.quantiles if training.loss == "quantile" else ()
        member = Member(network, 0, target, params, 1.0, training.loss, quantiles)
        model = Model(schema, (encoder,), (member,), family=self._family)
        self.model_ = model.with_intervals(given[valid], y[valid])
        vars(self).update(of_training(record, training, findings))
        if own.verbose:
            tell(record)
        return self


def _kept(rows: Any, is_kept: Bool[np.ndarray, " rows"]) -> Any:
    """Those rows of an array, or of a list of arrays of unequal length."""
    if isinstance(rows, list | tuple):
        return [row for row, kept in zip(rows, is_kept, strict=True) if kept]
    return np.asarray(rows)[is_kept]
