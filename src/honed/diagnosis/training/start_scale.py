"""Starting weights, or inputs, of the wrong size."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_SMALL, _LARGE = 0.02, 20.0  # spread of hidden values before training; TheDeepChecker warns outside 0.5 to 2
_SQUASHING = ("sigmoid", "tanh")


def rule(case: Case) -> list[Finding]:
    """Hidden values of the untrained network whose spread is far from 1, or weights that are all zero."""
    weights, spreads = case.early("weight"), case.early("activation_std")
    if not len(weights):
        return []
    zero = [int(layer) + 1 for layer in np.flatnonzero(weights[0] == 0)]
    output = weights.shape[1]
    if zero == [output]:  # it may, since its rows of weights get gradients of their own
        zero = []
    spread = spreads[0] if len(spreads) else np.zeros(0)
    known = case.activations if len(case.activations) == len(spread) else ("",) * len(spread)
    bounded = np.array([name in _SQUASHING for name in known], bool)
    is_wild = spread > _LARGE
    is_small = (spread < _SMALL) & ~bounded
    layers = zero or [int(layer) + 1 for layer in np.flatnonzero(is_wild | is_small)]
    if not layers:
        return []
    if zero:
        what = f"The weights of {case.called(*zero)} start at zero."
        why = "Units with equal weights get equal gradients, so they stay alike and the layer is worth one unit."
    else:
        value = float(spread[layers[0] - 1])
        what = (
            f"Before training the values of {case.called(layers[0], hidden=True)} have a spread of {figure(value)}, "
            "where about 1 is usual."
        )
        why = (
            "Values that large make the first steps enormous"
            if value > 1
            else "Values that small carry no signal, and their gradients are as small"
        ) + "; starting weights or inputs have the wrong scale."
    advice: dict[str, object] = {}
    if case.network is not None:
        advice = {"init": "auto"} if case.network.init != "auto" else {"normalization": "layer"}
    return [
        Finding(
            id="start-scale",
            severity="error" if case.is_lost else "warning",
            what=what,
            evidence={"spread": [float(x) for x in spread], "zero_layers": zero},
            why=why,
            action="Start the weights at random (init='auto')."
            if zero
            else "Scale the inputs, and the starting weights by the number of their inputs (init='auto').",
            advice=advice,
            layers=tuple(layers),
            reference="Glorot & Bengio 2010; He et al. 2015; spread: TheDeepChecker, arXiv 2204.00694",
        )
    ]
