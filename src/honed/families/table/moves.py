"""What to try next on a network that learns: findings of severity "note".

A rule of `honed.diagnosis` says what is wrong. A leader has nothing wrong, and there is still something to try:
`moves` lists it: first what published recipes have and the leader has not, then restraints where it knows its rows too
well, and shorter steps. Some twenty were measured (`benchmarks/README.md`); those that paid less than random edits are
left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from honed.diagnosis.case import figure
from honed.family import Signs
from honed.findings import Finding
from honed.nets.spec import NetworkSpec
from honed.settings import Value
from honed.train.spec import TrainingSpec

_DECAY, _HALF = 4.0, 0.5  # factors of one move
_DROPOUT, _MORE_DROPOUT, _FIRST_DECAY = 0.1, 0.15, 0.03
_SMOOTH = ("mish", "silu")
_PLAYBOOK = "Deep Learning Tuning Playbook (Google, 2023)"
_REALMLP = "Holzmüller et al. 2024, arXiv 2407.04491 (RealMLP, tuned on 118 tables)"
_BENGIO = "Bengio 2012, arXiv 1206.5533"

Advice = Callable[[NetworkSpec, TrainingSpec], dict[str, Value]]


@dataclass(frozen=True)
class Move:
    """One thing to try: `advice` is what it changes; `restrains` says that it is for leaders that overfit alone."""

    id: str
    advice: Advice
    action: str
    why: str
    reference: str = _PLAYBOOK
    restrains: bool = False


def moves(network: NetworkSpec, training: TrainingSpec, seen: Signs) -> list[Finding]:
    """All that may be tried on a network that learns, the likeliest to pay first."""
    said = (
        f"The training loss ends at {figure(seen.gap)} times the least validation loss, which was reached after "
        f"{figure(100 * seen.place)} % of the epochs and rose by {figure(100 * seen.rise)} % until the end."
    )
    return [
        Finding(
            move.id, "note", said, seen._asdict(), move.why, move.action, advice, reference=move.reference
        )
        for move in MOVES
        if (seen.overfits or not move.restrains) and (advice := move.advice(network, training))
    ]


def _dropout(network: NetworkSpec, _: TrainingSpec, more: float = _DROPOUT) -> dict[str, Value]:
    return {"dropout": round(max(network.dropouts, default=0.0) + more, 4)}


def _decay(network: NetworkSpec, training: TrainingSpec) -> dict[str, Value]:
    for name in ("l1", "l2"):  # a candidate has one penalty at most
        if value := getattr(training, name):
            return {name: value * _DECAY}
    return {"weight_decay": training.decay * _DECAY or _FIRST_DECAY}


def _narrower(network: NetworkSpec, training: TrainingSpec) -> dict[str, Value]:
    return {} if network.hidden_sizes is not None else {"width": max(1, network.width // 2)}


def _schedule(network: NetworkSpec, training: TrainingSpec) -> dict[str, Value]:
    return {} if training.schedule == "coslog4" else {"schedule": "coslog4"}


def _activation(network: NetworkSpec, training: TrainingSpec) -> dict[str, Value]:
    return {} if network.activation in _SMOOTH else {"activation": _SMOOTH[0]}


def _rate(network: NetworkSpec, training: TrainingSpec) -> dict[str, Value]:
    rate = training.learning_rate
    return {} if isinstance(rate, str) else {"learning_rate": rate * _HALF}


def _sigma(network: NetworkSpec, training: TrainingSpec) -> dict[str, Value]:
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
        lambda network, training: _dropout(network, training, _MORE_DROPOUT) | _decay(network, training),
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
