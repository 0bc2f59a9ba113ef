"""What a fitted estimator shows of itself in a notebook: `page`."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from sklearn.base import BaseEstimator

from honed import passes
from honed.family import find_family
from honed.model.model import Model
from honed.report import notebook
from honed.report.facts import Facts, Trained
from honed.report.text import headline, unseen_rows
from honed.settings import declarations


def page(estimator: BaseEstimator) -> str:
    """Score, network, learning curve, findings and reasons, as HTML."""
    of = vars(estimator)
    has_score = math.isfinite(of["score_"])
    if "summary_" in of:
        facts: Facts = of["summary_"]
        where = unseen_rows(facts) if has_score else headline(facts)
    else:
        facts = _by_hand(estimator)
        kept, none = "of the epoch that was kept", "No rows were held out, so there is no validation loss."
        where = kept if has_score else none
    curves = {
        **of["history_"],
        "best_epoch": of["best_epoch_"],
        "diverged": not math.isfinite(of["history_"]["train_loss"][-1]),
    }
    return notebook.card(type(estimator).__name__, facts, cast(Trained, curves), of["findings_"], where)


def _by_hand(estimator: BaseEstimator) -> Facts:
    """The facts of one network, which has no score but its validation loss."""
    from honed.search import choices

    of, model = vars(estimator), cast(Model, vars(estimator)["model_"])
    member, target, training = model.members[0], model.schema.target, of["_training"]
    family = find_family(model.family)
    specs: tuple[Any, ...] = (member.network, training)
    used = {name: getattr(spec, name) for spec in specs for name in declarations(spec)}
    given = [
        name for spec in specs for name in declarations(spec) if used[name] != getattr(type(spec)(), name)
    ]
    measured = {
        name: of[test].sentence()
        for name, test in (("learning_rate", "range_test_"), ("batch_size", "batch_search_"))
        if of[test] is not None
    }
    used |= {"weight_decay": training.decay} | {
        name: of[f"{name}_"] for name in ("learning_rate", "batch_size")
    }
    score = of["score_"]
    outputs = len(target.classes) or len(member.quantiles) or 1
    outputs += sum(reading.outputs for reading in member.further)
    facts: Facts = {
        "target": target.name,
        "task": target.task,
        "classes": list(target.classes),
        "metric": "validation_loss",
        "greater_is_better": False,
        "uses": "network",
        "scores": {"network": {"value": score}} if math.isfinite(score) else {},
        "rows": {"outer": 0},
        "network": {
            **family.facts(member.network, model.encoders[0].inputs, outputs),
            "parameters": sum(int(np.size(value)) for value in member.params.values()),
            "keeps_last": not training.early_stopping,
        },
        "choices": choices.by_hand(family, member.network, used, given, measured),
        "time": {},
    }
    history = of["history_"]
    if "passes" in history:
        facts["network"]["passes"] = passes.made(history, of["best_epoch_"])
    else:
        facts["network"]["epochs"] = of["best_epoch_"]
    return facts
