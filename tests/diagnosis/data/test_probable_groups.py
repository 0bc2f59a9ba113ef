"""Groups that nobody named are a warning with the options that name them."""

import numpy as np

from honed.diagnosis.data.probable_groups import probable_groups

RNG = np.random.default_rng(0)
OF = np.repeat(np.arange(30), 8)
CELLS = {
    "id": [f"s{group}_{row}" for row, group in enumerate(OF)],
    "a": RNG.normal(size=30)[OF] + 0.1 * RNG.normal(size=240),
    "b": RNG.normal(size=30)[OF] + 0.1 * RNG.normal(size=240),
    "y": RNG.normal(size=240),
}


def test_stems_of_like_rows_are_a_warning(case_of):
    (found,) = probable_groups(case_of(CELLS))
    assert found.severity == "warning"
    assert found.evidence["groups"] == 30
    assert "--group id --group-stem _" in found.action


def test_named_groups_and_random_codes_are_fine(case_of):
    assert not probable_groups(case_of({**CELLS, "site": OF}, group="site"))
    assert not probable_groups(case_of({**CELLS, "id": [f"{RNG.integers(2**32):x}" for _ in OF]}))
