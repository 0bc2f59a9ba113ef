"""What an estimator has once it is fitted, whatever its rows are: `Fitted`, and what `fit` keeps of a training."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import estimator_html_repr
from sklearn.utils.validation import check_is_fitted

from honed import passes
from honed.errors import FindingWarning, InputError, RunError, warn
from honed.figures import figure
from honed.findings import Finding, no_network
from honed.model import files
from honed.model.model import Model
from honed.optional import optional
from honed.run import disk
from honed.table.native import ColumnLike
from honed.table.target import Target

if TYPE_CHECKING:
    from honed.train.record import Record
    from honed.train.spec import TrainingSpec


class Fitted(BaseEstimator):
    """An estimator that can be saved; `model_` is set by `fit`."""

    model_: Model

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
            with contextlib.suppress(OSError):  # what others wrote meanwhile stays, with the folder
                for name in (files.DOCUMENT, files.WEIGHTS):
                    (folder / name).unlink(missing_ok=True)
                if is_new:
                    folder.rmdir()
            raise

    def _html_repr(self) -> str:
        """What a notebook shows: scikit-learn's diagram, and above it what came of `fit`."""
        diagram = estimator_html_repr(self)
        if not hasattr(self, "model_"):
            return diagram
        from honed.estimators import shown

        return optional("What was fitted", lambda: shown.page(self), "") + diagram

    def _require_target(self, y: ColumnLike) -> None:
        """ValueError where there is no target, in the words that scikit-learn's checks want."""
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
            )

    def _check_target(self, y: ColumnLike) -> None:
        raise AssertionError("each kind of estimator reads its own target")

    def _targets(self, ys: Sequence[np.ndarray]) -> list[np.ndarray]:
        raise AssertionError("each kind of estimator reads its own target")

    def _meant(self, names: Sequence[str], reason: str) -> list[Target]:
        raise AssertionError("each kind of estimator knows its own target")


def target_name(y: ColumnLike, usual: str = "target") -> str:
    """What a target is called: as its column is, if it has a name."""
    name = getattr(y, "name", None)
    return (name.strip() if isinstance(name, str) else "") or usual


def check_learned(record: Record, findings: list[Finding]) -> None:
    """Raise `RunError` where a training gave no network; give a warning for each error that was found in it."""
    if not record.best_epoch:
        raise RunError(no_network(findings))
    for finding in findings:
        if finding.severity == "error":
            warn(f"{finding.what} {finding.action}", FindingWarning)


def of_training(record: Record, training: TrainingSpec, findings: list[Finding]) -> dict[str, object]:
    """The attributes of a network by hand that tell of its training, by name."""
    history = {
        "train_loss": record.train_loss.tolist(),
        "valid_loss": record.valid_loss.tolist(),
        "rate": record.rate.tolist(),
    }
    if record.passes is not None:
        history["passes"] = record.passes.tolist()
    if training.monitor != "loss":
        history[training.monitor] = record.monitored.tolist()
    return {
        "history_": history,
        "batch_size_": record.batch_size,
        "learning_rate_": record.learning_rate,
        "range_test_": record.range_test,
        "batch_search_": record.batch_search,
        "findings_": findings,
        "n_iter_": len(record.train_loss),
        "best_epoch_": record.best_epoch,
        "score_": record.best_loss,
        "_training": training,
    }


def tell(record: Record) -> None:
    """Print how a training went."""
    when = passes.When({"passes": record.passes})
    tests = (
        ("learning_rate", record.learning_rate, record.range_test),
        ("batch_size", record.batch_size, record.batch_search),
    )
    for name, value, test in tests:
        if test is not None:
            print(f"{name} {value:g}: {test.sentence()}")
    print(
        f"{when.counted(len(record.train_loss))}, kept {when.called(record.best_epoch)}, "
        f"validation loss {figure(record.best_loss)}"
    )
