"""The faces for scikit-learn's users: one network by hand (`Network*`), and a tuned one (`Tuned*`).

`__init__` only stores; `fit` turns the flat keywords into specs at once, calls the stages in order and holds no
mathematics. A plain NumPy array is a table of numbers; a DataFrame (pandas, Polars, Arrow) may hold anything, with
empty cells for missing values. Read `_Network.fit` first.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, SupportsFloat

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    assert_all_finite,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from honed import words
from honed.diagnosis import training as training_rules
from honed.diagnosis.case import Case
from honed.diagnosis.data import far
from honed.diagnosis.data.case import DataCase
from honed.encode import encoder as encoding
from honed.encode import target as targets
from honed.errors import DataWarning, InputError, RunError
from honed.figures import counted, figure
from honed.findings import no_network, worst_first
from honed.model import sparsity, unfamiliar
from honed.model.model import Member, Model
from honed.nets.family import TABLE
from honed.nets.spec import NetworkSpec
from honed.optional import optional
from honed.run import disk
from honed.settings import build, declarations, nearest, plain
from honed.table import columns, kinds
from honed.table.cells import brief, some, target_numbers
from honed.table.columns import Schema
from honed.table.read import Table, check_rows, from_frame, is_missing
from honed.train.spec import TrainingSpec, check_output
from honed.typed import shown

_NETWORK, _TRAINING = NetworkSpec(), TrainingSpec()
_SETTINGS = (*declarations(NetworkSpec), *declarations(TrainingSpec))
_DEFAULT_BUDGET = "60s"
_NAMED = 8  # columns in a warning
_CLAUSE = re.compile(r"; | \(|, ")
_FEW_ROWS = 5  # so few all train where the share to hold out rounds to none of them


class _Tabular(BaseEstimator):
    """Tables in, predictions out; what the four have in common. `model_` is set by `fit`."""

    model_: Model
    n_features_in_: int

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags

    def save(self, path: str | Path) -> None:
        """Write the fitted model to a new or empty folder, for `honed.load` and `honed predict`."""
        check_is_fitted(self)
        folder = Path(path)
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{str(folder)!r} is a file, which must not be lost. Give a new folder.")
        if folder.exists() and any(folder.iterdir()):
            raise InputError(
                f"{str(folder)!r} holds files already, which must not be lost. Give a new folder."
            )
        is_new = not folder.exists()
        try:
            with disk.refusals(folder):
                folder.mkdir(parents=True, exist_ok=True)
            self.model_.save(folder)
        except BaseException:
            if folder.is_dir():
                for file in folder.iterdir():
                    file.unlink()
                if is_new:
                    folder.rmdir()
            raise

    def _read(self, X: Any, y: Any, kept: np.ndarray | None = None) -> tuple[Table, Schema, np.ndarray]:
        """The table, its schema, and the target's values or class numbers; of the rows `kept` (rows,) alone."""
        y = _plain(y)
        self._check_target(y)
        if _is_frame(X):
            if y is None:
                raise ValueError(
                    f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
                )
            validate_data(self, X, skip_check_array=True)
        else:
            X, y = validate_data(
                self,
                _check_cells(X),
                y,
                ensure_all_finite="allow-nan",
                ensure_min_samples=2,
                dtype="numeric",
                y_numeric=not hasattr(self, "predict_proba"),
            )
        table = from_frame(X)
        name = getattr(y, "name", None)
        name = (name.strip() if isinstance(name, str) else "") or "target"
        y = column_or_1d(y, warn=True)
        if len(y) != table.frame.height:
            raise ValueError(
                f"X has {counted(table.frame.height, 'row')} and y has {len(y):,}; each row needs one target."
            )
        if kept is not None:
            table, y = replace(table, frame=table.frame.filter(kept)), y[kept]
        values = self._targets(y)
        categorical, numeric = (_declared(self, word, table) for word in ("categorical", "numeric"))
        while name in table.frame.columns:
            name += "_"
        table = replace(table, frame=table.frame.with_columns(pl.Series(name, values)))
        # The columns alone are inferred: what the target is, the user has said by choosing the estimator.
        schema = columns.infer(
            table,
            name,
            task="regression",
            categorical=categorical,
            numeric=numeric,
        )
        if not table.plain_array:
            _tell_left_out(schema)
        reason = f"{type(self).__name__} was asked for it"
        said = replace(schema.target, reason=reason, **self._target_kind())
        return table, replace(schema, target=said), values

    def _frame(self, X: Any) -> pl.DataFrame:
        """Rows to predict, checked against those seen in `fit`.

        An array after a frame, and a frame after an array, goes by position, and scikit-learn warns.
        """
        check_is_fitted(self)
        if _is_frame(X):
            validate_data(self, X, skip_check_array=True, reset=False)
        elif self.model_.was_array:
            X = validate_data(
                self, _check_cells(X), reset=False, ensure_all_finite="allow-nan", dtype="numeric"
            )
        else:
            check_rows(X)
            X = np.array(X, dtype=object) if isinstance(X, (list, tuple)) else X
            X = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=None)
        frame = self.model_.frame_of(X)
        unfamiliar.warn(self.model_.schema, frame, stacklevel=4)
        return frame

    def _check_target(self, y: Any) -> None:
        raise AssertionError("each kind of estimator reads its own target")

    def _targets(self, y: np.ndarray) -> np.ndarray:
        raise AssertionError("each kind of estimator reads its own target")

    def _target_kind(self) -> dict[str, Any]:
        raise AssertionError("each kind of estimator knows its own target")


