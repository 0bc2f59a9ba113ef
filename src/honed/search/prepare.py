"""From what was asked to a checked `Prepared`: every check of the data and the words, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from honed.encode import target as targets
from honed.encode.target import TargetKind
from honed.errors import InputError
from honed.family import Family, Source, find_family
from honed.figures import counted
from honed.heads import Head, beside
from honed.metrics import Metric, choose, class_code, constant, together
from honed.model import decision, named
from honed.search import sharing
from honed.search.options import Options, Refit
from honed.settings import nearest
from honed.table.by_time import stretches
from honed.table.columns import Schema
from honed.table.split import Fold, Splits
from honed.table.target import Target
from honed.trials import ALL, INNER, OTHERWISE

Share = Callable[[Splits], Splits]  # how rows are shared out otherwise than for a search

LEAST_BUDGET = 1.0  # seconds
_SEEDS = 2**32
_MOST_LANES = 1024


@dataclass(frozen=True)
class Prepared:
    """Data that have passed every check, and how their rows are shared out.

    Attributes
    ----------
    source : the rows with a target; all other arrays speak of these.
    ways : ways to learn the targets, the default first, each with what it is for each head.
    notes : what the user has to know about the rows before the run starts.
    rounds : the same for each further round, in which other rows are unseen (`honed.search.nested`); mostly none.
    round : number of the round, 0 for the search itself.
    """

    options: Options
    family: Family
    source: Source
    splits: Splits
    metric: Metric
    ways: Mapping[TargetKind, tuple[TargetKind, ...]]
    notes: tuple[str, ...] = ()
    rounds: tuple[Prepared, ...] = ()
    round: int = 0

    @property
    def encodings(self) -> tuple[str, ...]:
        """Ways to encode rows that are tried, the usual one first; of those asked for all that are not idle."""
        asked = dict.fromkeys([*self.family.searched_encodings, *self.options.encodings])
        idle = self.family.idle_encodings(self.source)
        return tuple(name for name in asked if name not in idle)

    @property
    def suiting_encodings(self) -> tuple[str, ...]:
        """Ways to encode rows beside the usual one that a search tries unasked; none where some were asked for."""
        return () if self.options.encodings else tuple(self.family.suiting_encodings(self.source))

    @property
    def schema(self) -> Schema:
        """What was understood of the data."""
        return self.source.schema

    @property
    def targets(self) -> tuple[TargetKind, ...]:
        """Ways to learn the targets, the default first."""
        return tuple(self.ways)

    @property
    def y(self) -> np.ndarray:
        """Class codes int32 (rows,), or values float64 (rows,), of the main target."""
        return self.source.y

    @property
    def heads(self) -> tuple[Head, ...]:
        """What the networks are asked."""
        return heads_of(self.source)

    def heads_by(self, way: TargetKind) -> tuple[Head, ...]:
        """The same, where the targets are learned in one of the `ways`: some have a loss of their own."""
        kinds = zip(self.heads, self.ways[way], strict=True)
        return tuple(
            replace(head, loss=kind) if kind in targets.RATE_LOSSES else head for head, kind in kinds
        )

    @property
    def truth(self) -> np.ndarray:
        """What answers are compared with: `y`, or of several heads float64 (rows, heads)."""
        return beside(ys_of(self.source))

    @property
    def outputs(self) -> int:
        """Outputs of the network; those of all heads together."""
        return sum(head.width for head in self.heads)

    @property
    def used(self) -> str:
        """What is to predict, by the name of its score: "single" or "ensemble"."""
        return "single" if self.options.single else "ensemble"

    @property
    def searches_anew(self) -> bool:
        """Whether each further round is a search of its own, and does not train what this one chose."""
        return bool(self.options.nested)

    def groups_of(self, rows: np.ndarray) -> np.ndarray | None:
        """What ties each of those rows to others: its group, or its stretch of time; None where nothing does."""
        groups = self.source.groups
        if groups is None and self.source.times is not None:
            return stretches(self.source.times.values[rows])
        return None if groups is None else groups[rows]

    def fold(self, name: str) -> Fold:
        """The rows of the fold "0", "1", … or of one in which none validates: see `honed.trials`."""
        splits, none = self.splits, np.zeros(0, np.int32)
        name = name.partition("_")[0]  # "all_1" are the rows of "all", as a network takes them that goes on
        if name == ALL:
            return Fold(np.arange(len(self.y), dtype=np.int32), none)
        if name == INNER:
            return Fold(splits.known(len(self.y)), none)
        if name == OTHERWISE:
            assert splits.otherwise is not None
            return Fold(splits.otherwise.train, none)
        return splits.folds[int(name)]


def heads_of(source: Source) -> tuple[Head, ...]:
    """What networks of this source are asked."""
    main, *others = source.schema.targets
    further = zip(others, source.further, strict=True)
    return (
        Head(main.name, len(main.classes)),
        *(Head(target.name, len(target.classes), own.loss, own.weight) for target, own in further),
    )


def ys_of(source: Source) -> list[np.ndarray]:
    """Of each head class codes or values (rows,)."""
    return [source.y, *(own.y for own in source.further)]


def prepare(
    options: Options, places: Mapping[str, str] | None = None, share: Share | None = None
) -> Prepared:
    """Read and check everything that `options` name.

    Parameters
    ----------
    places : paths of "data" and "valid" where these are not where `options` say, as for a run that was moved.

    Raises
    ------
    InputError
        The data or the words are wrong; nothing has been written.
    """
    check_words(options)
    family = find_family(options.family)
    return _prepared(family, family.read(options, places or {}), options, share)


def glance(options: Options) -> Prepared | None:
    """The same of some rows, where reading all takes long and the clock matters; None where it is quick, or where these
    rows cannot be learned from.
    """
    if options.budget is None:
        return None
    family = find_family(options.family)
    try:
        source = family.glance(options, {})
        if source is None:
            return None
        found = _prepared(family, source, replace(options, nested=0), None)
        return replace(found, options=options)
    except InputError:  # which `prepare` may tell otherwise
        return None


def prepare_source(source: Source, options: Options, share: Share | None = None) -> Prepared:
    """The same for rows that are already read.

    Raises
    ------
    InputError
        The rows or the words are wrong.
    """
    check_numbers(options)
    sharing.check(options)
    return _prepared(find_family(options.family), source, options, share)


def _prepared(
    family: Family,
    source: Source,
    options: Options,
    share: Share | None,
    own: Splits | None = None,
    metric: Metric | None = None,
) -> Prepared:
    """Choose metric and splits, where these are not given, and ways to learn the target."""
    target, y = source.schema.target, source.y
    check_encodings(family, options.encodings)
    named.check_apart(source.schema.targets)
    if source.further and (options.metric or options.positive or options.threshold):
        asked = f"threshold {options.threshold!r}"
        if options.metric or options.positive:
            asked = f"metric {options.metric!r}" if options.metric else f"positive class {options.positive!r}"
        raise InputError(
            f"The {asked} is about one target, but there are {1 + len(source.further)}, which are compared together. "
            "Leave it out."
        )
    if metric is None:
        metric = choose(options.metric, target.task)
        if options.positive is not None:
            metric = metric.of(class_code(options.positive, target.task, target.classes))
        _check_threshold(options, target)
    splits = sharing.splits(source, options) if own is None else own
    of_rounds = sharing.further_rounds(source, options, splits)
    raw = source
    if options.refit is None:  # else it was, once
        source = family.settled(source, splits.known(len(y)))
    splits = splits if share is None else share(splits)
    if source.further:
        metric, notes = _of_several(source, splits), ()
    else:
        metric, notes = _that_compares(metric, splits, y, target)
    refit, loss = options.refit, str((options.settings or {}).get("loss", "auto"))
    ways = _ways(source, splits.folds[0].train, loss) if refit is None else _ways_of(source, refit)
    told = (*source.notes, *splits.notes, *notes, *_idle(family, source, options))
    own_metric = None if source.further else metric
    rounds = [_round(family, raw, options, each, len(of_rounds), own_metric) for each in of_rounds]
    if not options.nested:  # what is trained anew there is of these ways
        rounds = [replace(each, ways=ways) for each in rounds]
    numbered = tuple(replace(prepared, round=number) for number, prepared in enumerate(rounds, 1))
    return Prepared(options, family, source, splits, metric, ways, told, numbered)


def _round(
    family: Family, source: Source, options: Options, own: Splits, number: int, metric: Metric | None
) -> Prepared:
    """One of so many further rounds: as if the run were given these splits, its share of the budget and that metric."""
    budget = sharing.of_round(options.budget, number, anew=bool(options.nested))
    options = replace(options, budget=budget, nested=0)
    return _prepared(family, source, options, None, own, metric)


def _ways(source: Source, train: np.ndarray, loss: str) -> dict[TargetKind, tuple[TargetKind, ...]]:
    """See `Prepared.ways`; others than the plain one where they fit a head, for those heads.

    Parameters
    ----------
    loss : a loss by hand; that of counts or of amounts is the other way, whatever the target is like.
    """
    heads, ys = heads_of(source), ys_of(source)
    plain: tuple[TargetKind, ...] = tuple(
        "classes" if head.classes else targets.kind_of(head.loss) for head in heads
    )
    ways: dict[TargetKind, tuple[TargetKind, ...]] = {
        "classes" if all(head.classes for head in heads) else "linear": plain
    }
    by_hand = targets.kind_of(loss)
    for kind in (*targets.RATE_LOSSES, "log"):
        fits = [
            not head.classes
            and head.loss == "auto"
            and (kind == by_hand or targets.may_fit(y, y[train], kind))
            for head, y in zip(heads, ys, strict=True)
        ]
        if any(fits):
            ways[kind] = tuple(kind if fit else own for fit, own in zip(fits, plain, strict=True))
    for head, kind, y in zip(heads, ways.get(by_hand, plain), ys, strict=True):
        targets.check_rate(y, kind, head.name)
    return ways


def _ways_of(source: Source, refit: Refit) -> dict[TargetKind, tuple[TargetKind, ...]]:
    """Those of the candidates that are trained on more rows.

    Raises
    ------
    InputError
        One of them learns a logarithm, counts or amounts, and there are rows that are none.
    """
    ways: dict[TargetKind, tuple[TargetKind, ...]] = {
        voter.target: voter.kinds or (voter.target,) for voter in refit.voters
    }
    for number, (target, y) in enumerate(zip(source.schema.targets, ys_of(source), strict=True)):
        least = float(y.min())
        learned: dict[TargetKind, tuple[str, bool]] = {
            "log": ("its logarithm, as it was never below 0", least < 0),
            "poisson": ("it as counts, as it was never below 0", least < 0),
            "gamma": ("it as amounts, as it was always above 0", least <= 0),
        }
        for kind, (what, is_beyond) in learned.items():
            if is_beyond and any(kinds[number] == kind for kinds in ways.values()):
                raise InputError(
                    f"The target {target.name!r} is {least:.6g} in a row, and networks of {refit.run} learn {what}. "
                    "Correct such rows, or start a new run with `honed fit` on all of them."
                )
    return ways


def _of_several(source: Source, splits: Splits) -> Metric:
    """What networks of several heads are compared by, with guesses of the rows that no score is of."""
    heads, ys = heads_of(source), ys_of(source)
    seen = np.concatenate([splits.folds[0].train, splits.folds[0].valid])
    constants = [constant(own[seen], head.classes, len(seen)) for own, head in zip(ys, heads, strict=True)]
    return together(heads, constants, beside(ys)[seen])


def _check_threshold(options: Options, target: Target) -> None:
    """Refuse a threshold for a target that has not two classes."""
    if options.threshold is None or target.task == "binary":
        return
    what = "a quantity" if target.task == "regression" else f"{len(target.classes)} classes"
    raise InputError(
        f"A threshold ({options.threshold}) decides between two classes, but the target {target.name!r} is {what}. "
        "Leave it out."
    )


def _that_compares(
    metric: Metric, splits: Splits, y: np.ndarray, target: Target
) -> tuple[Metric, tuple[str, ...]]:
    """The metric, or the task's default where all validation rows of some fold leave it undefined; what was decided."""
    outputs = (len(target.classes),) if target.classes else ()
    lost = sum(not metric.is_defined(y[fold.valid], outputs) for fold in splits.folds if len(fold.valid))
    if not lost:
        return metric, ()
    usual = choose(None, target.task)
    of = f" of {lost} of {counted(len(splits.folds), 'fold')}" if len(splits.folds) > 1 else ""
    note = (
        f"{metric.name} is undefined on the validation rows{of}, where the target has one value only, so {usual.name} "
        f"takes its place; `honed evaluate` tells {metric.name} of other rows."
    )
    return usual, (note,)


