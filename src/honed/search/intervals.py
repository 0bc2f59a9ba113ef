"""Intervals of an ensemble, learned from the rows that validated its networks, and what they hold on the outer rows.

What they hold is told of intervals that know nothing of the outer rows; those that are saved have learned from these
too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honed.model import intervals
from honed.model.intervals import USUAL, Intervals, Log
from honed.model.model import Model
from honed.report import facts
from honed.search import ensemble
from honed.search.assemble import Chosen, networks_by_fold
from honed.search.explored import Explored
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.scores import Scored
from honed.search.training import Training

if TYPE_CHECKING:
    from jaxtyping import Float64, Int


@dataclass(frozen=True)
class Errors:
    """Rows that did not train what predicts them, their truth and predictions; see `honed.model.intervals.learn`."""

    truth: Float64[np.ndarray, " rows"]
    values: Float64[np.ndarray, " rows"]
    groups: Int[np.ndarray, " rows"] | None
    voices: Float64[np.ndarray, "voices rows"]
    shares: list[float]
    networks: int
    log: Log | None
    is_log: bool

    def intervals(self) -> Intervals:
        """What these errors say of intervals."""
        return intervals.learn(
            self.truth,
            self.values,
            groups=self.groups,
            voices=self.voices,
            shares=self.shares,
            networks=self.networks,
            log=self.log,
            is_log=self.is_log,
        )

    def and_outer(self, prepared: Prepared, scored: Scored) -> Errors:
        """The same with the outer rows, as predicted by the networks that have not seen them."""
        outer = prepared.splits.outer
        if not len(outer):
            return self
        values, voices, _ = scored.model.voices(prepared.source.take(outer), self.networks, scored.each)
        groups = prepared.groups_of(outer)
        return replace(
            self,
            truth=np.concatenate([self.truth, prepared.y[outer]]),
            values=np.concatenate([self.values, values]),
            groups=None if self.groups is None or groups is None else np.concatenate([self.groups, groups]),
            voices=np.concatenate([self.voices, voices], axis=1),
        )


def errors(
    runner: Runner, explored: Explored, chosen: Chosen, more: Mapping[int, list[Training]]
) -> Errors | None:
    """The errors of the chosen vote on validation rows; None for classes and several targets.

    Each row is predicted by the networks of its fold alone, as many as the fold has of each candidate, and counts
    once: see `networks_by_fold`.
    """
    prepared = runner.prepared
    if prepared.schema.target.classes or prepared.schema.further:
        return None
    by_fold = networks_by_fold(runner, explored, chosen, more)
    voices = np.concatenate(
        [
            np.array([np.mean([runner.predictions(t) for t in own], axis=0) for own in each])
            for each in by_fold.values()
        ],
        axis=1,
    )
    by_number = {n: share for n, (share,) in chosen.weights.items()}
    shares = np.array([*by_number.values()])
    rows = np.concatenate([runner.fold(fold).valid for fold in by_fold])
    scale = next(iter(runner.fold("0").targets.get("log", ())), None)
    logs = sum(share for n, share in by_number.items() if chosen.candidates[n].target == "log")
    return Errors(
        prepared.y[rows],
        ensemble.average(list(voices), shares),
        prepared.groups_of(rows),
        voices,
        shares.tolist(),
        min(len(own) for each in by_fold.values() for own in each),
        None if scale is None else Log(scale.low, scale.offset),
        logs > 0.5,
    )


def given(prepared: Prepared, model: Model, rows: Int[np.ndarray, " rows"]) -> Model:
    """The model with intervals, learned from rows of these positions, which did not train it."""
    if not len(rows) or prepared.schema.further:
        return model
    return model.with_intervals(prepared.source.take(rows), prepared.y[rows], prepared.groups_of(rows))


def measured(prepared: Prepared, scored: Scored) -> facts.Intervals | None:
    """What the model's intervals of 0.9 hold on the outer rows; None without these, or without such intervals."""
    found, known = ends(prepared, scored), scored.model.intervals
    if found is None or known is None:
        return None
    return measured_of(prepared, prepared.splits.outer, found, known.units)


def ends(prepared: Prepared, scored: Scored) -> Float64[np.ndarray, "rows 2"] | None:
    """Low and high ends of the model's intervals of 0.9 for the outer rows; None where it has none."""
    outer, known = prepared.splits.outer, scored.model.intervals
    if not len(outer) or known is None or not known.has(USUAL):
        return None
    return scored.model.interval(prepared.source.take(outer), USUAL, scored.each)


def measured_of(
    prepared: Prepared,
    rows: Int[np.ndarray, " rows"],
    found: Float64[np.ndarray, "rows 2"],
    learned_from: int,
) -> facts.Intervals:
    """What intervals hold on rows of these positions, given their ends; they were learned from so many units."""
    truth, (low, high) = prepared.y[rows], found.T
    groups = prepared.groups_of(rows)
    units, of = intervals.weights(len(rows), groups)
    holds = (low <= truth) & (truth <= high)
    _, unit = np.unique(np.arange(len(rows)) if groups is None else groups, return_inverse=True)
    shares = np.bincount(unit, weights=holds * units)
    # As if one more unit were held and one were not: where all are, the error is not known to be none.
    error = np.std(np.append(shares, [0.0, 1.0])) / np.sqrt(len(shares) + 2)
    return {
        "level": USUAL,
        "coverage": float(shares.mean()),
        "error": float(error),
        "width": float(np.average(high - low, weights=units)),
        "rows": len(rows),
        "units": learned_from,
        "of": of,
    }