class _Classes(ClassifierMixin):
    """Class labels as they were given, and probabilities."""

    classes_: np.ndarray
    model_: Model

    def predict(self, X: Any) -> np.ndarray:
        """Labels (rows,), the likeliest class of each."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: Any, samples: int | None = None, return_std: bool = False) -> Any:
        """Probabilities float64 (rows, classes) in the order of `classes_`; each row sums to 1.

        Parameters
        ----------
        samples : keep dropout on and average that many of the networks that it makes of this one ("Monte Carlo
            dropout", Gal & Ghahramani 2016, arXiv 1506.02142); None is the whole network.
        return_std : also give the samples' standard deviation (rows, classes); it needs `samples`.
        """
        frame = self._frame(X)  # type: ignore[attr-defined]
        if samples is None and not return_std:
            return self.model_.probabilities(frame)
        return _spread(self.model_, frame, samples, return_std)

    def _check_target(self, y: Any) -> None:
        cells = _objects(y)
        for cell in cells:
            is_number = isinstance(cell, (bool, np.bool_, int, float, np.number)) and abs(cell) < 2**63
            if not (is_number or isinstance(cell, str)):
                raise InputError(
                    f"y holds {brief(repr(cell))}, of type {type(cell).__name__}; classes are texts, truth values or "
                    "numbers of 64 bits. Give the labels as texts (in pandas: y.astype(str))."
                )
        kinds = {type(cell) for cell in cells}
        if len({issubclass(kind, str) for kind in kinds}) > 1:
            names = " and ".join(sorted(kind.__name__ for kind in kinds))
            raise InputError(
                f"y holds labels of several types, {names}, which have no order. Give all as texts (in pandas: "
                "y.astype(str))."
            )

    def _targets(self, y: np.ndarray) -> np.ndarray:
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError(
                f"y holds one class only ({self.classes_[0]!r}), so there is nothing to tell apart. "
                "Give rows of at least two classes."
            )
        return codes.astype(np.int32)

    def _target_kind(self) -> dict[str, Any]:
        types = {"bool": (bool, np.bool_), "int": (int, np.integer), "float": (float, np.floating)}
        fitting = [
            name for name, of in types.items() if all(isinstance(label, of) for label in self.classes_)
        ]
        return {
            "task": "binary" if len(self.classes_) == 2 else "multiclass",
            "classes": tuple(str(label) for label in self.classes_),
            "labels": fitting[0] if fitting else "text",
        }


class _Values(RegressorMixin):
    """Numbers in the target's own units."""

    model_: Model

    def predict(self, X: Any, samples: int | None = None, return_std: bool = False) -> Any:
        """Values float64 (rows,); of quantiles the median, or what lies at 0.5 between the two around it.

        They end a little beyond the range of the training targets (`prediction_margin` of a network), and a warning
        counts the rows where they do.

        Parameters
        ----------
        samples : keep dropout on and average that many of the networks that it makes of this one; None is the whole
            network.
        return_std : also give the samples' standard deviation (rows,); it needs `samples`.
        """
        frame = self._frame(X)  # type: ignore[attr-defined]
        if samples is None and not return_std:
            values = self.model_.values(frame)
            self.model_.warn_of_ends(values, stacklevel=3)
            return values
        return _spread(self.model_, frame, samples, return_std)

    def predict_quantiles(self, X: Any) -> np.ndarray:
        """Values float64 (rows, quantiles) below which each share of rows lies; needs loss="quantile"."""
        values = self.model_.quantile_values(self._frame(X))  # type: ignore[attr-defined]
        self.model_.warn_of_ends(values, stacklevel=3)
        return values

    def _check_target(self, y: Any) -> None:
        kind = str(getattr(y, "dtype", getattr(y, "type", "")))
        if kind.lower().startswith(("time", "duration", "date", "period")):
            raise InputError(
                f"y holds dates, times or durations (type {kind}), and predictions are plain numbers, so a unit must "
                "be chosen. Give numbers: seconds of a duration, say, or days since a date."
            )
        for row, cell in enumerate(_objects(y), 1):
            try:
                float(cell)
            except (TypeError, ValueError):
                raise InputError(
                    f"y holds {brief(repr(cell))} in row {row}, which is no number, and a regressor predicts numbers. "
                    "Give numbers, or use a classifier."
                ) from None

    def _targets(self, y: np.ndarray) -> np.ndarray:
        values = np.asarray(y, dtype=np.float64)
        assert_all_finite(values, input_name="y")
        return target_numbers(pl.Series("y", values))

    def _target_kind(self) -> dict[str, Any]:
        return {"task": "regression", "classes": ()}


class _Network(_Tabular):
    """One network; every setting a keyword. Values are checked in `fit`.

    Parameters
    ----------
    hidden_sizes, depth, width, taper, activation, output_activation, normalization, residual,
    parametric_activation, parametrization, init, feature_scale, numeric_embedding, embedding_sigma,
    embedding_frequencies, embedding_size, category_size, dropout, input_dropout :
        As in `honed.nets.spec.NetworkSpec`.
    loss, huber_delta, quantiles, prediction_margin, label_smoothing, optimizer, learning_rate, bias_rate, scale_rate,
    embedding_rate, slope_rate, momentum, nesterov, rho, beta1, beta2,
    epsilon, l1, l2, weight_decay, noise, gradient_clip, schedule, warmup, plateau_factor, plateau_patience,
    plateau_threshold, plateau_cooldown, plateau_swing, dropout_schedule, weight_decay_schedule, batch_size,
    accumulation, weight_average, epochs, early_stopping, monitor, patience, min_delta, probes :
        As in `honed.train.spec.TrainingSpec`.
    numeric_scaling : {"robust", "standard", "none"}, default "robust"
        How numbers are scaled.
    class_weight : None, "balanced" or dict, default None
        Factors above 0 on the loss by class label, of any scale; ignored for regression.
    validation_fraction : float in (0, 1), default 0.1
        Share of the rows held out for early stopping; ignored without it.
    categorical, numeric : None or list of column names (of an array: positions), default None
        Columns that are levels, or numbers, whatever their cells look like; else the cells decide.
    random_state : int, RandomState or None
        Where all randomness starts.
    verbose : bool, default False
        Print one line when training has ended.

    Attributes
    ----------
    model_ : the fitted model. history_ : curves by epoch (train_loss, valid_loss, rate, and what `monitor` names).
    n_iter_ : epochs run. score_ : validation loss of the epoch kept. batch_size_, learning_rate_ : as used.
    range_test_, batch_search_ : what was measured where these were "auto", else None. zero_share_ : share of weights
    that are exactly 0. zero_columns_ : columns whose first weights all are, which the network does not look at.
    findings_ : what went wrong or could go better, as `honed.findings.Finding`, errors first.
    n_features_in_, feature_names_in_ and, for classes, classes_.
    """

    def __init__(
        self,
        *,
        hidden_sizes: Any = _NETWORK.hidden_sizes,
        depth: int = _NETWORK.depth,
        width: int = _NETWORK.width,
        taper: float = _NETWORK.taper,
        activation: Any = _NETWORK.activation,
        output_activation: str | None = _NETWORK.output_activation,
        normalization: str | None = _NETWORK.normalization,
        residual: bool = _NETWORK.residual,
        parametric_activation: bool = _NETWORK.parametric_activation,
        parametrization: str = _NETWORK.parametrization,
        init: str = _NETWORK.init,
        feature_scale: bool = _NETWORK.feature_scale,
        numeric_scaling: str = "robust",
        numeric_embedding: str | None = _NETWORK.numeric_embedding,
        embedding_sigma: float = _NETWORK.embedding_sigma,
        embedding_frequencies: int = _NETWORK.embedding_frequencies,
        embedding_size: int = _NETWORK.embedding_size,
        category_size: int = _NETWORK.category_size,
        l1: float = _TRAINING.l1,
        l2: float = _TRAINING.l2,
        dropout: Any = _NETWORK.dropout,
        input_dropout: float = _NETWORK.input_dropout,
        loss: str = _TRAINING.loss,
        huber_delta: float = _TRAINING.huber_delta,
        quantiles: Any = _TRAINING.quantiles,
        prediction_margin: float = _TRAINING.prediction_margin,
        label_smoothing: float = _TRAINING.label_smoothing,
        class_weight: Any = None,
        optimizer: str = _TRAINING.optimizer,
        learning_rate: float | str = _TRAINING.learning_rate,
        bias_rate: float = _TRAINING.bias_rate,
        scale_rate: float = _TRAINING.scale_rate,
        embedding_rate: float = _TRAINING.embedding_rate,
        slope_rate: float = _TRAINING.slope_rate,
        momentum: float = _TRAINING.momentum,
        nesterov: bool = _TRAINING.nesterov,
        rho: float = _TRAINING.rho,
        beta1: float = _TRAINING.beta1,
        beta2: float = _TRAINING.beta2,
        epsilon: float = _TRAINING.epsilon,
        weight_decay: float | None = _TRAINING.weight_decay,
        noise: float = _TRAINING.noise,
        gradient_clip: float | None = _TRAINING.gradient_clip,
        schedule: str = _TRAINING.schedule,
        warmup: float = _TRAINING.warmup,
        plateau_factor: float = _TRAINING.plateau_factor,
        plateau_patience: int = _TRAINING.plateau_patience,
        plateau_threshold: float = _TRAINING.plateau_threshold,
        plateau_cooldown: int = _TRAINING.plateau_cooldown,
        plateau_swing: float | None = _TRAINING.plateau_swing,
        dropout_schedule: str = _TRAINING.dropout_schedule,
        weight_decay_schedule: str = _TRAINING.weight_decay_schedule,
        batch_size: int | str | None = _TRAINING.batch_size,
        accumulation: int = _TRAINING.accumulation,
        weight_average: float = _TRAINING.weight_average,
        epochs: int = _TRAINING.epochs,
        early_stopping: bool = _TRAINING.early_stopping,
        monitor: str = _TRAINING.monitor,
        patience: int | str | None = _TRAINING.patience,
        min_delta: float = _TRAINING.min_delta,
        probes: str = _TRAINING.probes,
        validation_fraction: float = 0.1,
        categorical: Any = None,
        numeric: Any = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_sizes = hidden_sizes
        self.depth = depth
        self.width = width
        self.taper = taper
        self.activation = activation
        self.output_activation = output_activation
        self.normalization = normalization
        self.residual = residual
        self.parametric_activation = parametric_activation
        self.parametrization = parametrization
        self.init = init
        self.feature_scale = feature_scale
        self.numeric_scaling = numeric_scaling
        self.numeric_embedding = numeric_embedding
        self.embedding_sigma = embedding_sigma
        self.embedding_frequencies = embedding_frequencies
        self.embedding_size = embedding_size
        self.category_size = category_size
        self.l1 = l1
        self.l2 = l2
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.loss = loss
        self.huber_delta = huber_delta
        self.quantiles = quantiles
        self.prediction_margin = prediction_margin
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.bias_rate = bias_rate
        self.scale_rate = scale_rate
        self.embedding_rate = embedding_rate
        self.slope_rate = slope_rate
        self.momentum = momentum
        self.nesterov = nesterov
        self.rho = rho
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.noise = noise
        self.gradient_clip = gradient_clip
        self.schedule = schedule
        self.warmup = warmup
        self.plateau_factor = plateau_factor
        self.plateau_patience = plateau_patience
        self.plateau_threshold = plateau_threshold
        self.plateau_cooldown = plateau_cooldown
        self.plateau_swing = plateau_swing
        self.dropout_schedule = dropout_schedule
        self.weight_decay_schedule = weight_decay_schedule
        self.batch_size = batch_size
        self.accumulation = accumulation
        self.weight_average = weight_average
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.probes = probes
        self.validation_fraction = validation_fraction
        self.categorical = categorical
        self.numeric = numeric
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train on a table.

        Parameters
        ----------
        X : array of numbers or DataFrame (rows, columns); NaN and empty cells are missing values.
        y : (rows,) labels or numbers.
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
        network, training = build(
            [NetworkSpec, TrainingSpec], {name: mine[name] for name in _SETTINGS if name in mine}
        )
        sample_weight = _positive(sample_weight, X)
        kept = None if sample_weight is None or sample_weight.all() else sample_weight > 0
        table, schema, y = self._read(X, y, kept)
        if sample_weight is not None and kept is not None:
            sample_weight = sample_weight[kept]
        check_output(network.output_activation, training, y.dtype == np.int32)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        train, valid = self._split(y, training, seed)
        encoder = encoding.fit(table, schema, train, scaling=plain(self.numeric_scaling))
        weights = self._weights(y, sample_weight, train)
        kind = "classes" if y.dtype == np.int32 else "linear"
        of_rows = None if weights is None else weights[train]
        target = targets.fit(y[train], kind, training.prediction_margin, of_rows)
        outputs = len(schema.target.classes) or 1
        data = Examples.of(
            TABLE,
            encoder.inputs,
            encoder.encode(table.frame),
            target.encode(y),
            outputs=outputs,
            weights=weights,
            pad=True,
        )
        params, record = loop.fit(network, training, data, train, valid, seed=seed)
        for note in record.notes:
            warnings.warn(note, stacklevel=2)
        found = training_rules.findings(
            Case.of(
                record,
                network,
                training,
                rows=len(train),
                valid_rows=len(valid),
                classes=len(schema.target.classes),
            )
        )
        table_case = DataCase(table.frame, schema, y, train, valid, valid[:0])
        is_robust = self.numeric_scaling == "robust"
        known = optional("The rule 'far_values'", lambda: far.far_values(table_case, robust=is_robust), [])
        findings = worst_first([*far.uncovered(found, known, robust=is_robust), *known])
        if not record.best_epoch:
            raise RunError(no_network(findings))
        for finding in findings:
            if finding.severity == "error":
                warnings.warn(f"{finding.what} {finding.action}", stacklevel=2)
        quantiles = training.quantiles if training.loss == "quantile" else ()
        member = Member(network, 0, target, params, 1.0, training.loss, quantiles)
        self.model_ = Model(schema, (encoder,), (member,))
        self.history_ = {
            "train_loss": record.train_loss.tolist(),
            "valid_loss": record.valid_loss.tolist(),
            "rate": record.rate.tolist(),
        }
        if training.monitor != "loss":
            self.history_[training.monitor] = record.monitored.tolist()
        self.batch_size_, self.learning_rate_ = record.batch_size, record.learning_rate
        self.range_test_, self.batch_search_ = record.range_test, record.batch_search
        self.zero_share_, self.zero_columns_ = sparsity.zeros(member, encoder)
        self.findings_ = findings
        self.n_iter_ = len(record.train_loss)
        self.score_ = record.best_loss
        if self.verbose:
            for name, test in (("learning_rate", record.range_test), ("batch_size", record.batch_search)):
                if test is not None:
                    print(f"{name} {getattr(self, name + '_'):g}: {test.sentence()}")
            print(
                f"{counted(self.n_iter_, 'epoch')}, kept epoch {record.best_epoch}, "
                f"validation loss {figure(self.score_)}"
            )
        return self

    def _split(self, y: np.ndarray, training: TrainingSpec, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rows = np.arange(len(y), dtype=np.int32)
        if not training.early_stopping:
            return rows, rows[:0]
        share = plain(self.validation_fraction)
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            raise InputError(
                f"The setting 'validation_fraction' is {shown(share)}, but early_stopping needs a number in (0, 1). "
                "Give one, such as 0.1, or turn early_stopping off to hold no rows out."
            )
        count = round(share * len(y))
        if len(y) > _FEW_ROWS:
            count = max(count, 1)
            if count >= len(y):
                raise InputError(
                    f"The setting 'validation_fraction' is {shown(share)}, which holds out all {len(y):,} rows and "
                    "leaves none to learn from. Give a smaller one, such as 0.1."
                )
        elif count < 1 or count >= len(y):
            return rows, rows[:0]
        classes = len(np.unique(y)) if y.dtype == np.int32 else 0
        can_stratify = classes and count >= classes and np.bincount(y).min() >= 2
        train, valid = train_test_split(
            rows, test_size=count, random_state=seed, stratify=y if can_stratify else None
        )
        return np.sort(train), np.sort(valid)

    def _weights(
        self, y: np.ndarray, sample_weight: np.ndarray | None, train: np.ndarray
    ) -> np.ndarray | None:
        """Factors with mean 1 over the training rows, so that neither steps nor losses change their scale."""
        if self.class_weight is None or y.dtype != np.int32:
            if sample_weight is None:
                return None
            weights = sample_weight
        else:
            weights = _class_factors(self.class_weight, self.classes_, np.bincount(y))[y]  # type: ignore[attr-defined]
            if sample_weight is not None:
                weights = weights * sample_weight
        return weights * (len(train) / weights[train].sum())


class NetworkClassifier(_Classes, _Network):
    __doc__ = "A neural network for classes, trained by hand.\n" + (_Network.__doc__ or "").split("\n", 1)[1]


class NetworkRegressor(_Values, _Network):
    __doc__ = "A neural network for numbers, trained by hand.\n" + (_Network.__doc__ or "").split("\n", 1)[1]


class _Tuned(_Tabular):
    """A tuned network: designed, trained and chosen within a budget.

    Parameters
    ----------
    budget : str or float, default "60s"
        Wall-clock time, such as "60s", "5m" or seconds; ignored when `trials` is given.
    trials : int or None
        Networks to try in place of a budget: the result then does not depend on the machine's pace.
    metric : str or None
        What to be best at, by scikit-learn's name; default log-loss for classes, else RMSE.
    positive : label or None
        Of two classes the one that the metric "average_precision" is of; default the second of `classes_`.
    n_jobs : int or None
        Worker processes; None and -1 mean one for each core. With 1, small tables are tuned in this process.
    single : bool, default False
        Keep the best single network instead of an ensemble.
    categorical, numeric : None or list of column names (of an array: positions), default None
        Columns that are levels, or numbers, whatever their cells look like; else the cells decide.
    random_state : int, RandomState or None
        Where all randomness starts.

    Attributes
    ----------
    model_ : the fitted model. best_params_ : settings of the best network. trials_ : each fully trained candidate
    with its loss. findings_ : what went wrong or could go better in the best network. score_ : the metric
    on rows that no choice has seen. summary_ : the facts that `honed show` prints.
    """

    def __init__(
        self,
        *,
        budget: str | float | None = _DEFAULT_BUDGET,
        trials: int | None = None,
        metric: str | None = None,
        positive: Any = None,
        n_jobs: int | None = None,
        single: bool = False,
        categorical: Any = None,
        numeric: Any = None,
        random_state: Any = None,
    ) -> None:
        self.budget = budget
        self.trials = trials
        self.metric = metric
        self.positive = positive
        self.n_jobs = n_jobs
        self.single = single
        self.categorical = categorical
        self.numeric = numeric
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, *, groups: Any = None, **others: Any) -> Self:
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
        from honed.search import tune

        if others.pop("sample_weight", None) is not None:
            kind = "Classifier" if hasattr(self, "predict_proba") else "Regressor"
            raise InputError(
                f"{type(self).__name__} takes no sample_weight: its search would choose as if all rows counted the "
                f"same. Leave it out, or train one network with Network{kind}, which takes it."
            )
        if others:
            raise TypeError(f"{type(self).__name__}.fit() got an unexpected keyword argument {min(others)!r}")
        table, schema, y = self._read(X, y)
        if self.trials is None and self.budget is None:
            raise InputError('Neither budget nor trials is given. Give one, such as budget="60s".')
        trials, jobs = plain(self.trials), plain(self.n_jobs)
        tuned = tune.fit_table(
            table,
            schema,
            y,
            budget=None if trials is not None or self.budget is None else words.seconds(plain(self.budget)),
            trials=trials,
            metric=plain(self.metric),
            positive=None if self.positive is None else str(self.positive),
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
            workers=None if jobs in (None, -1) else jobs,
            single=bool(self.single),
            groups=groups,
        )
        self.model_ = tuned.model
        self.summary_ = tuned.summary
        self.trials_ = tuned.trials
        self.findings_ = tuned.findings
        self.best_params_ = {**tuned.trials[0]["network"], **tuned.trials[0]["training"]}
        used = tuned.summary["scores"].get(tuned.summary["uses"])
        self.score_ = used["value"] if used and used["value"] is not None else float("nan")
        return self


class TunedClassifier(_Classes, _Tuned):
    __doc__ = "A tuned neural network for classes.\n" + (_Tuned.__doc__ or "").split("\n", 1)[1]


class TunedRegressor(_Values, _Tuned):
    __doc__ = "A tuned neural network for numbers.\n" + (_Tuned.__doc__ or "").split("\n", 1)[1]


def _positive(sample_weight: Any, X: Any) -> np.ndarray | None:
    """Weights (rows,) with the largest at 1; those that float32 cannot tell from 0 are 0."""
    if sample_weight is None:
        return None
    rows = np.empty((_num_samples(X), 1))
    weights = _check_sample_weight(sample_weight, rows, ensure_non_negative=True)
    weights = weights / (weights.max() or 1.0)
    weights = np.where(weights.astype(np.float32) > 0, weights, 0.0)
    if (weights > 0).sum() < 2:
        raise InputError(
            f"Of {len(weights):,} sample weights {(weights > 0).sum()} is above zero, and at least 2 rows have to "
            "count. Give more rows a positive weight."
        )
    return weights


def _class_factors(class_weight: Any, classes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Factors (classes,) by label, for classes of so many rows; "balanced" as in scikit-learn.

    Its `compute_class_weight` reads labels of digits as numbers, so that it finds "01" nowhere.
    """
    if isinstance(class_weight, str) and class_weight == "balanced":
        return counts.sum() / (len(counts) * counts)
    if not isinstance(class_weight, Mapping):
        near = nearest(class_weight, ["balanced"]) if isinstance(class_weight, str) else ""
        raise InputError(
            f"class_weight is {shown(plain(class_weight))}, but it must be None, 'balanced' or a dict of weights by "
            f"class label.{near}"
        )
    for label, weight in class_weight.items():
        value = plain(weight)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < value < math.inf:
            raise InputError(
                f"class_weight gives the class {shown(plain(label))} the weight {shown(value)}, but it must be a "
                "number above 0. To leave a class out, leave out its rows."
            )
    labels = classes.tolist()
    without = [label for label in labels if label not in class_weight]
    unknown = [label for label in class_weight if label not in labels]
    if without and unknown:
        raise InputError(
            f"class_weight names the class {shown(plain(unknown[0]))}, which y does not hold, and leaves out "
            f"{shown(without[0])}, which it does. Give the labels as they are in y."
        )
    return np.array([float(class_weight.get(label, 1.0)) for label in labels])


def _plain(y: Any) -> Any:
    """`y` in a type that scikit-learn takes, without a loss.

    Whole numbers of 128 bits become Python's, objects that are truths become such, and cells of pandas' own types
    (nullable, Arrow) NumPy's, where scikit-learn would make numbers of 53 bits of them; those with gaps stay.
    """
    if isinstance(y, pl.Series):
        return np.array(y.to_list()) if y.dtype in (pl.Int128, pl.UInt128) else y
    if hasattr(y, "columns") and hasattr(y, "iloc") and y.shape[1] == 1:
        return _plain(y.iloc[:, 0]).to_frame()
    dtype: Any = getattr(y, "dtype", None)
    if hasattr(y, "isna") and not isinstance(dtype, np.dtype) and not y.isna().any():
        if getattr(dtype, "kind", "O") in "iubf":
            wide = {"i": "int64", "u": "uint64", "b": "bool", "f": "float64"}[dtype.kind]
            y = y.astype(getattr(dtype, "numpy_dtype", wide))
        elif getattr(dtype, "type", None) is str:
            y = y.astype(object)
    is_flat = isinstance(y, (list, tuple)) or getattr(y, "ndim", 0) == 1
    if is_flat and len(y) and _kind(y) == "O" and all(isinstance(cell, (bool, np.bool_)) for cell in y):
        return np.asarray(y, dtype=bool)
    return y


def _kind(y: Any) -> str:
    """NumPy's letter for the type of `y`, "O" where it has none."""
    dtype: Any = getattr(y, "dtype", None)
    if isinstance(dtype, np.dtype):
        return str(dtype.kind)
    return "M" if dtype in (pl.Date, pl.Datetime, pl.Duration) else "O"


def _objects(y: Any) -> list[Any]:
    """Cells of a one-dimensional `y` that may be anything; none where they all are of one of NumPy's plain types.

    Raises
    ------
    InputError
        A cell is missing.
    """
    kind = _kind(y)
    is_flat = hasattr(y, "__iter__") and not hasattr(y, "columns") and getattr(y, "ndim", 1) == 1
    if not is_flat or kind not in "OmM":
        return []
    method = next((name for name in ("to_pylist", "to_list") if hasattr(y, name)), None)
    cells = list(y) if method is None else getattr(y, method)()
    for row, cell in enumerate(cells, 1):
        if is_missing(cell):
            raise InputError(
                f"Input y contains NaN: the target of row {row} is missing. Leave such rows out."
            )
    return cells if kind == "O" else []


def _check_cells(X: Any) -> Any:
    """An array, or InputError for objects in it that are no numbers."""
    check_rows(X)
    if isinstance(X, np.ndarray) and X.dtype.kind == "O":
        for cell in X.ravel():
            if not isinstance(cell, (str, bytes, SupportsFloat, type(None))):
                raise InputError(
                    f"X holds {brief(repr(cell))}, of type {type(cell).__name__}, and an array must hold numbers. "
                    "Give a data frame for words, dates and durations."
                )
    return X


def _is_frame(X: Any) -> bool:
    """Whether X has named columns (pandas, Polars, Arrow)."""
    return hasattr(X, "columns") or hasattr(X, "column_names")


def _declared(estimator: Any, word: str, table: Table) -> list[str]:
    """Names of the columns that the keyword `word` ("categorical" or "numeric") declares."""
    value = getattr(estimator, word)
    if value is None:
        return []
    if isinstance(value, str) or not np.iterable(value):
        raise InputError(f"{word} is {value!r}, but it must be a list of columns, such as [{value!r}].")
    names = table.frame.columns
    found = []
    for column in value:
        is_place = table.plain_array and type(column) is not bool and isinstance(column, (int, np.integer))
        name = f"x{column}" if is_place else str(column).strip()
        if name not in names:
            known = f"positions 0 to {len(names) - 1}" if table.plain_array else some(names)
            raise InputError(
                f"{word} names the column {column!r}, which X does not have; it has {known}.{nearest(name, names)}"
            )
        found.append(name)
    return found


def _tell_left_out(schema: Schema) -> None:
    """Give the caller of `fit` one `DataWarning` that names the columns which no network reads."""
    left = [
        column
        for column in schema.columns
        if column.kind in ("text", "identifier") and not kinds.is_index(column)
    ]
    if not left:
        return
    said = [
        f"{brief(column.name)!r} ({brief(_CLAUSE.split(column.reason.removeprefix('left out: '))[0])})"
        for column in left[:_NAMED]
    ]
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    warnings.warn(
        f"{counted(len(left), 'column')} of {len(schema.columns):,} {'is' if len(left) == 1 else 'are'} left out: "
        f"{', '.join(said)}{more}. To use one, give it as numbers or as a few categories; else drop it from X.",
        DataWarning,
        stacklevel=4,
    )


def _spread(model: Model, frame: pl.DataFrame, samples: int | None, return_std: bool) -> Any:
    """The mean of dropout's networks, with their standard deviation where it is asked for."""
    if samples is None:
        raise InputError(
            "return_std needs samples: the spread is that of several networks. Give samples, say 50."
        )
    drawn = model.samples(frame, samples)
    if not model.classes:
        model.warn_of_ends(drawn.T, stacklevel=4)
    mean = drawn.mean(axis=0)
    return (mean, drawn.std(axis=0)) if return_std else mean
