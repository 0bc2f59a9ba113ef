"""From a table and a time budget to a tuned neural network, with the reason for every choice.

Importing `honed` loads nothing heavy: each name below brings its module along when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from honed.diagnosing import diagnose, doctor
    from honed.errors import HonedError, InputError, RunError
    from honed.estimators import (
        ImageClassifier,
        ImageRegressor,
        NetworkClassifier,
        NetworkRegressor,
        SequenceClassifier,
        SequenceRegressor,
        TunedClassifier,
        TunedImageClassifier,
        TunedImageRegressor,
        TunedRegressor,
        TunedSequenceClassifier,
        TunedSequenceRegressor,
    )
    from honed.model import load
    from honed.refitting import refit

__version__ = "0.1.0"

__all__ = [
    "HonedError",
    "ImageClassifier",
    "ImageRegressor",
    "InputError",
    "NetworkClassifier",
    "NetworkRegressor",
    "RunError",
    "SequenceClassifier",
    "SequenceRegressor",
    "TunedClassifier",
    "TunedImageClassifier",
    "TunedImageRegressor",
    "TunedRegressor",
    "TunedSequenceClassifier",
    "TunedSequenceRegressor",
    "__version__",
    "diagnose",
    "doctor",
    "load",
    "refit",
]

_HOMES = {
    "HonedError": "honed.errors",
    "ImageClassifier": "honed.estimators",
    "ImageRegressor": "honed.estimators",
    "InputError": "honed.errors",
    "NetworkClassifier": "honed.estimators",
    "NetworkRegressor": "honed.estimators",
    "RunError": "honed.errors",
    "SequenceClassifier": "honed.estimators",
    "SequenceRegressor": "honed.estimators",
    "TunedClassifier": "honed.estimators",
    "TunedImageClassifier": "honed.estimators",
    "TunedImageRegressor": "honed.estimators",
    "TunedRegressor": "honed.estimators",
    "TunedSequenceClassifier": "honed.estimators",
    "TunedSequenceRegressor": "honed.estimators",
    "diagnose": "honed.diagnosing",
    "doctor": "honed.diagnosing",
    "load": "honed.model",
    "refit": "honed.refitting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'honed' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