def _idle(family: Family, source: Source, options: Options) -> list[str]:
    """A note on each way to encode rows that was asked for and changes nothing."""
    asked = dict.fromkeys([*options.encodings, str((options.settings or {}).get("encoding"))])
    found = family.idle_encodings(source)
    usual = family.encodings[0]
    return [
        f"The encoding {name!r} changes nothing here, so rows are encoded as by {usual!r}: {found[name]}."
        for name in asked
        if name in found
    ]


def check_encodings(family: Family, names: Sequence[str]) -> None:
    """Refuse ways to encode rows that the family has not."""
    known = family.encodings
    for name in names:
        if name not in known:
            raise InputError(
                f"No way to encode rows is called {name!r}.{nearest(name, known)} Of such data there are: "
                f"{', '.join(known)}."
            )


def check_words(options: Options) -> None:
    """Refuse what can be seen to make no run before any data are read."""
    check_numbers(options)
    sharing.check(options)
    check_encodings(find_family(options.family), options.encodings)
    if options.metric is not None and options.task is not None:
        choose(options.metric, options.task)


def check_numbers(options: Options) -> None:
    """Refuse a budget, trials, workers, lanes, a seed and a threshold that make no run."""
    if not 0 <= options.seed < _SEEDS:
        raise InputError(
            f"The seed is {options.seed}, but it must be from 0 to {_SEEDS - 1}, as Optuna's samplers take it. Give "
            "another number."
        )
    if options.budget is not None and not options.budget >= LEAST_BUDGET:
        raise InputError(
            f"The budget is {options.budget:g} seconds, but a run needs at least {LEAST_BUDGET:g}. "
            "Give a time such as 60s, 5m or 1h."
        )
    if options.threshold is not None:
        decision.rule(options.threshold)
    counts = (("trials", options.trials), ("workers", options.workers), ("lanes", options.lanes))
    for name, value in counts:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (is_whole and value >= 1):
            raise InputError(
                f"The number of {name} is {value!r}, but it must be a whole number of at least 1, or nothing would "
                "train."
            )
    if options.lanes is not None and options.lanes > _MOST_LANES:
        raise InputError(
            f"The number of lanes is {options.lanes:,}, but it may be {_MOST_LANES:,} at most: a generation has as "
            "many candidates, all proposed before one of them is known. Give fewer, or auto."
        )
