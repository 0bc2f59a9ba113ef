"""What estimators have in common once they are fitted; saving is tested with each kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold

from honed import NetworkRegressor
from honed.errors import InputError
from honed.estimators.fitted import own_folds

Y = np.arange(12.0)


def test_own_folds_are_those_of_the_splitter() -> None:
    groups = np.repeat(np.arange(4), 3)
    found = own_folds(GroupKFold(4), Y, groups, has_classes=False)
    assert {int(row) // 3 for row in found.outer} == {int(found.outer[0]) // 3} and len(found.folds) == 3
    with pytest.raises(InputError, match="groups"):
        own_folds(GroupKFold(4), Y, None, has_classes=False)


def test_what_is_not_fitted_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        NetworkRegressor().save(tmp_path / "model")
    assert not (tmp_path / "model").exists()
