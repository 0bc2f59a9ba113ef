"""A case from columns: what each test of a rule starts with."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from honed.diagnosis.data.case import DataCase
from honed.table import columns
from honed.table.read import Table


@pytest.fixture
def case_of() -> Callable[..., DataCase]:
    """Builds a case with target column "y"; four of five rows train, the others validate, unless given."""

    def build(cells, *, train=None, valid=None, outer=(), task=None, group=None, **rest) -> DataCase:
        table = Table(pl.DataFrame(cells), "t.csv", "")
        schema = columns.infer(table, "y", task=task, group=group)
        rows = columns.target_rows(table, schema)
        y = columns.target_values(table, schema, rows)
        every = np.arange(len(y))
        train = every[every % 5 != 0] if train is None else np.asarray(train, int)
        valid = every[every % 5 == 0] if valid is None else np.asarray(valid, int)
        outer = np.asarray(outer, int)
        return DataCase(table.frame[rows], schema, y, train, valid, outer, places=rows + 1, **rest)

    return build
