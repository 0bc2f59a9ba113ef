"""What a finished run knows about itself, as plain numbers and words: the content of `summary.json`.

Every page reads these facts and no other source, so that they agree. All parts but those of `Facts` marked
`Required` may be missing: a page says what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired, Required, TypedDict

from honed.settings import Value
from honed.typed import JSON

AND = " and "  # between the settings of one edit

Evidence = Literal["design rule", "default", "published default", "trials compared", "measured", "given"]


class Score(TypedDict, total=False):
    """A score on the outer rows, which no choice has seen, in the metric's units, with its 95 % interval.

    None where it is undefined: rows of one class have no ROC curve.
    """

    value: Required[float | None]
    low: float | None
    high: float | None
    heads: dict[str, float | None]  # of several targets each one's own, in the units of its metric


class Spread(TypedDict):
    """How far the scores of one candidate's networks lie apart, each on its own validation rows.

    `deviation` is their standard deviation; they differ by "fold", by "seed", or by "fold and seed".
    """

    networks: int
    low: float
    high: float
    deviation: float
    differ: str


class Network(TypedDict, total=False):
    """The best single network. `inputs` counts values after `encoding`, the family's; `hidden` is units by layer."""

    inputs: int
    encoding: str
    hidden: list[int]
    outputs: int
    activation: str
    numeric_embedding: str | None
    parameters: int
    epochs: int  # the epoch whose weights were kept; where that is part of one:
    passes: float  # over the training rows
    keeps_last: bool  # whether it is the last one by request, and not the best one
    spread: Spread  # where it was trained more than once


class Choice(TypedDict):
    """One setting of the network: its value, why, and what the reason rests on."""

    setting: str
    value: object
    reason: str
    evidence: Evidence


class Member(TypedDict, total=False):
    """One candidate that votes, in words, and its share of the prediction; shares sum to 1.

    Of several targets `heads` has its share in the answer to each, and `weight` is their mean.
    """

    name: Required[str]
    weight: Required[float]
    networks: int  # trained networks behind it: one for each fold or seed
    score: float  # on the validation rows
    network: str  # such as "3 × 128 relu"
    heads: list[float]


class Scores(TypedDict, total=False):
    """Scores of what was made and of what it must beat, on the same rows."""

    ensemble: Score
    network: Score
    default: Score
    boosting: Score
    linear: Score
    trivial: Score
    further: Score  # of a run trained on more rows: going on from its weights,
    anew: Score  # from the start,
    unchanged: Score  # and not at all


class Head(TypedDict):
    """One of several targets, and the metric that it has by itself."""

    target: str
    task: Literal["binary", "multiclass", "regression"]
    metric: str
    classes: list[str]
    reason: NotRequired[str]


class Beside(TypedDict):
    """A score of the best network where as many rows were shared out in another way.

    `how` is "random", where the outer rows are the newest, or "groups", where they are random; then `by` names the
    groups. `score` is of that network on `rows` of those rows, `network` of one such network on the outer rows; `says`
    is what the two mean together. With "given" `rows` are those given to validate on, `by` is their file, and both
    scores are of what predicts.
    """

    how: Literal["random", "groups", "given"]
    by: str
    rows: int
    score: Score
    network: Score
    says: str


class OverTime(TypedDict):
    """The score on stretches of time before the newest rows, `steps`, the oldest first, in the metric's units.

    `low` and `high` are to hold the score of rows to come nine times in ten (`honed.search.over_time`); `says` tells
    both.
    """

    steps: list[float]
    low: float
    high: float
    says: str


class Intervals(TypedDict):
    """What intervals of `level` hold on the outer rows: `coverage`, with its standard error `error`; mean `width`.

    They were learned from so many `units`, `of` which a new one is meant: "rows", or "groups", each counting once, in
    the coverage too. `rows` are the outer ones, from which the model's own intervals have learned as well.
    """

    level: float
    coverage: float
    error: float
    width: float
    rows: int
    units: int
    of: Literal["rows", "groups"]


class Decided(TypedDict):
    """What a decision between two classes comes to on rows that it has not seen.

    `found` and `missed` are positive rows by what they are called, `false` and `right` others. `value` is what the rule
    is about, and `likelier` the same where the likelier class is the answer; None where it is undefined.
    """

    rows: int
    found: int
    missed: int
    false: int
    right: int
    value: float | None
    likelier: float | None


class Decision(TypedDict):
    """From which probability on the `positive` class is the answer, and not the `negative` one.

    By the `rule`, "f1" or "cost:FP=1,FN=5", as `chosen_on` so many rows that did not train what predicts them.
    """

    positive: str
    negative: str
    threshold: float
    rule: str
    chosen_on: int
    unseen: NotRequired[Decided]  # on the rows of the score, where there are some


class Nested(TypedDict):
    """Rounds in each of which other rows are unseen: so many, and the rows that were unseen in one of them.

    The scores of a run are then of all of these; here are those of the first round alone, on its outer rows.
    """

    rounds: int
    rows: int
    scores: Scores


class Rows(TypedDict, total=False):
    """Where the rows went. `outer` rows gave the scores; `dropped` had no target."""

    train: int
    outer: int
    newest: str  # the column by which the outer rows are the newest; absent where they are not
    dropped: int
    folds: int
    repeats: int


