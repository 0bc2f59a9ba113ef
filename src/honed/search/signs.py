"""How the trainings of a candidate went: `signs` of one that learns, and what to try where nothing was learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.family import Signs
from honed.findings import Finding

_RESCUE = 10.0  # factor on the learning rate
_NOTHING, _FALLS = 0.99, 1e-3  # of the loss of a constant answer
_THROWN = 1.05  # of the first epoch's loss


def signs(cases: Sequence[Case]) -> Signs | None:
    """The signs of a candidate's trainings, None where none of them has a validation curve."""
    found = [sign for case in cases if (sign := _signs(case)) is not None]
    if not found:
        return None
    return Signs(*(float(np.median(values)) for values in zip(*found, strict=True)))


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
            f"After {case.when.counted(case.epochs)} the training loss is {figure(case.last_train)}, where a constant "
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
