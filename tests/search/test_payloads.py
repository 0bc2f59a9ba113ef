"""Jobs as a worker reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from honed.search.payloads import BaselineJob, TrainingJob
from honed.typed import Misfit, take

TRAINING: dict[str, Any] = {
    "kind": "train", "network": {"depth": 1}, "training": {}, "target": "linear", "encoding": "robust", "fold": "0",
    "family": None, "inputs": {}, "arrays": ["rows"],
    "heads": [{"name": "y"}], "seed": 3, "rows": None, "stop_after": None, "keep": True, "pad": False,
}  # fmt: skip
BASELINE = {
    "kind": "baseline", "name": "linear", "fold": "0", "target": "linear", "encoding": "robust",
    "heads": [{"name": "y"}],
    "family": None, "inputs": {}, "arrays": ["rows"], "seed": 0
}  # fmt: skip


@pytest.mark.parametrize(("kind", "payload"), [(TrainingJob, TRAINING), (BaselineJob, BASELINE)])
def test_a_job_is_read_as_it_was_written(kind: Any, payload: dict[str, Any]) -> None:
    assert take(kind, json.loads(json.dumps(payload))) == payload
    for name in payload:
        with pytest.raises(Misfit):
            take(kind, {key: value for key, value in payload.items() if key != name})
