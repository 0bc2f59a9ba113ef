"""What a run would do and what the table tells, without a training: `fit` and `train` give the `Outline` of these."""

from __future__ import annotations

from pathlib import Path

from honed.figures import counted, duration
from honed.logs.asked import opened
from honed.report.outline import Outline
from honed.run import connection
from honed.search import by_hand, devices, diagnosis, executors, lanes, opening, plan, sharing
from honed.search.options import Options
from honed.search.plan import Plan
from honed.search.planned import is_scored_anew
from honed.search.prepare import Prepared, prepare
from honed.table.document import document
from honed.train.spec import TrainingSpec


def fit(options: Options, out: Path | None = None) -> Outline:
    """Of a search; `out` is the folder that it would be saved in, as far as known.

    Raises
    ------
    InputError
        As `tune.fit`.
    """
    devices.found(options)
    if options.cluster is not None:
        connection.check_address(options.cluster)
    opened(options.log)
    prepared = prepare(options)
    planned = _of_trials(prepared) if options.budget is None else _of_budget(prepared)
    planned += executors.reading(prepared, out)
    return _outline(prepared, planned, prepared.family.searched_encodings[0])


def train(options: Options) -> Outline:
    """Of one network by hand.

    Raises
    ------
    InputError
        As `by_hand.train`.
    """
    opened(options.log)
    prepared, training, encoding = by_hand.checked(options)
    return _outline(prepared, _of_one(training), encoding)


def _outline(prepared: Prepared, planned: list[str], encoding: str) -> Outline:
    return {
        "data": prepared.options.named,
        **document(prepared.schema),
        "metric": opening.metric(prepared),
        "split": f"{prepared.splits.reason}.",
        "notes": list(prepared.notes),
        "plan": planned,
        "findings": [finding.to_json() for finding in diagnosis.of_data(prepared, encoding)],
    }


def _of_one(training: TrainingSpec) -> list[str]:
    epochs = counted(training.epochs, "epoch")
    how = f"at most {epochs}, of which the best is kept" if training.early_stopping else epochs
    return [f"One network is trained: {how}."]


def _planned(prepared: Prepared) -> tuple[Plan, list[str]]:
    """The plan as far as it is known before the pace is, and what is said of lanes where honed chooses them."""
    splits, options = prepared.splits, prepared.options
    own = lanes.outlined(prepared)
    by_honed = isinstance(own, lanes.LaneChoice)
    made = plan.make(
        rows=len(prepared.y),
        train_rows=len(splits.folds[0].train),
        folds=len(splits.folds),
        budget=sharing.of_search(options.budget, len(prepared.rounds), anew=prepared.searches_anew),
        trials=options.trials or 0,
        workers=_workers(options) or 1,
        lanes=own.lanes if by_honed else own,
        epoch_seconds=1e-9,
        compile_seconds=1.0,
        coached=options.proposer != "tpe",
        newest=prepared.source.times is not None,
    )
    return made, [own.words()] if by_honed else []


def _workers(options: Options) -> int | None:
    """Processes that would train; None where that is for the processors of a cluster to say, which is not asked."""
    if options.cluster in (None, "local") or options.workers is not None:
        return devices.workers(options)
    return None


def _of_trials(prepared: Prepared) -> list[str]:
    """What so many trials are: all of it is known."""
    (p, of_lanes), folds = _planned(prepared), len(prepared.splits.folds)
    trials = prepared.options.trials or 0
    rows = "" if p.quick_rows is None else f" on at most {p.quick_rows:,} rows"
    best = p.promoted_among(min(p.generation, trials))
    said = [
        f"{counted(trials, 'candidate')}, {p.generation} in a generation at most.",
        *of_lanes,
        f"Each trains for {counted(p.quick_epochs, 'epoch')}{rows}.",
        (
            f"The best {f'{best} of a generation train' if best > 1 else 'one of a generation trains'} in full: for at "
            f"most {counted(p.epochs, 'epoch')} on {_folds(p.folds, folds)}."
        ),
    ]
    if p.more:
        where = (
            f"on {counted(p.more, 'further fold')}"
            if folds > 1
            else f"with {counted(p.more, 'further seed')}"
        )
        said.append(f"Up to {counted(p.leaders, 'leader')} are confirmed {where}.")
    return [*said, *_at_last(prepared, p)]


def _of_budget(prepared: Prepared) -> list[str]:
    """How a budget is shared out; epochs and folds wait for the pace."""
    (p, of_lanes), whole = _planned(prepared), prepared.options.budget or 0.0
    budget = sharing.of_search(whole, len(prepared.rounds), anew=prepared.searches_anew) or 0.0
    number = _workers(prepared.options)
    workers = counted(number, "worker") if number else "a worker for each processor of the cluster"
    size = "a generation the larger the more workers"
    if number:
        size = f"{p.generation} in a generation at most"
    explored, confirmed = duration(p.explore_end * budget), duration(p.confirm_end * budget)
    return [
        (
            f"{duration(whole)} with {workers}. How long networks take here is measured first; it decides the epochs, "
            "the folds and the number of candidates, and may move what follows."
        ),
        *of_lanes,
        *_of_many_rows(prepared),
        f"Until about {explored}: candidates, {size}; the best train in full.",
        f"Until about {confirmed}: up to {counted(p.leaders, 'leader')} on further folds or with further seeds.",
        *_at_last(prepared, p),
    ]


def _of_many_rows(prepared: Prepared) -> list[str]:
    """What may come in place of the usual plan."""
    if len(prepared.y) <= plan.MEDIUM:
        return []
    text = (
        "Where the pace shows that the time buys few passes over the rows, candidates are compared on samples, for a "
        "third of it at most, and the rest trains finalists on all rows, one a worker, whose schedules end with the "
        "time. Otherwise:"
    )
    return [text]


def _at_last(prepared: Prepared, p: Plan) -> list[str]:
    is_one = prepared.options.single
    best = "the best network" if is_one else "the best network, or an ensemble where that is better,"
    said = []
    is_sure = prepared.options.budget is None or is_scored_anew(prepared)
    if prepared.splits.inner is not None and p.refit:
        where = "" if is_sure else ", where time is left for it"
        said.append(
            f"What was chosen is trained again on the {len(prepared.splits.inner):,} rows before those that score "
            f"it{where}."
        )
    said.append(f"Then {best} is scored beside a linear model, gradient boosting and a constant answer.")
    if prepared.splits.otherwise is not None:
        said.append(
            "The best network is trained once more on rows shared out in another way, for the score beside."
        )
    if p.refit:
        times = f", up to {p.refit_seeds} times each" if p.refit_seeds > 1 else ""
        said.append(f"What was chosen is trained again on all {len(prepared.y):,} rows{times}, and predicts.")
    return said + opening.rounds(prepared)


def _folds(some: int, folds: int) -> str:
    return counted(folds, "fold") if some >= folds else f"{some} of {counted(folds, 'fold')}"
