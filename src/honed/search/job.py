"""What a worker does: train one network on one fold, or fit one baseline. `perform` is called in the worker."""

from __future__ import annotations

from typing import Any

import numpy as np

from honed import seeds
from honed.encode.encoder import Encoded, Inputs
from honed.nets.family import TABLE
from honed.nets.spec import NetworkSpec
from honed.run.spool import Spool
from honed.settings import build
from honed.train import loop
from honed.train.examples import Examples
from honed.train.spec import TrainingSpec
from honed.trials import Arrays

_EXAMPLES: dict[tuple[int, str, str], Examples] = {}
_MOST_EXAMPLES = 6


def perform(payload: dict[str, Any], spool: Spool) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Do one job.

    Parameters
    ----------
    payload : ``{"kind": "train", "network", "training", "target", "fold", "inputs", "outputs", "seed", "rows",
        "stop_after", "keep", "pad"}`` or ``{"kind": "baseline", ...}``; see `train` and `baselines.fit`.
    spool : holds the arrays of each fold, named ``"<fold>/numeric"`` and so on.
    """
    if payload["kind"] == "baseline":
        from honed.search import baselines

        return baselines.fit(payload, spool)
    return train(payload, spool)


def train(payload: dict[str, Any], spool: Spool) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Train one network; the record as value, and as arrays the validation outputs and the parameters.

    `rows` trains on a sample of that many rows, `stop_after` ends the schedule early, `keep` returns parameters.
    """
    network, training = build_specs(payload)
    fold, seed = payload["fold"], payload["seed"]
    inputs = Inputs.from_json(payload["inputs"])
    data = _examples(payload, inputs, spool)
    rows, valid = spool.get(f"{fold}/train"), spool.get(f"{fold}/valid")
    if payload["rows"] is not None and payload["rows"] < len(rows):
        chosen = seeds.generator(0, "sample", fold).permutation(len(rows))[: payload["rows"]]
        rows = rows[np.sort(chosen)]
    stop_after, keep = payload["stop_after"], payload["keep"]
    params, record = loop.fit(
        network, training, data, rows, valid, seed=seed, stop_after=stop_after, keep=keep
    )
    said = None
    if len(valid):
        said = data.family.predict(params, network, inputs, data.take(valid))
    arrays = Arrays(said, params, record.probes) if keep else Arrays(said)
    return record.to_json(), arrays.named()


def build_specs(payload: dict[str, Any]) -> tuple[NetworkSpec, TrainingSpec]:
    """The specs that a payload carries as plain values."""
    (network,) = build([NetworkSpec], payload["network"])
    (training,) = build([TrainingSpec], payload["training"])
    return network, training


def _examples(payload: dict[str, Any], inputs: Inputs, spool: Spool) -> Examples:
    """The fold's arrays on the device; the last few are kept."""
    fold, kind = payload["fold"], payload["target"]
    name = (id(spool), fold, kind)
    if name not in _EXAMPLES:
        while len(_EXAMPLES) >= _MOST_EXAMPLES:
            _EXAMPLES.pop(next(iter(_EXAMPLES)))
        rows = Encoded(spool.get(f"{fold}/numeric"), spool.get(f"{fold}/codes"))
        weights = spool.get("weights") if "weights" in spool else None
        _EXAMPLES[name] = Examples.of(
            TABLE,
            inputs,
            rows,
            spool.get(f"{fold}/{kind}"),
            outputs=payload["outputs"],
            weights=weights,
            pad=payload["pad"],
        )
    return _EXAMPLES[name]


def forget(spool: Spool) -> None:
    """Drop the arrays of a spool that is about to be closed (work done in the caller's process)."""
    for name in [name for name in _EXAMPLES if name[0] == id(spool)]:
        del _EXAMPLES[name]
