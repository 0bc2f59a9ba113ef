"""From trainings to a `Model` and to the files of a finished run."""

from __future__ import annotations

from collections.abc import Callable

from honed.model.model import Member, Model
from honed.search.runner import Runner, Training


def model(runner: Runner, shares: list[tuple[Training, float]], heat: float) -> Model:
    """The trained networks together, each with its share of the prediction; `heat` is their temperature."""
    folds = list(dict.fromkeys(training.fold for training, _ in shares))
    members = [
        Member(
            training.candidate.network,
            folds.index(training.fold),
            runner.fold(training.fold).targets[training.candidate.target],
            runner.parameters(training),
            share,
            training.candidate.training.loss,
            training.candidate.training.quantiles if training.candidate.training.loss == "quantile" else (),
        )
        for training, share in shares
    ]
    encoders = tuple(runner.fold(name).encoder for name in folds)
    p = runner.prepared
    return Model(p.schema, encoders, tuple(members), heat, p.options.family)


def save_once(
    runner: Runner,
    save: Callable[[Model], None],
    shares: list[tuple[Training, float]],
    name: str,
    loss: float | None,
) -> None:
    """Save a model on the way, unless an earlier process has: a replay must not put a worse one in its place."""
    events = runner.journal.events
    facts = {"of": name, "loss": loss}
    is_saved = any(e["kind"] == "model" and {"of": e["of"], "loss": e["loss"]} == facts for e in events)
    if is_saved or any(e["kind"] == "done" for e in events):
        return
    save(model(runner, shares, 1.0))
    runner.journal.event("model", **facts)
