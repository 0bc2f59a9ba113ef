"""What to try next on a network that learns: findings of severity "note".

A rule of `honed.diagnosis` says what is wrong. A leader has nothing wrong, and there is still something to try:
`moves` lists it: first what published recipes have and the leader has not, then restraints where it knows its rows too
well, and shorter steps. Some twenty were measured (`benchmarks/README.md`); those that paid less than random edits are
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.figures import counted
from honed.findings import Finding
from honed.search.candidate import Candidate

_DECAY, _HALF, _RESCUE = 4.0, 0.5, 10.0  # factors of one move
_NOTHING, _FALLS = 0.99, 1e-3  # of the loss of a constant answer
_THROWN = 1.05  # of the first epoch's loss
_DROPOUT, _MORE_DROPOUT, _FIRST_DECAY = 0.1, 0.15, 0.03
_RISE = 0.05  # of the validation loss after its least, from which on it overfits
_SMOOTH = ("mish", "silu")
_PLAYBOOK = "Deep Learning Tuning Playbook (Google, 2023)"
_REALMLP = "Holzmüller et al. 2024, arXiv 2407.04491 (RealMLP, tuned on 118 tables)"
_BENGIO = "Bengio 2012, arXiv 1206.5533"


@dataclass(frozen=True)
class Signs:
    """How the trainings of a candidate went, as medians over its folds.

    Attributes
    ----------
    rise : of the validation loss from its least to its end, as a share of the least.
    gap : training loss at the end over the least validation loss.
    place : best epoch as a share of the epochs run.
    """

    rise: float
    gap: float
    place: float

    @property
    def overfits(self) -> bool:
        """Whether the rows are known better than those held out."""
        return self.gap < 1 or self.rise > _RISE


@dataclass(frozen=True)
class Move:
    """One thing to try: `advice` is what it changes; `restrains` says that it is for leaders that overfit alone."""

    id: str
    advice: Callable[[Candidate], dict[str, Any]]
    action: str
    why: str
    reference: str = _PLAYBOOK
    restrains: bool = False


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
    said = (
        f"The training loss ends at {figure(seen.gap)} times the least validation loss, which was reached after "
        f"{figure(100 * seen.place)} % of the epochs and rose by {figure(100 * seen.rise)} % until the end."
    )
    evidence = {name: getattr(seen, name) for name in Signs.__dataclass_fields__}
    return [
        Finding(move.id, "note", said, evidence, move.why, move.action, advice, reference=move.reference)
        for move in MOVES
        if (seen.overfits or not move.restrains) and (advice := move.advice(candidate))
    ]


def is_failure(case: Case) -> bool:
    """Whether a training left the numbers or ended no better than a constant answer on its own rows.

    Stricter than `Case.is_lost`: a first rung is short, and a hard table leaves most of the loss.
    """
    return case.diverged or not (case.last_train < _NOTHING * case.chance or case.hides_learning)


def rescues(case: Case) -> list[Finding]:
    """What to try where a network has learned nothing and nobody has looked inside: another learning rate."""
    rate, loss = float(case.rate.max()) if len(case.rate) else 0.0, case.train_loss
    if not is_failure(case) or not rate:
        return []
    comes_down = not case.diverged and _comes_down(loss, _FALLS * case.chance)
    factor = _RESCUE if comes_down else 1 / _RESCUE
    return [
        Finding(
            "learned-nothing",
            "error",
            f"After {counted(case.epochs, 'epoch')} the training loss is {figure(case.last_train)}, where a constant "
            f"answer has {figure(case.chance)}.",
            {"last_train": case.last_train, "chance": case.chance, "rate": rate},
            "A rate that is far off is the most frequent reason why a network learns nothing.",
            f"{'Multiply' if comes_down else 'Divide'} the learning rate by {_RESCUE:g}.",
            {"learning_rate": rate * factor},
            reference="Bengio 2012, arXiv 1206.5533",
        )
    ]


def _comes_down(loss: np.ndarray, least: float) -> bool:
    """Whether a loss that never rose is still falling, as under steps too short; steps too long throw it about.

    Where it starts says nothing: an untrained network is often worse than a constant answer.
    """
    if len(loss) < 3 or loss[1:].max() > _THROWN * loss[0]:
        return False
    return bool(loss[-1] < min(loss[0], loss[len(loss) // 2]) - least)


def _signs(case: Case) -> Signs | None:
    valid = case.valid_loss
    if len(valid) < 3 or not np.isfinite(valid).all() or not case.best_epoch:
        return None
    best = max(float(valid.min()), 1e-12)
    return Signs(
        rise=float(np.median(valid[-case.end :])) / best - 1,
        gap=case.last_train / best,
        place=case.best_epoch / len(valid),
    )


def _dropout(candidate: Candidate, more: float = _DROPOUT) -> dict[str, Any]:
    return {"dropout": round(max(candidate.network.dropouts, default=0.0) + more, 4)}


def _decay(candidate: Candidate) -> dict[str, Any]:
    training = candidate.training
    for name in ("l1", "l2"):  # a candidate has one penalty at most
        if value := getattr(training, name):
            return {name: value * _DECAY}
    return {"weight_decay": training.decay * _DECAY or _FIRST_DECAY}


def _narrower(candidate: Candidate) -> dict[str, Any]:
    network = candidate.network
    return {} if network.hidden_sizes is not None else {"width": max(1, network.width // 2)}


def _schedule(candidate: Candidate) -> dict[str, Any]:
    return {} if candidate.training.schedule == "coslog4" else {"schedule": "coslog4"}


def _activation(candidate: Candidate) -> dict[str, Any]:
    return {} if candidate.network.activation in _SMOOTH else {"activation": _SMOOTH[0]}


def _rate(candidate: Candidate) -> dict[str, Any]:
    rate = candidate.training.learning_rate
    return {} if isinstance(rate, str) else {"learning_rate": rate * _HALF}


def _sigma(candidate: Candidate) -> dict[str, Any]:
    network = candidate.network
    return {"embedding_sigma": network.embedding_sigma * _HALF} if network.numeric_embedding else {}


MOVES: tuple[Move, ...] = (
    Move(
        "try-waves",
        _schedule,
        "Let the rate fall in waves.",
        "A rate that rises again lets the network leave a minimum that holds for its own rows alone.",
        _REALMLP,
    ),
    Move(
        "try-smooth-units",
        _activation,
        "Take a smooth activation.",
        "Smooth targets like smooth units.",
        _REALMLP,
    ),
    Move(
        "try-dropout-and-decay",
        lambda c: _dropout(c, _MORE_DROPOUT) | _decay(c),
        "Drop more units and raise the penalty on weights.",
        "The rows are known better than those held out, and each of the two alone may be too little.",
        restrains=True,
    ),
    Move(
        "try-lower-rate",
        _rate,
        "Halve the learning rate.",
        "Of all settings the rate matters most, and the best one is often below the first that learns fast.",
        _BENGIO,
    ),
    Move(
        "try-more-dropout",
        _dropout,
        "Drop more units.",
        "The rows are known better than those held out.",
        restrains=True,
    ),
    Move(
        "try-more-decay",
        _decay,
        "Raise the penalty on weights.",
        "The rows are known better than those held out.",
        restrains=True,
    ),
    Move(
        "try-coarser-embedding",
        _sigma,
        "Start the embedding's cosines at half their frequency.",
        "Slow cosines take rows that are near each other alike.",
    ),
    Move(
        "try-narrower",
        _narrower,
        "Halve the width.",
        "Fewer weights have less room for accidents of the rows.",
        restrains=True,
    ),
)
