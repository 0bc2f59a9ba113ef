"""How far the score moves from one stretch of time to the next, and where that of a next one may lie: `told`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.figures import figure
from honed.heads import apart, beside
from honed.metrics import Metric
from honed.model.intervals import USUAL
from honed.model.outputs import sharpen
from honed.report.facts import OverTime
from honed.search.assemble import Chosen, votes_by_fold
from honed.search.explored import Explored
from honed.search.prepare import Prepared
from honed.search.runner import Runner, Score
from honed.search.training import Training

if TYPE_CHECKING:
    from jaxtyping import Real

_WIDEST = 100.0  # times the error of the newest rows, that the upper end may be
_LEAST = 3  # steps of time before the newest rows: of fewer the range would be too wide to be of use


def told(
    runner: Runner,
    explored: Explored,
    chosen: Chosen,
    more: Mapping[int, list[Training]],
    used: Score | None,
) -> OverTime | None:
    """The score of the chosen vote on each step of time that validated, and a range for that of rows to come.

    Each step was foretold by networks that learned from the rows before it. None where rows do not follow time, where
    fewer than three steps validated, and where a score is undefined or perfect.

    Parameters
    ----------
    used : the score of the newest rows, the last step.
    """
    prepared = runner.prepared
    if prepared.source.times is None or used is None:
        return None
    votes = votes_by_fold(runner, explored, chosen, more)
    steps = [
        prepared.metric.score(runner.fold(fold).truth, _calibrated(prepared, chosen, said))
        for fold, said in votes.items()
    ][::-1]  # fold 0 is the newest
    if len(steps) < _LEAST:
        return None
    found = to_come(steps, used["score"], prepared.metric)
    if found is None:
        return None
    low, high = found
    has_interval = math.isfinite(used["low"]) and math.isfinite(used["high"])
    says = (
        f"{'That interval is of these rows alone; of' if has_interval else 'Of'} rows to come expect "
        f"{figure(low, pad=True)} to "
        f"{figure(high, pad=True)}, nine times in ten, as stretches of time differ: on the {len(steps)} before these, "
        f"each foretold from what came before it, it was {figure(min(steps), pad=True)} to "
        f"{figure(max(steps), pad=True)}."
    )
    return {"steps": steps, "low": low, "high": high, "says": says}


def to_come(steps: Sequence[float], newest: float, metric: Metric) -> tuple[float, float] | None:
    """The range that is to hold the score of rows to come nine times in ten.

    None where a score is undefined or perfect, and where they lie so far apart that a range would tell nothing.

    The interval of the newest rows says how sure their own score is, and held that of later rows in 37 % of cases, this
    range in 89 % (`benchmarks/README.md`). The range is Student's for the difference of two stretches, by the deviation
    of the logarithms of the errors of them all, around that of the newest, which is the most like what comes. The error
    of a score that is better where higher is what it lacks of 1.

    Parameters
    ----------
    steps, newest : scores by the metric, in its units: of stretches of time before, and of the newest rows.
    """
    errors = np.array([*steps, newest])
    errors = 1 - errors if metric.higher_is_better else errors
    if not (np.isfinite(errors) & (errors > 0)).all():
        return None
    from scipy.special import stdtrit

    student = stdtrit(len(errors) - 1, (1 + USUAL) / 2)
    reach = student * math.sqrt(2) * np.log(errors).std(ddof=1)
    if reach > math.log(_WIDEST):
        return None
    low, high = errors[-1] * np.exp([-reach, reach])
    if not metric.higher_is_better:
        return float(low), float(high)
    least = -math.inf if "regression" in metric.tasks else 0.0  # R² alone has no lower end
    return max(least, float(1 - high)), float(1 - low)


def _calibrated(
    prepared: Prepared, chosen: Chosen, said: Real[np.ndarray, "rows ..."]
) -> Real[np.ndarray, "rows ..."]:
    """Probabilities as the model gives them; values stay as they are."""
    parts = zip(prepared.heads, apart(said, prepared.heads), chosen.temperatures, strict=True)
    return beside([sharpen(own, heat) if head.classes else own for head, own, heat in parts])
