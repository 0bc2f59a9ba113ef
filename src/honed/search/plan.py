"""How a budget is spent: `Plan`, made once from the table's size and the pace of the defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from honed.search.pace import PROBES_COMPILE
from honed.typed import JSON

SMALL = 4_000  # inner rows up to which trials are nearly free and luck is the danger
MEDIUM = 20_000  # rows up to which the final networks are trained again on all rows
_QUICK_ROWS = 10_000  # rows that the first rung of a large table sees
# Full trainings of a reference network that the exploring part should hold.
_TRAININGS, _TRAININGS_SMALL = 12, 40
_COMPILING, _LEAST_STRUCTURES = 0.10, 3  # share of worker time for compiling; programs whatever that allows
_EXPLORE, _CONFIRM, _REFIT = 0.58, 0.76, 0.94  # when each part ends, as a share of the budget
_EXPLORE_LARGE, _CONFIRM_LARGE = 0.72, 0.94  # large tables are not trained again at the end
_AGAIN, _MORE_SEEDS = 12, 3  # where the clock decides
_MOST_NETWORKS = 12  # of an ensemble; more would slow prediction for little
_BESIDE = 2  # that are scored beside an ensemble: the best network and the default
_NETWORKS_LARGE = 3  # of a large table, one of them with rows shared out otherwise
_EPOCHS_LEAST = 8, 2  # of a full training however short the budget is; of very many rows
_SEEN_LEAST = 400_000  # rows that those pass, where that is fewer epochs: some 400 steps
# Passes that a budget buys, which one generation of 8 epochs would take up: 12 candidates on samples, 4 on all rows.
# Where 75 passes were few, adult's area under the curve came to 0.9157 in 60 s with 3 candidates on samples, and to
# 0.9221 and 0.9296 (two seeds) with generations.
_FEW = 48
_SAMPLING = 1 / 3  # of the time at most, where passes are few
# Of a candidate on a sample, at least; reasoned, not measured: with fewer all are as bad.
_SAMPLE_SECONDS = 1.5
_SAMPLE_VISITS = 100_000  # rows, seen again or not
# Candidates: of more than 6 workers `_A_WORKER` for each, so that the second rung has one for each too.
_SAMPLED, _LEAST_SAMPLED = 24, 3
_LEAST_SAMPLE = 10_000  # rows
_PROGRAMS = 0.2  # of the time for samples, that may go into programs of their own
SAVING = 2.0  # seconds for what follows the last training beside answers
_CLOSING = 8.0  # the same where networks of many candidates are compared, whose predictions are read again
_MOST_RESERVED = 0.25  # of the budget
_LEAST_FINALISTS = 2  # with one worker too: the best of the samples and a published default
FEW_FINALISTS = 4  # finalists at most, of which it takes no time to speak of to choose who votes
# Times the pace seen: on all rows a program may have to be compiled anew, and a look inside a network costs more.
SLACK = 1.2
# Of a look inside the best network where passes are few: epochs, and rows, as many as there is time for. So each epoch
# has nine whole steps of 256 rows at least. It may take `_LOOK_SHARE` of the budget from finalists.
LOOK_EPOCHS, LOOK_ROWS = 8, (12_500, 6_250, 2_500)
VALIDATED = (
    3  # rows answered in the time that one takes to train, as no gradient is computed: reasoned, not measured
)
_LOOK_SHARE = 0.02
# What is kept at least where little seems to follow, as a share of the budget and in seconds, whichever is less: for
# training again; for linear model and boosting, which learn from a bounded number of rows; for these and confirming.
_LEAST_AGAIN, _BASELINES, _LEAST_CONFIRMING = (0.04, 10.0), (0.03, 20.0), (0.05, 30.0)
_EXPLORED, _CONFIRMED = 0.45, 0.6  # shares of the budget that those parts have whatever follows them
_RIVALS_END = 0.97  # of a budget at least: when linear model and boosting have to be there
MUCH = 2.0  # times the time, for which all is trained again by a plan of its own
_GENERATIONS = 16  # so many at least where many trials are asked for
_A_WORKER = 4  # candidates of a generation for each worker, where there are many: with 2, some idle for long
# Of candidates that have ended, those on which a proposal rests at most: its cost grows with them. And of a generation,
# so many are asked of the study, whose proposals are made while all workers wait (`benchmarks/cluster.py`).
_READ, _ASKED = 500, 128


class Took(NamedTuple):
    """Seconds that a training of the leaders has taken on one fold, in the mean: to its end, and to its best epoch."""

    full: float
    best: float


@dataclass(frozen=True)
class Plan:
    """The rungs and their sizes.

    Attributes
    ----------
    epochs : passes of a full training.
    quick_epochs, quick_rows : the first rung: a whole, shorter schedule, on a sample of large tables.
    folds : how many folds a full training is repeated on.
    generation : candidates in one generation, of which `promoted` would reach the full rung, all of them proposed by
        the study; where `edits` of them are the coach's, which train in full, as much fewer.
    new_structures, structures : programs that a generation may add, and most in all.
    leaders : candidates confirmed on `more` further folds or seeds, or as many as there is time for.
    refit : whether the chosen networks are trained again on all rows.
    refit_seeds : how often each of them, at most, or as often as there is time for.
    networks : so many trained again are waited for.
    explore_end, confirm_end, refit_end : shares of the budget; the first two until networks have been fully
        trained, whose pace then says better (`ends`), the last one where `reserve` does not (`last_end`).
    finalists : where passes are few, how many networks are trained on all rows at most, each to the end of the time:
        one a worker, and two with one worker; 0 where they are not few, and the next fields then mean nothing.
    sample_seconds : of each candidate on its first sample.
    row_seconds : that a row takes the costliest default in one pass.
    visits : of rows by that default, that the time would buy.
    reserve : seconds for what follows the last training; 0 in runs of before plans said so.
    look : the same for a look inside the best network, of few passes alone; 0 where it would cost too much of them.
    growth : all rows, over those that a finalist trains on before it is trained on all.
    beside : whether one of them is trained on rows that are shared out otherwise, for a score beside.
    patient : whether finalists stop early as their recipes do, as in runs of before plans said so; else each trains
        to the end of the time.
    read : candidates on which a proposal rests at most (`Space.propose`); 0 for all.
    asked : so many of a generation are asked of the study at most, once networks have been fully trained; 0 for all.
    by_looks : whether the defaults are trained in the order of what short looks at them have told; in runs of before
        plans said so in their own.
    ways : whether other ways to encode rows are tried that suit the data (`honed.search.ways`).
    overlap : whether a generation is proposed and begun while the best of the one before are fully trained, so by what
        is known of earlier ones.
    """

    epochs: int
    quick_epochs: int
    quick_rows: int | None
    folds: int
    generation: int
    promoted: int
    new_structures: int
    structures: int
    leaders: int
    more: int
    refit: bool
    refit_seeds: int
    edits: int = 0
    networks: int = _MOST_NETWORKS
    explore_end: float = _EXPLORE
    confirm_end: float = _CONFIRM
    refit_end: float = _REFIT
    finalists: int = 0
    sample_seconds: float = 0.0
    row_seconds: float = 0.0
    visits: float = 0.0
    reserve: float = 0.0
    look: float = 0.0
    growth: float = 1.0
    beside: bool = False
    patient: bool = True
    by_looks: bool = False
    ways: bool = False
    overlap: bool = False
    read: int = 0
    asked: int = 0

    def to_json(self) -> dict[str, JSON]:
        """Plain values."""
        return asdict(self)

    def extended(self, longer: Plan, growth: float) -> Plan:
        """The plan once there is more time: what one run of the whole time would have, `longer`, if that is much more.

        Other epochs or folds ask for every training once more, so they change only where as much time has come as
        there was; what is only added to what is there always does.

        Parameters
        ----------
        growth : the whole time over that for which this plan was made.
        """
        if (
            growth >= MUCH or longer.finalists or self.finalists
        ):  # whose trainings are of a time, not of epochs
            return longer
        return replace(
            self,
            structures=max(self.structures, longer.structures),
            refit_seeds=max(self.refit_seeds, longer.refit_seeds),
        )

    def edits_among(self, size: int) -> int:
        """How many of a generation of that size are edits; not all, as there may be nothing left to edit."""
        return min(round(self.edits * size / self.generation), max(size - 1, 0))

    def promoted_among(self, size: int) -> int:
        """How many of a generation of that size reach the full rung."""
        return max(1, round(self.promoted * size / self.generation))

    def ends(
        self,
        budget: float | None,
        took: Took | None,
        *,
        workers: int,
        growth: float,
        single: bool,
        focused: int = 0,
        others: int = 0,
    ) -> tuple[float, float]:
        """When exploring and confirming end, as shares of the budget.

        The plan's guess until networks have been fully trained; then what is left over by the work that has to
        follow, at the pace seen: every leader on more folds or with more seeds, and a full ensemble on all rows.

        Parameters
        ----------
        took : what the leaders took; None where none is fully trained.
        growth : rows that a network is trained on again, over those of one fold's training part.
        single : whether one network will predict. focused : candidates that are trained for one target alone.
        others : trainings at the end beside those that predict.
        """
        if budget is None or took is None or self.finalists:
            return self.explore_end, self.confirm_end
        confirming, again = (
            seconds / budget
            for seconds in self.following(
                took, workers=workers, growth=growth, single=single, focused=focused, others=others
            )
        )
        rivals, last = _kept(_BASELINES, budget), self.last_end(budget)
        if not self.refit:
            due = last - rivals - again
            confirming = self._whole(confirming, due - self.explore_end, focused)
            return max(self.explore_end, due - confirming), max(self.confirm_end, due)
        confirm_end = max(_CONFIRMED, last - max(again, _kept(_LEAST_AGAIN, budget)))
        confirming = self._whole(confirming, confirm_end - rivals - _EXPLORED, focused)
        before = max(rivals + confirming, _kept(_LEAST_CONFIRMING, budget))
        return max(_EXPLORED, confirm_end - before), confirm_end

    def _whole(self, confirming: float, room: float, focused: int) -> float:
        """What confirming takes of that room, in whole rounds: half of one counts for nobody.

        Those trained for one target alone, which come first, take what there is.
        """
        if focused or not self.more or not confirming:
            return min(confirming, max(0.0, room))
        a_round = confirming / self.more
        return min(self.more, int(max(0.0, room) / a_round)) * a_round

    def last_end(self, budget: float | None) -> float:
        """When the last training ends, as a share of the budget: of a long one all but the seconds that follow it."""
        if not budget or not self.reserve:
            return self.refit_end
        return max(self.refit_end, 1 - self.reserve / budget)

    def rivals_end(self, budget: float | None, confirm_end: float) -> float:
        """When linear model and boosting have to be there, as a share of the budget.

        They have at most half of the time from `confirm_end` on where networks are trained again, which is worth more.
        """
        last = _RIVALS_END if self.finalists else max(_RIVALS_END, self.last_end(budget))
        return (confirm_end + last) / 2 if self.refit else last

    def following(
        self,
        took: Took,
        *,
        workers: int,
        growth: float,
        single: bool,
        focused: int = 0,
        others: int = 0,
    ) -> tuple[float, float]:
        """Seconds to confirm every leader on more folds, and those of the last trainings; parameters as of `ends`.

        Those for one target alone are trained on the folds of all others before that.
        """
        confirming = (self.leaders + 1 + focused) * self.more + focused * self.folds
        again = took.best * growth * (1 if single else self.networks) if self.refit else 0.0
        slack = SLACK / workers
        return slack * took.full * confirming, slack * (again + took.full * others)


def _kept(least: tuple[float, float], budget: float) -> float:
    """The share of the budget that is kept where that is a share and so many seconds, whichever is less."""
    share, seconds = least
    return min(share, seconds / budget)


def most_networks(members: int, heads: int) -> int:
    """Networks of one member of an ensemble of so many; all heads have as many as a model of one target each would."""
    return max(1, heads * _MOST_NETWORKS // members)


def make(
    *,
    rows: int,
    train_rows: int,
    folds: int,
    budget: float | None,
    trials: int = 0,
    workers: int,
    lanes: int = 1,
    epoch_seconds: float,
    compile_seconds: float,
    used: float = 0.0,
    validated: float = 0.0,
    scored: float = 0.0,
    coached: bool = False,
    newest: bool = False,
    beside: bool = False,
    again: bool = True,
    inside: bool = False,
) -> Plan:
    """A plan.

    Parameters
    ----------
    rows : all rows; `train_rows` those of one fold's training part; `folds` how many folds there are.
    budget : seconds that are left, or None when `trials` is given and the clock must not matter, nor who works.
    trials : candidates in all. Many make larger generations, as many workers do where there is a budget, so that fewer
        of them wait for the last one of a generation.
    workers : trainings at a time, or `lanes` times as many. With lanes a generation is as large as that, or, where
        `trials` are given, as there are lanes.
    epoch_seconds : time of one pass of the reference network over `train_rows`, on one core.
    compile_seconds : time to compile one program while the other workers compile too; less from a cache.
    used : seconds that are gone already, as to read the rows; they and `budget` are the whole.
    validated, scored : seconds of one network's answers to the rows that validate, and to those kept for the score.
    coached : whether part of each generation after the first edits the leaders, so that generations are small.
    newest : whether the newest rows are scored: large tables are then trained again too, up to the last row.
    beside : whether there is another way to share the rows out, whose score is told beside.
    again : whether what was chosen is trained again on all rows at all, as it is to predict.
    inside : whether the best network is to be looked at inside.
    """
    small, medium = train_rows <= SMALL, rows <= MEDIUM
    if budget is None:
        epochs = 64 if small else 32 if medium else 12
        full_folds = min(folds, 3 if small else 1)
    else:
        explore = workers * budget * (_EXPLORE if medium else _EXPLORE_LARGE)
        epochs = int(
            min(
                max(
                    explore / (_TRAININGS_SMALL if small else _TRAININGS) / epoch_seconds, _least(train_rows)
                ),
                64 if small else 128,
            )
        )
        one = 4 * epochs * epoch_seconds
        full_folds = int(min(max(explore / 6 / one, 3), folds, 5)) if small else 1
    if budget is not None and again and buys_few_passes(rows, budget, workers, epoch_seconds):
        answers = validated, scored * (2 if beside else 1)
        look = 0.0
        if inside:
            others = rows - train_rows  # of which some validate
            look = _look(others, used + budget, validated, epoch_seconds / train_rows, compile_seconds)
        few = _of_few_passes(
            train_rows, budget, used, answers, workers, epoch_seconds, compile_seconds, newest, look
        )
        return replace(few, growth=rows / train_rows, beside=beside)
    generation, promoted, edits = (6, 3, 4) if coached else (24, 6, 0) if small else (12, 4, 0)
    many = trials // _GENERATIONS if budget is None else _A_WORKER * workers * (2 * workers > generation)
    if lanes > 1:
        many = max(many, lanes if budget is None else lanes * workers)
    wide = max(1.0, many / generation)
    return Plan(
        epochs=epochs,
        quick_epochs=_quick_epochs(epochs, small, medium),
        quick_rows=None if medium else _QUICK_ROWS,
        folds=full_folds,
        generation=round(wide * generation),
        promoted=round(wide * promoted),
        edits=round(wide * edits),
        overlap=wide > 1 and not coached,
        by_looks=True,
        ways=True,
        read=_READ,
        asked=_ASKED,
        new_structures=2 if small else 3,
        structures=12
        if budget is None
        else max(_LEAST_STRUCTURES, int(_COMPILING * workers * budget / compile_seconds)),
        leaders=4 if small else 3,
        more=_more(small, folds, full_folds, budget),
        refit=again and (medium or newest),
        refit_seeds=_NETWORKS_LARGE
        if newest and not medium and budget is not None
        else _seeds(small, medium, budget),
        networks=_MOST_NETWORKS if medium else _NETWORKS_LARGE,
        explore_end=_EXPLORE if medium and again else _EXPLORE_LARGE,
        confirm_end=_CONFIRM if medium and again else _CONFIRM_LARGE,
        reserve=_CLOSING + (_MOST_NETWORKS + _BESIDE) * scored,  # which answer one after another
    )


def buys_few_passes(rows: int, budget: float, workers: int, epoch_seconds: float) -> bool:
    """Whether many candidates on all rows would each have too few steps (`honed.search.few_passes`); as for `make`."""
    return rows > MEDIUM and workers * budget < _FEW * epoch_seconds


def _of_few_passes(
    rows: int,
    left: float,
    used: float,
    answers: tuple[float, float],
    workers: int,
    epoch_seconds: float,
    compile_seconds: float,
    newest: bool,
    look: float,
) -> Plan:
    """The plan where a budget buys few passes over the rows: `honed.search.few_passes`."""
    row_seconds = epoch_seconds / rows
    finalists = max(workers, _LEAST_FINALISTS)
    saving = SAVING if finalists <= FEW_FINALISTS else _CLOSING
    validated, scored = answers  # finalists validate side by side, and those that vote are scored in turn
    closing = saving + validated + min(finalists, _MOST_NETWORKS + _BESIDE) * scored
    reserve = min(closing, _MOST_RESERVED * (used + left))
    explore = _SAMPLING * max(0.0, left - reserve - look)
    structures = max(_LEAST_STRUCTURES, int(_COMPILING * workers * left / compile_seconds))
    # Two rungs of equal time, the second of which has a quarter of the candidates.
    each = max(_SAMPLE_SECONDS, _SAMPLE_VISITS * row_seconds)
    count = min(int(workers * explore / 2 / each), max(_SAMPLED, _A_WORKER * workers))
    if count < _LEAST_SAMPLED:  # nothing could be told
        count, explore = 0, 0.0
    passes = (1 - _SAMPLING) * left / epoch_seconds
    return Plan(
        epochs=max(1, round(passes)),
        quick_epochs=max(1, round(passes**0.5)),
        quick_rows=_LEAST_SAMPLE,
        folds=1,
        generation=count,
        promoted=max(2, round(count / 4)),
        new_structures=min(3, int(_PROGRAMS * workers * explore / compile_seconds)),
        structures=structures,
        leaders=1,
        more=0,
        refit=newest,
        refit_seeds=1,
        networks=1,
        explore_end=(used + explore) / (used + left),
        confirm_end=(used + explore) / (used + left),
        refit_end=1.0,
        finalists=finalists,
        ways=True,
        patient=False,
        sample_seconds=round(min(1.0, workers / count) * explore / 2, 3) if count else 0.0,
        row_seconds=row_seconds,
        reserve=reserve,
        look=look,
        visits=workers * left / epoch_seconds * rows,
    )


def _look(others: int, budget: float, validated: float, row_seconds: float, compile_seconds: float) -> float:
    """Seconds to keep for a look inside the best network; 0 where even a short one costs too much of the budget.

    Parameters
    ----------
    others : rows that do not train, of which some validate. validated : seconds of the answers to these at its end.
    """
    for rows in LOOK_ROWS:
        trained = LOOK_EPOCHS * (rows + others / VALIDATED) * row_seconds
        seconds = SLACK * (PROBES_COMPILE * compile_seconds + trained) + validated
        if seconds <= _LOOK_SHARE * budget:
            return round(seconds, 3)
    return 0.0


def _least(rows: int) -> int:
    """Epochs that a full training on so many rows has at least."""
    usual, fewest = _EPOCHS_LEAST
    return min(usual, max(fewest, round(_SEEN_LEAST / rows)))


def _quick_epochs(epochs: int, small: bool, medium: bool) -> int:
    """Passes of the first rung: a third of a full training, as in Hyperband (arXiv 1603.06560), of long ones less."""
    third = max(3, epochs // 3)
    return max(min(third, 10), epochs // (6 if small else 4)) if medium else third


def _seeds(small: bool, medium: bool, budget: float | None) -> int:
    """How often each network is trained again on all rows."""
    if not medium:
        return 1
    return _AGAIN if budget is not None else 4 if small else 2


def _more(small: bool, folds: int, full_folds: int, budget: float | None) -> int:
    """Folds that confirm, or seeds where there is one fold only."""
    if folds == 1:
        return 1 if budget is None else _MORE_SEEDS
    return folds - full_folds if small or budget is not None else min(2, folds - full_folds)
