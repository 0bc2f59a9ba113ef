"""What estimators have in common once they are fitted; saving is tested with each kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.exceptions import NotFittedError

from honed import NetworkRegressor


def test_what_is_not_fitted_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        NetworkRegressor().save(tmp_path / "model")
    assert not (tmp_path / "model").exists()
