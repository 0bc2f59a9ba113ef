"""What an expert would try next on a network that learns: findings of severity "note" from its curves.

A rule of `honed.diagnosis` says what is wrong. A leader has nothing wrong, and there is always a next thing to try:
`moves` lists it, the most likely to pay first, as the curves lean towards over- or underfitting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding
from honed.search.space import Candidate

_RATE, _DECAY, _SIGMA = 2.0, 4.0, 3.0  # factors of one move
_RESCUE = 10.0
_NOTHING, _THROWN = 0.99, 1.05  # of the loss of a constant answer
_DROPOUT, _FIRST_DECAY = 0.1, 0.03
_PLAYBOOK = "Deep Learning Tuning Playbook (Google, 2023)"


@dataclass(frozen=True)
class Signs:
    """How the trainings of a candidate went, as medians over its folds.

    Attributes
    ----------
    rise : of the validation loss from its least to its end, as a share of the least.
    gap : training loss at the end over the least validation loss.
    place : best epoch as a share of the epochs run.
    swing : mean change of the validation loss from one epoch to the next in the last third, over its least.
    """

    rise: float
    gap: float
    place: float
    swing: float

    @property
    def lean(self) -> float:
        """From -1, it underfits, to 1, it overfits."""
        by_gap = 2 * (0.85 - self.gap)
        return float(np.clip(by_gap + 5 * self.rise, -1, 1))


@dataclass(frozen=True)
class Move:
    """One thing to try: `weight` says how well it suits the signs, `advice` what it changes, if it can."""

    id: str
    weight: Callable[[Signs], float]
    advice: Callable[[Candidate], dict[str, Any]]
    action: str
    why: str


def signs(cases: Sequence[Case]) -> Signs | None:
    """The signs of a candidate's trainings, None where none of them has a validation curve."""
    found = [sign for case in cases if (sign := _signs(case)) is not None]
    if not found:
        return None
    return Signs(
        *(float(np.median([getattr(s, name) for s in found])) for name in Signs.__dataclass_fields__)
    )


def moves(candidate: Candidate, cases: Sequence[Case]) -> list[Finding]:
    """All that may be tried on a candidate, the likeliest to pay first."""
    seen = signs(cases)
    if seen is None:
        return []
    ranked = sorted(MOVES, key=lambda move: -move.weight(seen))
    said = (
        f"The training loss ends at {figure(seen.gap)} times the least validation loss, which was reached after "
        f"{figure(100 * seen.place)} % of the epochs and rose by {figure(100 * seen.rise)} % until the end."
    )
    evidence = {name: getattr(seen, name) for name in Signs.__dataclass_fields__}
    return [
        Finding(move.id, "note", said, evidence, move.why, move.action, advice, reference=_PLAYBOOK)
        for move in ranked
        if (advice := move.advice(candidate))
    ]


def is_failure(case: Case) -> bool:
    """Whether a training left the numbers or ended no better than a constant answer on its own rows.

    Stricter than `Case.is_lost`: a first rung is short, and a hard table leaves most of the loss.
    """
    return case.diverged or not case.last_train < _NOTHING * case.chance


def rescues(case: Case) -> list[Finding]:
    """What to try where a network has learned nothing and nobody has looked inside: another learning rate."""
    rate, loss = float(case.rate.max()) if len(case.rate) else 0.0, case.train_loss
    if not is_failure(case) or not rate:
        return []
    # Steps too long throw the loss above that of a constant answer first; steps too short only let it creep down.
    came_down = (
        bool(len(loss)) and not case.diverged and loss.max() < _THROWN * case.chance and loss[-1] < loss[0]
    )
    factor = _RESCUE if came_down else 1 / _RESCUE
    return [
        Finding(
            "learned-nothing",
            "error",
            f"After {case.epochs} epochs the training loss is {figure(case.last_train)}, where a constant answer has "
            f"{figure(case.chance)}.",
            {"last_train": case.last_train, "chance": case.chance, "rate": rate},
            "A rate that is far off is the most frequent reason why a network learns nothing.",
            f"{'Multiply' if came_down else 'Divide'} the learning rate by {_RESCUE:g}.",
            {"learning_rate": rate * factor},
            reference="Bengio 2012, arXiv 1206.5533",
        )
    ]


