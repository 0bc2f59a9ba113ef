"""What the tests of the estimators share: small networks and a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from honed import NetworkClassifier, NetworkRegressor

SMALL: dict[str, Any] = {
    "depth": 1,
    "width": 32,
    "epochs": 60,
    "learning_rate": 0.02,
    "schedule": "cosine",
    "random_state": 0,
}


def arrays(load: Any) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and target of a table that scikit-learn brings along."""
    return load(return_X_y=True)


NETWORKS = [NetworkClassifier(**SMALL), NetworkRegressor(**SMALL)]


def mixed(rows: int = 200) -> tuple[pd.DataFrame, np.ndarray]:
    """A number with gaps, a text column with gaps, a boolean; the target needs the first two."""
    rng = np.random.default_rng(0)
    size, kind = rng.normal(size=rows), rng.choice(["oak", "elm", "ash"], rows)
    target = size + 2.0 * (kind == "oak")
    frame = pd.DataFrame({"size": size, "kind": kind, "old": rng.random(rows) > 0.5})
    frame.loc[::17, "size"] = np.nan
    frame.loc[::19, "kind"] = None
    return frame, target


def arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)
