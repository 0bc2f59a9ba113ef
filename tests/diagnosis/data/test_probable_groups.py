"""Groups that nobody named are a warning with the options that name them."""

import numpy as np
import polars as pl

from honed.diagnosis.data.case import DataCase
from honed.diagnosis.data.probable_groups import probable_groups
from honed.table import columns
from honed.table.read import from_frame
from honed.table.split import Fold, Splits

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


def test_the_advised_sign_is_that_of_the_cells_of_a_table_that_was_read():
    paths = [rf"C:\data\p{group}\{row}.png" for row, group in enumerate(OF)]
    table = from_frame(pl.DataFrame({**CELLS, "id": paths, "y": [None, *CELLS["y"][1:]]}))
    schema = columns.infer(table, "y")
    table, rows = schema.read_training(table), np.arange(1, len(OF))
    y = columns.target_values(table, schema, rows)
    fold = Fold(np.arange(200), np.arange(200, 239))
    case = DataCase.of(table, schema, rows, y, Splits(np.arange(0), (fold,), 1, ""))
    (found,) = probable_groups(case)
    assert found.evidence["groups"] == 30
    assert r"--group id --group-stem '\'" in found.action


def test_named_groups_and_random_codes_are_fine(case_of):
    assert not probable_groups(case_of({**CELLS, "site": OF}, group="site"))
    assert not probable_groups(case_of({**CELLS, "id": [f"{RNG.integers(2**32):x}" for _ in OF]}))