KINDS = ("numeric", "date", "boolean", "categorical", "list", "words")  # of columns that a network sees


class Columns(TypedDict, total=False):
    """Columns by kind, and those left out with the reason; lists and texts are counted where there are some."""

    numeric: int
    date: int
    boolean: int
    categorical: int
    list: int
    words: int
    left_out: dict[str, str]


class Time(TypedDict, total=False):
    """What the run took. `seconds` and `budget` are wall-clock; `compiling` is a share of worker time."""

    seconds: float
    budget: float | None
    candidates: int  # tried, each of them a set of choices with a network for each fold and seed
    networks: int
    generations: int
    workers: int
    compiling: float


class Control(TypedDict):
    """The random edit of equal size beside an experiment: settings by name, and its effect."""

    edit: str
    effect: float | None


# "from" is a word of the language, so this one is not written as a class.
Experiment = TypedDict(
    "Experiment",
    {
        "finding": str,
        "edit": str,
        "from": Value,
        "to": Value,
        "parent": int,
        "child": int,
        "effect": float | None,
        "error": float | None,
        "low": float | None,
        "high": float | None,
        "won": bool,
        "control": Control | None,
    },
)
"""A candidate beside the same one with an edit, on the same folds, batches and seed.

`finding` advised the edit ("random": a control, or no advice was left). `edit` names the setting, `from` and `to` are
its values; of several settings `edit` joins the names by " and ", and the values are lists. `parent` and `child` are
the candidates' numbers. `effect` is by how much the validation loss fell, None where one of the two has none; `error`
its standard error and `low` to `high` its 95 % interval, None where it was not measured; `won` whether that is above 0.
The parent was chosen for its low loss, in part luck, so effects are on the careful side.
"""


class RunOptions(TypedDict):
    """What the user asked for, as `run.json` has it; see `honed fit --help`."""

    data: str
    target: str
    budget: float | None
    trials: int | None
    task: str | None
    metric: str | None
    positive: NotRequired[str | None]
    threshold: NotRequired[str | None]
    valid: str | None
    group: str | None
    group_stem: NotRequired[str | None]
    fold: NotRequired[str | None]
    time: NotRequired[str | None]
    no_time: NotRequired[bool]
    trend: NotRequired[bool | None]
    gap: NotRequired[str | None]
    nested: NotRequired[int | None]
    exclude: list[str]
    schema: NotRequired[dict[str, JSON] | None]
    as_is: NotRequired[bool]
    sheet: NotRequired[str | None]
    query: NotRequired[str | None]
    seed: int
    workers: int | None
    single: bool
    settings: dict[str, Value] | None
    further: NotRequired[list[str]]
    family: NotRequired[str | None]
    more: NotRequired[list[str]]
    refit: NotRequired[dict[str, JSON] | None]
    memory: NotRequired[int | None]


class RunFacts(TypedDict):
    """The content of `run.json`: what was asked for, of what data (SHA-256 of the file), and by which versions."""

    options: RunOptions
    fingerprint: str
    versions: dict[str, str]
    python: str
    machine: str
    processor: NotRequired[str]
    blas: NotRequired[str]
    paths: NotRequired[dict[str, str]]  # absolute: of "run", "data" and "valid" when it began


class Trial(TypedDict):
    """A fully trained candidate in `trials.json`: its mean validation loss, and what is not as by default."""

    number: int
    name: str
    loss: float | None
    folds: NotRequired[int]  # that the loss is a mean over
    network: dict[str, Value]
    training: dict[str, Value]
    target: str
    encoding: NotRequired[str]


class Trained(TypedDict, total=False):
    """What pages read in the journal's record of a training; curves are by epoch, or at those `passes`."""

    train_loss: Required[list[float | None]]
    valid_loss: Required[list[float | None]]
    best_epoch: Required[int]
    diverged: Required[bool]
    passes: list[float]
    loss: float | None
    candidate: str


def steps(entry: Mapping[str, JSON]) -> dict[str, tuple[Value, Value]]:
    """The value before and after of each setting that an experiment's edit changed."""
    names = entry["edit"].split(AND)
    if len(names) == 1:
        return {names[0]: (entry["from"], entry["to"])}
    return dict(zip(names, zip(entry["from"], entry["to"], strict=True), strict=True))


class Facts(TypedDict, total=False):
    """The content of `summary.json`."""

    data: str
    target: Required[str]
    task: Required[Literal["binary", "multiclass", "regression"]]
    task_reason: str
    metric: Required[str]
    positive: str | None  # the class that the metric is about, where it is about one
    greater_is_better: Required[bool]
    classes: list[str]
    heads: list[
        Head
    ]  # where there are several targets, of which `target`, `task` and `classes` are the first's
    state: Literal["running", "stopped", "done"]
    uses: Required[
        Literal["ensemble", "network", "further", "anew", "unchanged"]
    ]  # what `predict` answers with
    verdict: str  # one sentence: whether the search beat the default, and by how much
    network: Required[Network]
    choices: Required[list[Choice]]
    ensemble: list[Member]
    scores: Required[Scores]
    nested: Nested
    beside: Beside
    over_time: OverTime  # where rows follow time
    intervals: Intervals  # of a quantity
    decision: Decision  # between two classes, where a threshold was asked for
    rows: Required[Rows]
    columns: Columns
    time: Required[Time]
    ledger: list[Experiment]
    notes: list[str]