def _signs(case: Case) -> Signs | None:
    valid = case.valid_loss
    if len(valid) < 3 or not np.isfinite(valid).all() or not case.best_epoch:
        return None
    best = max(float(valid.min()), 1e-12)
    late = np.abs(np.diff(valid[-max(3, len(valid) // 3) :]))
    return Signs(
        rise=float(np.median(valid[-case.end :])) / best - 1,
        gap=case.last_train / best,
        place=case.best_epoch / len(valid),
        swing=float(late.mean()) / best,
    )


def _rate(candidate: Candidate, factor: float) -> dict[str, Any]:
    rate = candidate.training.learning_rate
    return {} if isinstance(rate, str) else {"learning_rate": rate * factor}


def _dropout(candidate: Candidate, change: float) -> dict[str, Any]:
    rate = max(candidate.network.dropouts, default=0.0)
    return {"dropout": round(rate + change, 4) if rate + change > 0.04 else 0.0}


def _decay(candidate: Candidate, factor: float) -> dict[str, Any]:
    training = candidate.training
    for name in ("l1", "l2"):
        if value := getattr(training, name):
            return {name: value * factor}
    if training.decay:
        return {"weight_decay": training.decay * factor}
    return {"weight_decay": _FIRST_DECAY} if factor > 1 else {}


def _width(candidate: Candidate, factor: float) -> dict[str, Any]:
    network = candidate.network
    return {} if network.hidden_sizes is not None else {"width": max(1, int(network.width * factor))}


def _depth(candidate: Candidate, change: int) -> dict[str, Any]:
    network = candidate.network
    return {} if network.hidden_sizes is not None else {"depth": network.depth + change}


def _batch(candidate: Candidate, factor: float) -> dict[str, Any]:
    size = candidate.training.batch_size
    return {"batch_size": int(size * factor)} if isinstance(size, int) else {}


def _sigma(candidate: Candidate, factor: float) -> dict[str, Any]:
    network = candidate.network
    return {"embedding_sigma": network.embedding_sigma * factor} if network.numeric_embedding else {}


MOVES: tuple[Move, ...] = (
    Move(
        "try-lower-rate",
        lambda s: 1.0 + min(1.0, 20 * s.swing) - math.copysign(0.2, s.place - 0.8),
        lambda c: _rate(c, 1 / _RATE),
        "Halve the learning rate.",
        "A loss that swings at the end, or was best early, asks for shorter steps.",
    ),
    Move(
        "try-higher-rate",
        lambda s: 1.0 + math.copysign(0.2, s.place - 0.8) - min(1.0, 20 * s.swing),
        lambda c: _rate(c, _RATE),
        "Double the learning rate.",
        "A loss that is best at the very end, without swings, may bear longer steps.",
    ),
    Move(
        "try-more-dropout",
        lambda s: 0.9 + 0.5 * s.lean,
        lambda c: _dropout(c, _DROPOUT),
        "Drop more units.",
        "The rows are known better than those held out.",
    ),
    Move(
        "try-less-dropout",
        lambda s: 0.9 - 0.5 * s.lean,
        lambda c: _dropout(c, -_DROPOUT),
        "Drop fewer units.",
        "The rows held out are known as well as the others, so there is room to learn more.",
    ),
    Move(
        "try-more-decay",
        lambda s: 0.3 + 0.2 * s.lean,
        lambda c: _decay(c, _DECAY),
        "Raise the penalty on weights.",
        "The rows are known better than those held out.",
    ),
    Move(
        "try-less-decay",
        lambda s: 0.3 - 0.2 * s.lean,
        lambda c: _decay(c, 1 / _DECAY),
        "Lower the penalty on weights.",
        "The rows held out are known as well as the others, so there is room to learn more.",
    ),
    Move(
        "try-narrower",
        lambda s: 0.3 + 0.2 * s.lean,
        lambda c: _width(c, 0.5),
        "Halve the width.",
        "Fewer weights have less room for accidents of the rows.",
    ),
    Move(
        "try-wider",
        lambda s: 1.1 - 0.2 * s.lean,
        lambda c: _width(c, 2.0),
        "Double the width.",
        "More units hold more of what the rows have to say.",
    ),
    Move(
        "try-shallower",
        lambda s: 0.5 + 0.3 * s.lean,
        lambda c: _depth(c, -1),
        "Take a layer out.",
        "Fewer weights have less room for accidents of the rows.",
    ),
    Move(
        "try-deeper",
        lambda s: 0.5 - 0.3 * s.lean,
        lambda c: _depth(c, 1),
        "Add a layer.",
        "Another layer combines what the one before has found.",
    ),
    Move(
        "try-smoother-embedding",
        lambda s: 0.8 + 0.4 * s.lean,
        lambda c: _sigma(c, 1 / _SIGMA),
        "Start the embedding's cosines at a third of their frequency.",
        "Fast cosines tell rows apart that are alike.",
    ),
    Move(
        "try-finer-embedding",
        lambda s: 0.8 - 0.4 * s.lean,
        lambda c: _sigma(c, _SIGMA),
        "Start the embedding's cosines at three times their frequency.",
        "Fast cosines follow a target that jumps.",
    ),
    Move(
        "try-smaller-batch",
        lambda s: 0.4 + 0.3 * s.lean,
        lambda c: _batch(c, 0.5),
        "Halve the batch.",
        "Noisier steps settle in broader minima, and there are more of them.",
    ),
    Move(
        "try-larger-batch",
        lambda s: 0.4 - 0.1 * s.lean + min(0.5, 10 * s.swing),
        lambda c: _batch(c, 2.0),
        "Double the batch.",
        "The mean of more rows swings less.",
    ),
    Move(
        "try-other-activation",
        lambda s: 0.45,
        lambda c: {
            "activation": {"relu": "silu", "silu": "mish", "mish": "selu", "selu": "mish"}.get(
                str(c.network.activation), "relu"
            )
        },
        "Try a smoother activation, or the other one of the two.",
        "Smooth targets like smooth units.",
    ),
    Move(
        "try-other-schedule",
        lambda s: 0.45,
        lambda c: {
            "schedule": {"coslog4": "flat_cosine", "cosine": "one_cycle", "one_cycle": "flat_cosine"}.get(
                c.training.schedule, "cosine"
            )
        },
        "Try another way for the rate to fall.",
        "How long the rate stays high trades search for precision.",
    ),
    Move(
        "try-other-target",
        lambda s: 0.5,
        lambda c: {"target": {"linear": "log", "log": "linear"}[c.target]} if c.target != "classes" else {},
        "Learn the logarithm of the target, or the target itself.",
        "Errors then count by their size, or by their share.",
    ),
    Move(
        "try-other-embedding",
        lambda s: 0.5,
        lambda c: {"numeric_embedding": None if c.network.numeric_embedding else "periodic"},
        "Expand numbers into cosines, or take them as they are.",
        "Cosines help a target that is no smooth function of its columns, and cost weights otherwise.",
    ),
)
