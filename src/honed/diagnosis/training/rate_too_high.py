"""The learning rate is too high: the loss swings, jumps or ends as no number."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_LONG = 0.06  # length of a step over the starting weights'; about 0.001 is usual (Karpathy, cs231n)
_LONG_NTK = 0.3  # where weights of spread 1 are divided by the width, rates and steps are larger by design
_GONE = 1e-2  # of the starting weights, that are left in the end
_LEAST = 10  # epochs, before swings say anything
_SWING, _SWINGS = 0.05, 0.25  # part of the chance loss, part of the epochs (AUTOTRAINER, ICSE 2021)
_SPIKE = 3.0  # times the usual loss


def rule(case: Case) -> list[Finding]:
    """Long steps in the probes, or steps a third as long and swings of the training loss, spikes, or divergence."""
    loss = case.train_loss[np.isfinite(case.train_loss)]
    step = _longest(case)
    is_ntk = case.network is not None and case.network.parametrization == "ntk"
    limit = _LONG_NTK if is_ntk else _LONG
    changes = np.diff(loss)
    turns = (changes[1:] * changes[:-1] < 0) & (np.abs(changes[1:]) > _SWING * case.chance)
    swings = float(turns.mean()) if len(loss) >= _LEAST else 0.0
    usual = float(np.median(loss)) if len(loss) else 0.0
    later = loss[max(1, len(loss) // 10) :]
    spike = float(later.max() / max(usual, 1e-12)) if len(later) else 1.0
    worse = bool(len(loss)) and float(loss[-case.end :].min()) > 1.05 * case.chance
    seen = []
    if case.diverged:
        seen.append(f"the loss stopped being a number in {case.when.called(case.epochs)}")
    if step > limit:
        seen.append(f"one step moves the weights by {figure(100 * step)} % of their starting length")
    if swings > _SWINGS:
        seen.append(f"the loss swings to and fro in {figure(100 * swings)} % of the epochs")
    if spike > _SPIKE and later.max() > case.chance:
        seen.append(f"the loss jumped to {figure(spike)} times its usual value")
    if worse:
        seen.append(
            f"the loss ends at {figure(float(loss[-1]))}, above the {figure(case.chance)} of {case.baseline}"
        )
    factor = 10 if step < 15 * limit else 100
    strong = step > limit or (swings > _SWINGS and step > limit / 3) or (case.diverged and step > limit / 3)
    if not strong and (len(seen) < 2 or step < limit / 3):
        return []
    return [
        Finding(
            id="rate-too-high",
            severity="error" if case.is_lost else "warning",
            what=f"The learning rate{_said(case)} is too high: {'; '.join(seen)}.",
            evidence={
                "rate": float(case.rate.max()) if len(case.rate) else None,
                "step_over_weights": step,
                "swings": swings,
                "spike": spike,
                "diverged": case.diverged,
            },
            why="A step longer than the slope holds true lands on the other side of the valley, as high or higher.",
            action=f"Divide the learning rate by {factor}{case.or_auto}, and warm it up.",
            advice=case.rate_times(1 / factor),
            reference="Bengio 2012, arXiv 1206.5533; swings: AUTOTRAINER (ICSE 2021)",
        )
    ]


def _longest(case: Case) -> float:
    """The longest step over the starting weights' length, by the median layer: high rates make weights grow."""
    update, weight = case.finite("update", "weight")
    if not update.size or not weight[0].all():
        return 0.0
    if (weight[-1] < _GONE * weight[0]).all():  # penalties have pulled them to zero, however short the steps
        return 0.0
    return float(np.median(update * weight / weight[0], axis=1).max())


def _said(case: Case) -> str:
    return f" of {figure(float(case.rate.max()))}" if len(case.rate) else ""
