"""The gradient grows on its way back or in training until steps destroy what was learned."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_RATIO = 70.0  # between layers, or from the usual probe to the largest (AUTOTRAINER, ICSE 2021)
_LARGE = 100.0  # norm below which a gradient is no trouble, whatever its ratio
_ENDLESS = 1e100  # stands for one that is infinite


def rule(case: Case) -> list[Finding]:
    """A gradient that is large, and many times that of the last layer or of the usual probe."""
    gradients = case.probes.get("gradient", np.zeros((0, 0)))
    if not len(gradients) or not np.isfinite(gradients).any():
        return []
    sizes = np.nan_to_num(gradients.astype(np.float64), nan=0.0, posinf=_ENDLESS)
    norms = np.sqrt((sizes**2).sum(axis=1))
    worst = int(np.argmax(norms))
    across = float(sizes[worst].max() / max(sizes[worst, -1], 1e-30))
    over_time = float(norms[worst] / max(np.median(norms), 1e-30))
    is_endless = bool(np.isinf(gradients[worst]).any())
    if norms[worst] < _LARGE or (max(across, over_time) < _RATIO and not is_endless):
        return []
    layer = int(np.argmax(sizes[worst])) + 1
    place, epoch = case.called(layer), int(case.probe_epochs[worst])
    if is_endless:
        seen = f"before {case.when.called(epoch)} its norm was beyond the largest number in {place}"
    else:
        beside = f"{figure(across)} times the output layer's in {place} and " if across > 1 else ""
        seen = f"its norm was {figure(float(norms[worst]))} before {case.when.called(epoch)}, {beside}"
        seen += f"{figure(over_time)} times the usual"
    training = case.training
    is_clipped = training is not None and training.gradient_clip is not None
    return [
        Finding(
            id="exploding-gradient",
            severity="error" if case.is_lost else "warning",
            what=f"The gradient explodes: {seen}.",
            evidence={
                "norm": None if is_endless else float(norms[worst]),
                "over_output_layer": None if is_endless else across,
                "over_usual": None if is_endless else over_time,
                "epoch": int(case.probe_epochs[worst]),
            },
            why="Each layer multiplies the gradient on the way back, here by more than 1, so that one step moves the "
            "weights farther than the slope says anything about.",
            action="Lower the learning rate, or normalize the layers."
            if is_clipped
            else "Clip the gradient (gradient_clip=1), lower the learning rate, or normalize the layers.",
            advice=case.rate_times(1 / 3) if is_clipped else {"gradient_clip": 1.0},
            layers=(layer,),
            reference="Pascanu et al. 2013, arXiv 1211.5063; threshold 70: AUTOTRAINER (ICSE 2021)",
        )
    ]
