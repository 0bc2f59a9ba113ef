"""Who votes: a greedy ensemble of the best candidates, where it beats the default by more than the noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honed.figures import capital, counted, figure
from honed.heads import apart, columns, truths
from honed.metrics import default_metric
from honed.model.decision import Decision
from honed.model.outputs import sharpen
from honed.search import decisions, ensemble
from honed.search.candidate import Candidate
from honed.search.ensemble import Choose, Loss
from honed.search.explored import Explored
from honed.search.plan import most_networks
from honed.search.runner import Runner
from honed.search.save import Shares
from honed.search.training import Training

if TYPE_CHECKING:
    from jaxtyping import Bool

_VOTERS = 20  # candidates that may enter the ensemble
_MOST_MEMBERS = 6  # more would slow prediction for little
_NOISE = 1.64  # standard errors by which an ensemble has to beat the default (one-sided 5 %) ...
# ... but of one stretch of time, whose noise hides any lead; a mean varies less than one.
_NOISE_OF_ONE_WINDOW = 0.0


@dataclass(frozen=True)
class Chosen:
    """The ensemble: candidates with weights, the networks behind each, and why."""

    weights: dict[int, Shares]
    candidates: dict[int, Candidate]
    networks: dict[int, list[Training]]
    best: Candidate  # the best single one
    temperatures: tuple[float, ...]  # one a head; 1 for values
    said: str
    decision: Decision | None = None  # where a threshold was asked for


def assemble(
    runner: Runner, explored: Explored, default: Candidate, more: dict[int, list[Training]]
) -> Chosen:
    """Choose who votes: a greedy ensemble, if it beats the default by more than the noise."""
    ranked, folds = voters(runner, explored, default, more)
    metric = runner.prepared.metric
    truth = np.concatenate([runner.fold(fold).truth for fold in folds])
    said = {c.number: _said(runner, folds, _networks(explored, more, c)) for c in ranked}
    ranked.sort(key=lambda c: (metric.loss(truth, said[c.number]), c.number))
    prepared = runner.prepared
    rng = np.random.default_rng(prepared.options.seed)
    groups = prepared.groups_of(np.concatenate([prepared.splits.folds[int(fold)].valid for fold in folds]))
    predictions = [said[c.number] for c in ranked]
    heads, is_single = prepared.heads, prepared.options.single
    by_head = (
        ensemble.for_all(ensemble.best, heads) if is_single else ensemble.for_each(ensemble.select, heads)
    )

    def choose(*given: Any) -> np.ndarray:
        return columns(by_head(*given), heads)

    fitted = ensemble.cross_fitted(predictions, truth, metric.loss, rng, groups=groups, choose=choose)
    lead, noise = ensemble.advantage(truth, fitted, said[default.number], metric, rng, groups)
    is_one_window = prepared.source.times is not None and len(prepared.splits.folds) == 1
    needed = _NOISE_OF_ONE_WINDOW if is_one_window and not is_single else _NOISE
    kept = np.full(len(heads), not lead > needed * noise)
    if len(heads) > 1 and not is_single:  # each target by itself, as it would be alone
        parts = zip(heads, *(apart(own, heads) for own in (fitted, said[default.number])), strict=True)
        own = [
            ensemble.advantage(y, better, usual, default_metric(bool(head.classes)), rng, groups)
            for (head, better, usual), y in zip(parts, truths(truth, heads), strict=True)
        ]
        kept = np.array([not lead_of > needed * noise_of for lead_of, noise_of in own])
        if kept.any() and not kept.all():
            fitted = np.where(columns(kept, heads), said[default.number], fitted)
            lead, noise = ensemble.advantage(truth, fitted, said[default.number], metric, rng, groups)
    if kept.all():
        shares: dict[int, Shares] = {default.number: (1.0,) * len(heads)}
    else:
        votes = _few(by_head, predictions, truth, metric.loss, kept, ranked.index(default))
        shares = {ranked[place].number: tuple(own.tolist()) for place, own in votes.items()}
    voted = ensemble.average(
        [said[number] for number in shares], columns(np.array([*shares.values()]), heads)
    )
    heats = tuple(
        ensemble.temperature(answer, own) if head.classes else 1.0
        for head, answer, own in zip(heads, apart(voted, heads), truths(truth, heads), strict=True)
    )
    by_number = {c.number: c for c in ranked}
    is_kept = bool(kept.all())
    best = default if is_kept else ranked[0]
    most = most_networks(len(shares), len(heads))
    networks = {
        number: _networks(explored, more, by_number[number])[:most]
        for number in dict.fromkeys([*shares, best.number])
    }
    return Chosen(
        weights=shares,
        candidates={number: by_number[number] for number in networks},
        networks=networks,
        best=best,
        temperatures=heats,
        said=_verdict(runner, explored, default, len(ranked), None if is_kept else len(shares), lead, noise),
        decision=decisions.chosen(prepared, truth, sharpen(voted, heats[0]))
        if prepared.schema.target.classes
        else None,
    )


def _few(
    choose: Choose,
    predictions: Sequence[np.ndarray],
    truth: np.ndarray,
    loss: Loss,
    kept: Bool[np.ndarray, " heads"],
    default: int,
) -> dict[int, np.ndarray]:
    """Those that vote, heaviest first: by position their weights, (heads,); heads that are `kept` have the default."""

    def chosen(places: Sequence[int]) -> np.ndarray:
        weights = choose([predictions[place] for place in places], truth, loss)
        return np.where(kept, [[place == default] for place in places], weights)

    weights = chosen(range(len(predictions)))
    total = weights.sum(axis=1)
    order = [int(place) for place in np.argsort(-total, kind="stable") if total[place]]
    order.sort(key=lambda place: not (kept.any() and place == default))
    few, own = order[:_MOST_MEMBERS], weights[order[:_MOST_MEMBERS]]
    if weights.shape[1] > 1 and len(few) < len(order):  # a head may have chosen none of them
        own = chosen(few)
    votes = zip(few, own / own.sum(axis=0), strict=True)
    return {place: each for place, each in votes if each.any()}


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
    metric, missing = runner.prepared.metric.name, no_default(explored, default)
    beaten = f"the best single network, {default.name}" if missing else called(default)
    kept = f"{capital(default.name)} predicts, the best on validation rows" if missing else f"Kept {beaten}"
    if voting is not None:
        voters = f"{voting} of {counted(len(explored.losses), 'fully trained candidate')}"
        beat = "votes; it beats" if voting == 1 else "vote; they beat"
        text = f"{voters} {beat} {beaten}, by {figure(lead)} in {metric} (noise {figure(noise)})."
    elif compared == 1:
        text = f"{kept}: no other network was compared with it."
    elif not lead > 0:
        text = f"{kept}: {'no vote of several' if missing else 'nothing that the search found'} is better."
    else:
        what = "a vote of several" if missing else "what the search found"
        text = f"{kept}: {what} leads by {figure(lead)} in {metric}, "
        if math.isinf(noise):
            text += "but on too few rows, or groups of rows, to tell that from noise."
        else:
            text += f"less than {_NOISE:g} times its noise of {figure(noise)}."
    return f"{text} {missing}".rstrip()


def called(default: Candidate) -> str:
    """What a verdict calls the network that others had to beat."""
    return f"the default, {default.name}" if default.number >= 0 else default.name  # that one is cut short


def no_default(explored: Explored, default: Candidate) -> str:
    """Why the network that others had to beat is no default, in a sentence; empty where it is one."""
    if default.reason:
        return ""
    diverged = any(c.reason for c in explored.candidates)
    why = "No default learned anything" if diverged else "There was no time to train a default fully"
    return f"{why}, so how much the search gained is not known."


def networks_by_fold(
    runner: Runner, explored: Explored, chosen: Chosen, more: Mapping[int, list[Training]]
) -> dict[str, list[list[Training]]]:
    """The networks of the chosen vote, by fold and then by voter; of each the first alone where a single one predicts.

    Of the folds of one repeat, so that each row counts once, those that every voter was trained on, in their order.
    """
    networks = [_networks(explored, more, chosen.candidates[number]) for number in chosen.weights]
    seen = runner.prepared.splits.once.intersection(*({t.fold for t in own} for own in networks))
    found = {fold: [[t for t in own if t.fold == fold] for own in networks] for fold in sorted(seen, key=int)}
    if runner.prepared.options.single:
        return {fold: [own[:1] for own in each] for fold, each in found.items()}
    return found


def votes_by_fold(
    runner: Runner, explored: Explored, chosen: Chosen, more: Mapping[int, list[Training]]
) -> dict[str, np.ndarray]:
    """What the chosen vote says of the rows that each fold validates, before temperatures: by `networks_by_fold`."""
    shares = columns(np.array([*chosen.weights.values()]), runner.prepared.heads)
    return {
        fold: ensemble.average([_said(runner, [fold], own) for own in each], shares)
        for fold, each in networks_by_fold(runner, explored, chosen, more).items()
    }


def _networks(explored: Explored, more: Mapping[int, list[Training]], candidate: Candidate) -> list[Training]:
    """All full trainings of a candidate."""
    return [r.training for r in explored.full[candidate.number]] + more.get(candidate.number, [])


def voters(
    runner: Runner, explored: Explored, default: Candidate, more: dict[int, list[Training]]
) -> tuple[list[Candidate], list[str]]:
    """Who may vote, and on which folds they are compared: where leaders were confirmed on more folds, they alone.

    Folds of one repeat only: rows that validate twice would look like twice as much evidence.
    """
    found = explored.best_first()
    ranked = found[:_VOTERS] + [c for c in found[_VOTERS:] if c.focus]
    if default not in ranked:
        ranked.append(default)
    once = runner.prepared.splits.once
    seen = {c.number: {t.fold for t in _networks(explored, more, c)} & once for c in ranked}
    confirmed = set.intersection(*(seen[c.number] for c in ranked if c.number in more), once)
    if default.number in more and len(confirmed) > explored.folds:
        return [c for c in ranked if seen[c.number] >= confirmed], sorted(confirmed, key=int)
    return ranked, sorted(once & {str(fold) for fold in range(explored.folds)}, key=int)


def _said(runner: Runner, folds: list[str], networks: list[Training]) -> np.ndarray:
    """Out-of-fold predictions, fold after fold; networks of one fold speak with one voice."""
    return np.concatenate(
        [np.mean([runner.predictions(t) for t in networks if t.fold == fold], axis=0) for fold in folds]
    )
