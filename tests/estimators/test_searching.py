"""What the tuned estimators have in common."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold

from honed import TunedClassifier, TunedImageClassifier, TunedImageRegressor, TunedRegressor
from honed.errors import InputError
from honed.estimators.keywords import OfSearch

Y = np.arange(12.0)


def test_own_folds_are_those_of_the_splitter() -> None:
    tuned, groups, asked = TunedRegressor(), np.repeat(np.arange(4), 3), OfSearch(cv=GroupKFold(4))
    kept, found = tuned._shared_out(asked, Y, groups)
    assert kept is None and found is not None
    assert {int(row) // 3 for row in found.outer} == {int(found.outer[0]) // 3} and len(found.folds) == 3
    with pytest.raises(InputError, match="groups"):
        tuned._shared_out(asked, Y, None)


def test_without_own_folds_groups_stay() -> None:
    groups = np.repeat(np.arange(4), 3)
    assert TunedRegressor()._shared_out(OfSearch(), Y, groups) == (groups, None)


@pytest.mark.parametrize("kind", [TunedClassifier, TunedRegressor, TunedImageClassifier, TunedImageRegressor])
def test_all_have_the_keywords_of_a_search(kind: type) -> None:
    own, common = inspect.signature(kind).parameters, inspect.signature(OfSearch).parameters
    assert {name: own[name].default for name in common} == {n: p.default for n, p in common.items()}
    for name in common:
        assert f"    {name} : " in (kind.__doc__ or "")
