"""Recurrent cells as textbooks write them: one sequence, one step after the other, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def drawn(cell: str, time: int = 7, rows: int = 3, channels: int = 2, units: int = 4) -> dict[str, Any]:
    """Inputs (time, rows, channels) and weights, by name."""
    rng, gates = np.random.default_rng(0), GATES[cell]
    found = {
        "inputs": rng.normal(size=(time, rows, channels)),
        "weight": rng.normal(size=(channels, gates * units)),
        "bias": rng.normal(size=gates * units),
        "recurrent": rng.normal(size=(gates, units, units)) / 2,
        "inner": rng.normal(size=units) if cell == "gru" else None,
    }
    return {
        name: value if value is None else value.astype(np.float32).astype(float)
        for name, value in found.items()
    }


def one(cell: str, inputs: Any, weight: Any, bias: Any, recurrent: Any, inner: Any = None) -> Any:
    """The output of each step of one sequence (time, channels)."""
    units = recurrent.shape[-1]
    h, c, found = np.zeros(units), np.zeros(units), []

    def logistic(x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    for x in inputs:
        W = [weight[:, gate * units : (gate + 1) * units] for gate in range(GATES[cell])]
        b = [bias[gate * units : (gate + 1) * units] for gate in range(GATES[cell])]
        a = [x @ W[gate] + b[gate] for gate in range(GATES[cell])]
        if cell == "rnn":
            h = np.tanh(a[0] + h @ recurrent[0])
        elif cell == "gru":
            r, z = logistic(a[0] + h @ recurrent[0]), logistic(a[1] + h @ recurrent[1])
            n = np.tanh(a[2] + r * (h @ recurrent[2] + inner))
            h = (1 - z) * n + z * h
        else:
            i, f, g, o = (a[gate] + h @ recurrent[gate] for gate in range(4))
            c = logistic(f) * c + logistic(i) * np.tanh(g)
            h = logistic(o) * np.tanh(c)
        found.append(h)
    return np.array(found)
