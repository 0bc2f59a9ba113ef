"""The gradient fades, or grows, on its way back through the steps of a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding
from honed.nets.sequence_spec import MOST_MEMORY, SequenceSpec
from honed.settings import Value

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_FADED = 1e-3  # of the largest step's gradient (AUTOTRAINER, ICSE 2021, says it of layers)
_GROWN = 70.0  # times the last step's (the same)
_LARGE = 100.0  # norm of a whole gradient below which growth is no trouble
_SHORTER, _MOST_STRIDE = 4, 64  # times; the most steps that may be set
_LEARNED = 0.8  # of the loss of a constant answer, below which sequences were made use of
_HOLDS = 0.97  # of it on validation rows, above which nothing of that holds for others
_NOTHING = 0.95  # of it on training rows, above which next to nothing was learned
_LONG = 0.2  # of the epochs
_REFERENCE = "Bengio et al. 1994; Pascanu et al. 2013, arXiv 1211.5063; thresholds: AUTOTRAINER (ICSE 2021)"


def rule(case: Case) -> list[Finding]:
    """Steps far back get a thousandth of the largest step's gradient, and little was learned that holds for others, in
    the end or as long as that was so; or 70 times the last step's, and the whole gradient is large.
    """
    sizes, back = case.probes.get("by_step", np.zeros((0, 0, 0))), case.probes.get("back", np.zeros((0, 0)))
    if not len(sizes) or not sizes.size:
        return []
    back = back[-1].astype(int)
    return [*_grown(case, sizes, back), *_faded(case, sizes, back)][:1]


def _faded(
    case: Case, sizes: Float[np.ndarray, "probed layers back"], back: Int[np.ndarray, " back"]
) -> list[Finding]:
    is_finite = np.isfinite(sizes).all(axis=(1, 2))
    finite, epochs = sizes[is_finite], case.probe_epochs[: len(sizes)][is_finite]
    is_by_heart = case.best_valid > _HOLDS * case.guess  # False without validation rows
    learned = case.last_train < _LEARNED * case.chance and not is_by_heart
    until = ""
    if learned and not case.is_lost:
        count = _fading_first(case, finite, epochs)
        if not count:
            return []
        until = f" until {case.when.called(int(epochs[count - 1]))}, and nothing was learned that long"
        finite = finite[:count]
    if not len(finite):
        return []
    typical = np.median(finite, axis=0)  # (layers, back)
    ratios = _of_largest(typical)
    ratios[typical.max(axis=1) <= 0] = 1  # nothing reaches any step: that is not lost through time
    layer = int(np.argmin(ratios[:, -1]))
    own = ratios[layer]
    if own[-1] >= _FADED:
        return []
    begins = int(back[len(own) - int(np.argmin((own < _FADED)[::-1]))]) if (own >= _FADED).any() else 0
    seen = int(np.flatnonzero(own)[-1])  # farther back the gradient is less than numbers can be
    factor = float(own[seen] ** (1 / back[seen])) if back[seen] else None
    advice = _remembering(case.own, int(back[-1]) + 1) if isinstance(case.own, SequenceSpec) else {}
    return [
        Finding(
            id="vanishing-through-time",
            severity="note" if until else "error" if case.is_lost else "warning",
            what=f"The gradient vanishes through time{until}: from {begins:,} steps before the last on it is less than "
            f"{figure(_FADED)} of the largest step's ({figure(float(own[-1]))} of it at the first of "
            f"{int(back[-1]) + 1:,} steps)"
            + ("." if factor is None else f", by a factor of {figure(factor)} a step."),
            evidence={"begins": begins, "ratio": float(own[-1])}
            | ({} if factor is None else {"factor_by_step": factor}),
            why="What a step did reaches the loss through all steps behind it, each of which multiplies the gradient "
            "by its weights and slopes, here by less than 1. So nothing is learned from what is farther back.",
            action=_in_words(case.own, advice, int(back[-1]) + 1),
            advice=advice,
            reference=_REFERENCE,
        )
    ]


def _of_largest(sizes: Float[np.ndarray, "*probed back"]) -> Float[np.ndarray, "*probed back"]:
    return sizes / np.maximum(sizes.max(axis=-1, keepdims=True), 1e-30)


def _fading_first(
    case: Case, sizes: Float[np.ndarray, "probed layers back"], epochs: Int[np.ndarray, " probed"]
) -> int:
    """How many probes, from the first on, saw the gradient faded, where these are a fifth of the training and nothing
    was learned meanwhile that holds for other rows; else 0.
    """
    has_faded = np.asarray((_of_largest(sizes)[..., -1] < _FADED).any(axis=-1))
    count = len(has_faded) if has_faded.all() else int(np.argmin(has_faded))
    if not count or count == len(has_faded) or epochs[count - 1] <= _LONG * case.epochs:
        return 0
    meanwhile = slice(int(epochs[count - 1]) - 1)
    if np.isfinite(case.valid_loss).all():
        is_lost = case.valid_loss[meanwhile].min() > _HOLDS * case.guess
    else:
        is_lost = case.train_loss[meanwhile].min() > _NOTHING * case.chance
    return count if is_lost else 0


def _remembering(spec: SequenceSpec, steps: int) -> dict[str, Value]:
    """What lets a network learn from the first of so many steps: a gate, gates that keep for longer, or fewer steps."""
    memory = min(MOST_MEMORY, steps)
    if spec.cell == "rnn":
        return {"cell": "gru", "memory": memory}
    if spec.memory is None or spec.memory < memory:
        return {"memory": memory}
    stride = _SHORTER * (spec.stride if spec.blocks else 1)
    if stride > _MOST_STRIDE:
        return {}
    return {"blocks": max(1, spec.blocks), "stride": stride, "kernel_size": max(spec.kernel_size, stride + 1)}


def _in_words(own: object, advice: Mapping[str, Value], steps: int) -> str:
    """The advice on so many steps in words; without any, what is left to do."""
    if not advice and isinstance(own, SequenceSpec):
        return (
            "The gates remember over the whole sequence and its steps are joined already, as far as settings go, so "
            "cut the sequences into shorter ones."
        )
    shorter = f"shorten the sequence by a convolution (stride={advice.get('stride', _SHORTER)})"
    memory = advice.get("memory", min(MOST_MEMORY, steps))
    longer = f"start to remember over the whole sequence (memory={memory})"
    if "stride" in advice:
        return f"The gates start to remember over the whole sequence as it is, so {shorter}."
    if "memory" in advice and "cell" not in advice:
        return f"Let the gates {longer}, or {shorter}."
    return f"Take a gated cell (cell='gru') whose gates {longer}, or {shorter}."


def _grown(
    case: Case, sizes: Float[np.ndarray, "probed layers back"], back: Int[np.ndarray, " back"]
) -> list[Finding]:
    gradients = case.probes.get("gradient", np.zeros((len(sizes), 0)))
    norms = np.sqrt((np.nan_to_num(gradients.astype(np.float64), posinf=1e100) ** 2).sum(axis=1))
    real = np.nan_to_num(sizes.astype(np.float64), nan=0.0, posinf=1e100)
    growth = real / np.maximum(real[:, :, :1], 1e-30)
    is_grown = (growth.max(axis=(1, 2)) >= _GROWN) & (norms >= _LARGE)
    if not is_grown.any():
        return []
    worst = int(np.argmax(np.where(is_grown, norms, -1)))
    layer = int(np.argmax(growth[worst].max(axis=1)))
    own = growth[worst, layer]
    begins, largest = int(back[int(np.argmax(own >= _GROWN))]), float(own.max())
    training = case.training
    is_clipped = training is not None and training.gradient_clip is not None
    advice = {"recurrent_start": "orthogonal"} if is_clipped else {"gradient_clip": 1.0}
    return [
        Finding(
            id="exploding-through-time",
            severity="error" if case.is_lost else "warning",
            what=f"The gradient explodes through time: before {case.when.called(int(case.probe_epochs[worst]))} it is "
            f"more than {_GROWN:.0f} times the last step's from {begins:,} steps before that on, and "
            f"{figure(largest)} times at most; its norm was {figure(float(norms[worst]))}.",
            evidence={"begins": begins, "over_last_step": largest, "norm": float(norms[worst])},
            why="What a step did reaches the loss through all steps behind it, each of which multiplies the gradient "
            "by its weights and slopes, here by more than 1. One step then moves the weights farther than the slope "
            "says anything about.",
            action="Start from rotations (recurrent_start='orthogonal'), take a gated cell (cell='gru'), or lower the "
            "learning rate."
            if is_clipped
            else "Clip the gradient (gradient_clip=1), start from rotations (recurrent_start='orthogonal'), or take a "
            "gated cell (cell='gru').",
            advice=advice,
            reference=_REFERENCE,
        )
    ]
