"""The facts of a run, where they are more than a copy."""

from honed.nets.spec import NetworkSpec
from honed.search.summary import _shown


def test_settings_that_decide_nothing_are_not_explained() -> None:
    assert "embedding_sigma" not in _shown(NetworkSpec())
    assert "embedding_sigma" in _shown(NetworkSpec(numeric_embedding="periodic"))
    assert {"depth", "width", "taper"} <= set(_shown(NetworkSpec()))
    assert not {"depth", "width", "taper"} & set(_shown(NetworkSpec(hidden_sizes=(64, 32))))
