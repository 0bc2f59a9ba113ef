"""Batches so small that their gradient is noise, or so large that they only cost time."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.figures import counted
from honed.findings import Finding

_NOISY, _SMALL = 3.0, 8  # noise scale over batch size; rows
_LARGE = 10.0  # batch size over noise scale
_FEW_STEPS = 10  # an epoch
_FEW_TO_NORMALIZE = 4  # rows, whose mean and variance say little (Wu & He 2018, table 2)


def rule(case: Case) -> list[Finding]:
    """The batch against batch normalization, and against the gradient's noise scale (McCandlish et al. 2018).

    The scale is that of the first epochs, without the untrained network, whose rows all agree on the output's bias.
    """
    if (
        getattr(case.network or case.own, "normalization", None) == "batch"
        and 0 < case.batch_size <= _FEW_TO_NORMALIZE
        and case.activations
    ):
        return [_too_few_to_normalize(case)]
    signal, noise = (
        part[1:] if len(part) > 1 else part for part in (case.early("signal"), case.early("noise"))
    )
    if not len(signal) or not case.batch_size or not np.isfinite([*signal, *noise]).all():
        return []
    mean = float(np.mean(signal))
    if mean <= 0:
        return []
    scale = max(0.0, float(np.mean(noise))) / mean
    size = case.batch_size * (case.training.accumulation if case.training is not None else 1)
    steps = -(-case.rows // size)
    evidence = {"noise_scale": scale, "batch_size": size, "steps_in_epoch": steps}
    reference = "McCandlish et al. 2018, arXiv 1812.06162"
    if size <= _SMALL and scale > _NOISY * size:
        return [
            Finding(
                id="batch-too-noisy",
                severity="warning",
                what=f"The batch of {size} is noisy: the gradient's noise scale is {figure(scale)} rows, so "
                "a step follows the accidents of its rows more than the data.",
                evidence=evidence,
                why="Up to the noise scale twice the rows halve the number of steps that are needed.",
                action="Take more rows in a step (batch_size=64 or 'auto').",
                advice={"batch_size": 64},
                reference=reference,
            )
        ]
    if size > _LARGE * max(scale, 1.0) and steps < _FEW_STEPS and case.rows > 640:
        return [
            Finding(
                id="batch-too-large",
                severity="note",
                what=f"The batch of {size:,} is needlessly large: the gradient's noise scale is only "
                f"{figure(scale)} rows, and an epoch has {counted(steps, 'step')}.",
                evidence=evidence,
                why="Beyond the noise scale more rows make a step hardly better, and there are fewer steps.",
                action="Take fewer rows in a step (batch_size=64 or 'auto').",
                advice={"batch_size": 64},
                reference=reference,
            )
        ]
    return []


def _too_few_to_normalize(case: Case) -> Finding:
    size = case.batch_size
    whole = "one row is its own mean, so all that it says is taken away"
    return Finding(
        id="batch-too-noisy",
        severity="error" if case.is_lost else "warning",
        what=f"The batch of {size} is too small for batch normalization: "
        f"{whole if size == 1 else f'its mean and variance are those of {size} rows'}.",
        evidence={"batch_size": size},
        why="Batch normalization trains with the statistics of a batch and predicts with those of all rows; the fewer "
        "rows, the less the two have to do with each other.",
        action="Take more rows in a step (batch_size=64 or 'auto'), or normalize by layer.",
        advice={"batch_size": 64},
        reference="Wu & He 2018, arXiv 1803.08494, table 2: 24.8 % error at 8 rows, 34.7 % at 2",
    )
