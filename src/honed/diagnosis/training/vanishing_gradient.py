"""The gradient fades on its way back, so the first layers do not learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

if TYPE_CHECKING:
    from jaxtyping import Bool

_RATIO, _SIZE = 1e-3, 1e-4  # of the largest layer's gradient, and absolute (AUTOTRAINER, ICSE 2021)
_SQUASHING = ("sigmoid", "tanh")
_START = 3  # probes


def rule(case: Case) -> list[Finding]:
    """Layers whose gradient is a thousandth of the largest one's and tiny, in most probes or in the first ones."""
    gradients = case.probes.get("gradient", np.zeros((0, 0)))
    is_finite = np.isfinite(gradients).all(axis=1)
    epochs = case.probe_epochs[: len(gradients)][is_finite]
    gradients = gradients[is_finite]
    if not len(gradients) or gradients.shape[1] < 3:
        return []
    ratios = gradients / np.maximum(gradients.max(axis=1, keepdims=True), 1e-30)
    is_small = (ratios < _RATIO) & (gradients < _SIZE) & (gradients > 0)
    layers = _first_layers(is_small.mean(axis=0) > 0.5)
    until = ""
    if not layers:
        layers = _first_layers(is_small[:_START].all(axis=0))
        if not layers:
            return []
        gradients = gradients[:_START]
        until = f" until {case.when.called(int(epochs[np.argmin(is_small[:, layers[0] - 1])]))}"
    typical = np.median(gradients, axis=0)
    ratio = float(typical[layers[0] - 1] / typical.max())
    steps = max(1, int(np.argmax(typical)) - (layers[0] - 1))
    factor = ratio ** (1 / steps)
    squashed = sorted(set(case.activations) & set(_SQUASHING))
    advice = {}
    if case.network is not None:
        if squashed:
            advice["activation"] = "relu"
        elif not case.network.normalization:
            advice["normalization"] = "layer"
        if not case.network.residual and case.network.layers > 4:
            advice["residual"] = True
    cause = (
        f"The slope of {' and '.join(squashed)} is at most {'0.25' if 'sigmoid' in squashed else '1'}, and each layer "
        "multiplies by it on the way back."
        if squashed
        else "Each layer multiplies the gradient by its weights and slopes on the way back, here by less than 1."
    )
    return [
        Finding(
            id="vanishing-gradient",
            severity="note" if until else "error" if case.is_lost else "warning",
            what=f"The gradient vanishes{until}: in {case.called(*layers)} it is at most {figure(_RATIO)} of the "
            f"largest layer's ({case.called(layers[0])}: {figure(float(typical[layers[0] - 1]))} against "
            f"{figure(float(typical.max()))}), smaller by a factor of {figure(1 / max(factor, 1e-12))} for each layer.",
            evidence={
                "ratio": ratio,
                "factor_by_layer": factor,
                "gradient": [float(x) for x in typical],
            },
            why=f"{cause} Layers far from the output get too little of it to move.",
            action="Use relu in place of sigmoid or tanh, residual paths or normalization, or fewer layers.",
            advice=advice,
            layers=tuple(layers),
            reference="Glorot & Bengio 2010; He et al. 2015, arXiv 1512.03385; thresholds: AUTOTRAINER (ICSE 2021)",
        )
    ]


def _first_layers(is_small: Bool[np.ndarray, " layers"]) -> list[int]:
    """Numbers of those layers, none where the first half of the network has no trouble.

    The last layers may well have nothing left to learn.
    """
    layers = [int(layer) + 1 for layer in np.flatnonzero(is_small)]
    return layers if layers and layers[0] <= len(is_small) // 2 else []
