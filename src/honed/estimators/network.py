"""One network trained by hand: `NetworkClassifier` and `NetworkRegressor`. Read `_Network.fit` first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.utils import check_random_state

from honed.diagnosis import training as training_rules
from honed.diagnosis.case import Case
from honed.diagnosis.data import far
from honed.diagnosis.data.case import DataCase
from honed.diagnosis.data.coded import missing_codes
from honed.encode import encoder as encoding
from honed.encode import target as targets
from honed.errors import InputError, warn
from honed.estimators import keywords, rows
from honed.estimators.answers import Classes, Values
from honed.estimators.fitted import check_learned, of_training, tell
from honed.estimators.keywords import ByHand, OfColumns, keyword
from honed.estimators.logged import log_training
from honed.estimators.tabular import Tabular, or_as_before
from honed.families.table.coded import without_codes
from honed.families.table.networks import NETWORKS
from honed.family import find_family
from honed.findings import worst_first
from honed.heads import Head, beside
from honed.logs.asked import opened, words
from honed.model import sparsity
from honed.model.model import Member, Model
from honed.model.outputs import Reading
from honed.nets.spec import NetworkSpec
from honed.optional import optional
from honed.run import gpus
from honed.settings import Value, build, plain
from honed.table.native import ColumnLike, TableLike
from honed.train.spec import TrainingSpec, check_output


@dataclass(frozen=True, kw_only=True)
class Beside(ByHand, OfColumns):
    """Keywords of a network of tables by hand that are no settings of a spec."""

    numeric_scaling: str = keyword(
        "robust",
        "one of 'robust', 'standard', 'none'",
        "How numbers are scaled; 'robust' goes by the middle half and pulls tails in.",
    )
    target_encoding: bool = keyword(
        False,
        "true or false",
        "Whether categories of more than ten levels also give the mean of the target in the rows of each level, by "
        "rows that train; each of these is told it by others.",
    )
    arithmetic_pairs: bool = keyword(
        False,
        "true or false",
        "Whether up to eight pairs of numeric columns give their difference, sum, product or ratio as one more number: "
        "those that say most of the target in the rows that train.",
    )
    category_crosses: bool = keyword(
        False,
        "true or false",
        "Whether up to three pairs of categorical columns give their levels beside each other as one more category: "
        "those that say most of the target in the rows that train.",
    )
    number_bins: bool = keyword(
        False,
        "true or false",
        "Whether up to 24 numeric columns also give the bin that each number is in, one of 32 at most: edges are where "
        "the target changes most in the rows that train.",
    )


@dataclass(frozen=True, kw_only=True)
class Keywords(Beside, TrainingSpec, NetworkSpec):
    """All keywords of a network by hand: the list that signature and docstring are made of; none is ever built."""


class _Network(Tabular):
    """One network; every setting a keyword. Values are checked in `fit`.

    Parameters
    ----------
    {keywords}

    Attributes
    ----------
    model_ : the fitted model, a `honed.model.Model`.
    history_ : curves by epoch: train_loss, valid_loss, rate, and what `monitor` names;
        of more than 262,144 rows by part of an epoch, with "passes" over the rows.
    n_iter_ : epochs that were run; of more than 262,144 rows entries of the curves.
    best_epoch_ : number of the epoch whose weights were kept, from 1.
    score_ : validation loss of that epoch, NaN without rows to validate on.
    batch_size_ : rows in one step, as used.
    learning_rate_ : the rate that schedules multiply, as used.
    range_test_ : what was measured where the learning rate was "auto", else None.
    batch_search_ : what was measured where the batch size was "auto", else None.
    findings_ : what went wrong or could go better, as `honed.findings.Finding`, errors first.
    zero_share_ : share of weights that are exactly 0.
    zero_columns_ : columns whose first weights all are, which the network does not look at.
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
    def fit(self, X: TableLike, y: ColumnLike = None, sample_weight: ColumnLike = None) -> Self:
        """Train on a table.

        Parameters
        ----------
        X : array of numbers or DataFrame (rows, columns); NaN and empty cells are missing values.
        y : (rows,) labels or numbers, or (rows, targets) of several targets, each with outputs of its own.
        sample_weight : (rows,) factors on each row's loss, of any scale; default 1. Rows of weight 0 are left out as
            if they were not there.

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
        own = Beside(**{field.name: mine.pop(field.name) for field in fields(Beside)})
        network, training = build([NetworkSpec, TrainingSpec], mine)
        places, device = opened(words(own.log)), gpus.chosen_here(own.device, own.precision)
        sample_weight = rows.positive(sample_weight, X)
        kept = None if sample_weight is None or sample_weight.all() else sample_weight > 0
        table, schema, ys = self._read(X, y, kept)
        y, heads = ys[0], [Head(target.name, len(target.classes)) for target in schema.targets]
        if own.class_weight is not None and len(heads) > 1:
            raise InputError(
                f"class_weight weighs the classes of one target, and y has {len(heads)}. Leave it out, or weigh rows: "
                "sample_weight."
            )
        if sample_weight is not None and kept is not None:
            sample_weight = sample_weight[kept]
        parts = training.parts(heads)
        check_output(network.output_activation, parts)
        seed = int(check_random_state(own.random_state).randint(2**31 - 1))
        train, valid = rows.split(y, training.early_stopping, own.validation_fraction, seed)
        table, schema, notes = without_codes(table, schema, y, np.arange(len(y)), train)
        for note in notes:
            warn(note)
        y_train = beside(ys)[train]
        encoder = encoding.fit(
            table,
            schema,
            train,
            scaling=plain(own.numeric_scaling),
            y=y_train,
            by_target=bool(own.target_encoding),
            in_pairs=bool(own.arithmetic_pairs),
            crossing=bool(own.category_crosses),
            binning=bool(own.number_bins),
        )
        factors = None
        if own.class_weight is not None and isinstance(self, Classes):
            factors = rows.class_factors(own.class_weight, self.classes_, np.bincount(y))[y]
        weights = rows.scaled(sample_weight, factors, train)
        kind = "classes" if y.dtype == np.int32 else targets.kind_of(training.loss)
        for each, target in zip(ys, schema.targets, strict=True):
            targets.check_rate(each, kind, target.name)
        of_rows = None if weights is None else weights[train]
        learned = [targets.fit(each[train], kind, training.prediction_margin, of_rows) for each in ys]
        data = Examples.of_heads(
            NETWORKS,
            encoder.inputs,
            encoder.encode_to_train(table.frame, train, schema, y_train),
            [target.encode(each) for target, each in zip(learned, ys, strict=True)],
            heads=heads,
            weights=weights,
            pad=True,
            device=device,
        )
        params, record = loop.fit(network, training, data, train, valid, seed=seed)
        log_training(places, type(self).__name__, find_family(None), network, training, record)
        for note in record.notes:
            warn(note, UserWarning)
        found = training_rules.findings(
            Case.of(
                record,
                network,
                training,
                rows=len(train),
                valid_rows=len(valid),
                classes=heads[0].classes if len(heads) == 1 else 0,  # a sum of losses is no entropy
            )
        )
        table_case = DataCase(table.frame, schema, y, train, valid, valid[:0])
        is_robust = own.numeric_scaling == "robust"
        known = optional("The rule 'far_values'", lambda: far.far_values(table_case, robust=is_robust), [])
        codes = optional("The rule 'missing_codes'", lambda: missing_codes(table_case), [])
        findings = worst_first([*far.uncovered(found, known, robust=is_robust), *known, *codes])
        check_learned(record, findings)
        quantiles = training.quantiles if training.loss == "quantile" else ()
        further = tuple(
            Reading(target, part.loss, quantiles, part.outputs)
            for target, part in zip(learned[1:], parts[1:], strict=True)
        )
        member = Member(network, 0, learned[0], params, 1.0, training.loss, quantiles, further)
        model = Model(schema, (encoder,), (member,), further=(1.0,) * len(further))
        self.model_ = model.with_intervals(table.frame[valid], y[valid])
        self.zero_share_, self.zero_columns_ = sparsity.zeros(member, encoder)
        vars(self).update(of_training(record, training, findings))
        if own.verbose:
            tell(record)
        return self


class NetworkClassifier(Classes, _Network):
    __doc__ = keywords.documented(
        "A neural network for classes, trained by hand.", _Network.__doc__ or "", Keywords
    )


class NetworkRegressor(Values, _Network):
    __doc__ = keywords.documented(
        "A neural network for numbers, trained by hand.", _Network.__doc__ or "", Keywords
    )
