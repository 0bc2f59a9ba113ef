"""From which probability on the positive class is the answer, where a threshold was asked for, and what that comes to.

It is chosen on rows that validated the networks which predict them, and told of rows that no choice has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError
from honed.metrics import class_code
from honed.model import decision
from honed.model.decision import Decision
from honed.report import decided
from honed.report.facts import Decision as Told
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.training import Training

if TYPE_CHECKING:
    from jaxtyping import Float, Int


def check_has_rows(prepared: Prepared) -> None:
    """Raise `InputError` where a threshold was asked for and no row is there to choose it on."""
    if prepared.options.threshold is not None and not any(len(f.valid) for f in prepared.splits.folds):
        raise InputError(
            f"A threshold ({prepared.options.threshold}) is chosen on rows that do not train the network, and early "
            "stopping is off, so all train it. Leave it on, give rows with --valid, or leave the threshold out."
        )


def chosen(
    prepared: Prepared, truth: Int[np.ndarray, " rows"], told: Float[np.ndarray, "rows classes"]
) -> Decision | None:
    """The decision, from probabilities of rows by networks that have not seen them; None where none was asked for."""
    options, target = prepared.options, prepared.schema.target
    if options.threshold is None:
        return None
    positive = 1 if options.positive is None else class_code(options.positive, target.task, target.classes)
    return decision.choose(options.threshold, positive, truth, told)


def of_networks(runner: Runner, networks: Sequence[Training]) -> Decision | None:
    """The decision of networks together, each row predicted by those of its fold; None where none was asked for."""
    if runner.prepared.options.threshold is None:
        return None
    by_fold: dict[str, list[Training]] = {}
    for training in networks:
        by_fold.setdefault(training.fold, []).append(training)
    told = [np.mean([runner.predictions(t) for t in own], axis=0) for own in by_fold.values()]
    truth = np.concatenate([runner.fold(fold).truth for fold in by_fold])
    return chosen(runner.prepared, truth, np.concatenate(told))


def told(
    prepared: Prepared,
    found: Decision,
    rows: Int[np.ndarray, " rows"],
    said: Float[np.ndarray, "rows classes"] | None,
    codes: Int[np.ndarray, " rows"] | None = None,
) -> Told:
    """The decision as a summary has it, and what it comes to on rows of these positions.

    Parameters
    ----------
    said : probabilities of these rows; None where there are none.
    codes : the classes that were answered, where other decisions than this one have made them.
    """
    facts = decided.facts(found, prepared.schema.target.classes)
    if said is not None and len(rows):
        answers = found.codes(said) if codes is None else codes
        facts["unseen"] = decided.of_rows(found, prepared.y[rows], answers, said.argmax(axis=1))
    return facts
