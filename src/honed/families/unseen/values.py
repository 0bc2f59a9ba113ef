"""A model of values on unseen rows: its answers beside the truth, and what is left over: `values`."""

from __future__ import annotations

import math

import numpy as np

from honed.families.unseen.seen import Seen, few, thinned
from honed.figures import figure
from honed.metrics import r2
from honed.report.parts import ValueMeasures


def values(seen: Seen, target: str) -> ValueMeasures:
    """What is measured of values; `target` is their column's name."""
    rest = seen.truth - seen.told
    kept = thinned(len(rest))
    explained = r2(seen.truth, seen.told)
    explained = 0.0 if math.isnan(explained) else explained
    half = float(np.median(np.abs(rest)))
    counts, edges = np.histogram(rest, bins=min(30, max(8, len(rest) // 15)))
    bias = float(rest.mean())
    error = float(rest.std(ddof=1) / math.sqrt(len(rest))) if len(rest) > 1 else math.inf
    low, high = np.split(np.abs(rest)[np.argsort(seen.told, kind="stable")], [len(rest) // 2])
    grows = float(np.median(high) / np.median(low)) if len(low) and np.median(low) > 0 else 1.0
    aside = f"they lean to the {'low' if bias > 0 else 'high'} side by {figure(abs(bias))} on average"
    return {
        "predicted": {
            "says": f"The model explains {explained:.1%} of the spread of {target!r} (R²); half of its answers "
            f"are within {figure(half)} of the truth.",
            "r2": explained,
            "median_error": half,
            "truth": few(seen.truth[kept]),
            "told": few(seen.told[kept]),
        },
        "residuals": {
            "says": "Answers are right on average: the mean residual is within its noise."
            if abs(bias) < 2 * error
            else f"Answers are not right on average: {aside}.",
            "spread_says": f"Among the higher half of the answers the middle error is {figure(grows)} times that "
            "among the lower half.",
            "spread": grows,
            "mean": bias,
            "edges": few(edges),
            "counts": counts.tolist(),
            "told": few(seen.told[kept]),
            "rest": few(rest[kept]),
        },
    }
