"""Who votes: a greedy ensemble of the best candidates, where it beats the default by more than the noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from honed.figures import counted, figure
from honed.search import ensemble
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.plan import most_networks
from honed.search.runner import Runner, Training

_VOTERS = 20  # candidates that may enter the ensemble
_MOST_MEMBERS = 6  # more would slow prediction for little
_NOISE = 1.64  # standard errors by which an ensemble has to beat the default (one-sided 5 %)


@dataclass(frozen=True)
class Chosen:
    """The ensemble: candidates with weights, the networks behind each, and why."""

    weights: dict[int, float]
    candidates: dict[int, Candidate]
    networks: dict[int, list[Training]]
    best: Candidate  # the best single one
    temperature: float
    kept_default: bool
    lead: float
    noise: float
    said: str


def assemble(
    runner: Runner, explored: Explored, default: Candidate, more: dict[int, list[Training]]
) -> Chosen:
    """Choose who votes: a greedy ensemble, if it beats the default by more than the noise."""
    ranked, folds = voters(runner, explored, default, more)
    metric = runner.prepared.metric
    truth = np.concatenate([runner.fold(fold).truth for fold in folds])
    said = {c.number: _said(runner, folds, _networks(explored, more, c)) for c in ranked}
    ranked.sort(key=lambda c: (metric.loss(truth, said[c.number]), c.number))
    rng = np.random.default_rng(runner.prepared.options.seed)
    predictions = [said[c.number] for c in ranked]
    if runner.prepared.options.single:
        fitted, weights = predictions[0], np.eye(len(ranked))[0]
    else:
        fitted = ensemble.cross_fitted(predictions, truth, metric.loss, rng)
        weights = ensemble.select(predictions, truth, metric.loss)
    lead, noise = ensemble.advantage(truth, fitted, said[default.number])
    kept = not lead > _NOISE * noise
    if kept:
        weights = np.array([float(c is default) for c in ranked])
    members = sorted(np.flatnonzero(weights), key=lambda i: -weights[i])[:_MOST_MEMBERS]
    total = sum(weights[i] for i in members)
    shares = {ranked[i].number: float(weights[i] / total) for i in members}
    heat = 1.0
    if runner.prepared.outputs > 1:
        voted = ensemble.average([said[number] for number in shares], np.array(list(shares.values())))
        heat = ensemble.temperature(voted, truth)
    by_number = {c.number: c for c in ranked}
    best = default if kept else ranked[0]
    most = most_networks(len(shares))
    networks = {
        number: _networks(explored, more, by_number[number])[:most]
        for number in dict.fromkeys([*shares, best.number])
    }
    return Chosen(
        weights=shares,
        candidates={number: by_number[number] for number in networks},
        networks=networks,
        best=best,
        temperature=heat,
        kept_default=kept,
        lead=lead,
        noise=noise,
        said=_verdict(runner, explored, default, len(ranked), None if kept else len(shares), lead, noise),
    )


def _verdict(
    runner: Runner,
    explored: Explored,
    default: Candidate,
    compared: int,
    voting: int | None,
    lead: float,
    noise: float,
) -> str:
    """Whether the default was beaten, and by how much; of `compared` candidates so many vote, None if it was kept."""
    loss = "log-loss" if runner.prepared.outputs > 1 else "squared error"
    kept, beaten = as_default(default)
    if voting is not None:
        voters = f"{voting} of {counted(len(explored.losses), 'fully trained candidate')}"
        beat = "votes; it beats" if voting == 1 else "vote; they beat"
        return f"{voters} {beat} {beaten}, by {figure(lead)} in {loss} a row (noise {figure(noise)})."
    if compared == 1:
        return f"Kept {kept}: no other network was compared with it."
    if not lead > 0:
        return f"Kept {kept}: nothing that the search found is better."
    return (
        f"Kept {kept}: what the search found leads by {figure(lead)} in {loss} a row, less than "
        f"{_NOISE:g} times its noise of {figure(noise)}."
    )


def as_default(candidate: Candidate) -> tuple[str, str]:
    """What a verdict calls the network that others had to beat: where no default was fully trained it is none."""
    name = candidate.name
    if candidate.number < 0:  # a default cut short, which time made the only one
        return name, name
    if candidate.reason:
        return f"the default, {name}", f"the default, {name}"
    return (
        f"{name}, the best on validation rows (no default was fully trained)",
        f"the best single network, {name}",
    )


def _networks(explored: Explored, more: dict[int, list[Training]], candidate: Candidate) -> list[Training]:
    """All full trainings of a candidate."""
    return [r.training for r in explored.full[candidate.number]] + more.get(candidate.number, [])


def voters(
    runner: Runner, explored: Explored, default: Candidate, more: dict[int, list[Training]]
) -> tuple[list[Candidate], list[str]]:
    """Who may vote, and on which folds they are compared: where leaders were confirmed on more folds, they alone.

    Folds of one repeat only: rows that validate twice would look like twice as much evidence.
    """
    ranked = explored.best_first()[:_VOTERS]
    if default not in ranked:
        ranked.append(default)
    splits = runner.prepared.splits
    single_repeat = {str(fold) for fold in range(len(splits.folds) // splits.repeats)}
    seen = {c.number: {t.fold for t in _networks(explored, more, c)} & single_repeat for c in ranked}
    confirmed = set.intersection(*(seen[c.number] for c in ranked if c.number in more), single_repeat)
    if default.number in more and len(confirmed) > explored.folds:
        return [c for c in ranked if seen[c.number] >= confirmed], sorted(confirmed, key=int)
    return ranked, sorted(single_repeat & {str(fold) for fold in range(explored.folds)}, key=int)


def _said(runner: Runner, folds: list[str], networks: list[Training]) -> np.ndarray:
    """Out-of-fold predictions, fold after fold; networks of one fold speak with one voice."""
    return np.concatenate(
        [np.mean([runner.predictions(t) for t in networks if t.fold == fold], axis=0) for fold in folds]
    )
