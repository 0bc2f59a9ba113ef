"""What a page tells, as types: `Story` and its parts. `story` fills them in; `html` draws them, `--json` prints them.

Each part is JSON-able; "says" is one sentence computed from the numbers beside it. A part that is not known is None.
The file is longer than others because it is the whole page in one place, and holds types alone.
"""

from __future__ import annotations

from typing import Literal, NotRequired, Required, TypedDict, final

from honed.report.facts import Choice, Control, Decision, Intervals, Member
from honed.typed import JSON

State = Literal["done", "stopped", "running", "failed", "interrupted"]
Numbers = list[float | None]  # None for what is no number

# The answer


class Title(TypedDict):
    """What is predicted, from what; `task` is "" as long as nobody knows, `classes` 0 for a quantity."""

    target: str
    data: str
    task: str
    classes: int


class NamedScore(TypedDict):
    """A score on the outer rows in the metric's units, with its 95 % interval; `used` for that of what predicts."""

    name: str
    title: str
    used: bool
    low: float | None
    high: float | None
    value: float


class NetworkPicture(TypedDict):
    """Layers of the best network from inputs to outputs, by name, each with its units."""

    sizes: list[tuple[str, int]]
    says: str


class OfHead(TypedDict):
    """Of one of several targets its own metric, and the scores in it by title."""

    target: str
    metric: str
    scores: dict[str, float]


class Answer(TypedDict):
    """What came of the run; `rows` gave the scores (`where`), `warning` is "" unless a constant answer does as well.

    `heads` has what each of several targets is known by itself; none where there is one.
    """

    title: Title
    says: str
    metric: str
    positive: str | None
    greater_is_better: bool
    rows: int | None
    where: str
    scores: list[NamedScore]
    scores_say: str
    warning: str
    intervals: Intervals | None
    intervals_say: str
    decision: Decision | None
    decision_says: str
    verdict: str | None
    network: NetworkPicture | None
    next: list[str]
    notes: list[str]
    ensemble: list[Member]
    heads: list[OfHead]


# Why


class Choices(TypedDict):
    """The settings of the network, each with its reason."""

    says: str
    choices: list[Choice]


class Change(TypedDict):
    """An experiment of the ledger, see `honed.report.facts.Experiment`; `words` says its edit."""

    finding: str
    effect: float | None
    low: float | None
    high: float | None
    won: bool
    control: Control | None
    words: str


class Ledger(TypedDict):
    """What each change bought, the most first."""

    says: str
    experiments: list[Change]


class Advised(TypedDict):
    """A finding, see `honed.findings.Finding`; `options` are its advice as words of a command line."""

    id: str
    severity: str
    what: str
    why: str
    action: str
    reference: str
    options: str


class Share(TypedDict):
    """The share, 0 to 1, of what set the trials' losses apart that one setting explains alone."""

    setting: str
    share: float


class Importance(TypedDict):
    """Which settings mattered, the most first, over so many trials."""

    says: str
    method: str
    trials: int
    settings: list[Share]


Place = tuple[
    int, float, str
]  # a training: the how many-th that ended, its score on validation rows, its name


class History(TypedDict):
    """Trainings as they ended: of the first rung and in full; `best` is the best full score so far, one for each."""

    says: str
    quick: list[Place]
    full: list[Place]
    best: list[float]
    improving: bool


class Leader(TypedDict):
    """Losses of a candidate's first network; `gap` is training over validation loss where it was kept.

    They are by epoch, or after so many `passes` over the rows where these are many.
    """

    number: int
    name: str
    score: float | None
    train: Numbers
    valid: Numbers
    passes: NotRequired[list[float]]
    best_epoch: int
    diverged: bool
    gap: float | None


class Curves(TypedDict):
    """The best networks' learning curves."""

    says: str
    leaders: list[Leader]


class RangeTest(TypedDict, total=False):
    """The loss while the learning rate grows, see `honed.train.range_test`; `rate` is the one that was chosen."""

    says: Required[str]
    rates: Required[list[float]]
    losses: Required[Numbers]
    rate: float | None


class BatchSearch(TypedDict):
    """Rows a second by batch size, see `honed.train.batch_search`; `batch_size` is the one that was chosen."""

    says: str
    sizes: list[int]
    rows_per_second: list[float]
    batch_size: int


class ThroughTime(TypedDict):
    """Gradient of what drives a recurrent layer (epochs, back), by `back`: how many steps before the last."""

    says: str
    back: list[int]
    gradient: list[Numbers]


@final
class Layers(TypedDict):
    """Measures by layer (epochs, layers) at the first, a middle and the last probed epoch.

    `through_time` has a place for each recurrent layer.
    """

    says: str
    epochs: list[int]
    gradient: list[Numbers]
    update: NotRequired[list[Numbers]]
    activation_mean: NotRequired[list[Numbers]]
    activation_std: NotRequired[list[Numbers]]
    dead: NotRequired[list[Numbers]]
    saturated: NotRequired[list[Numbers]]
    through_time: NotRequired[list[ThroughTime]]


@final
class Span(TypedDict):
    """A setting that is a number, from low to high; `log` where its axis is logarithmic."""

    name: str
    low: float
    high: float
    log: bool


@final
class Levels(TypedDict):
    """A setting with few values, in words."""

    name: str
    levels: list[str]


Axis = Span | Levels


class Line(TypedDict):
    """A trial over the axes: one place from 0 to 1 on each; `strength` is 0 for the worst to 1 for the best."""

    name: str
    places: list[float]
    strength: float


class Settings(TypedDict):
    """The settings that differ between trials, and the trials as lines over them."""

    says: str
    axes: list[Axis]
    trials: list[Line]


class Why(TypedDict):
    """Why the network is as it is, and how it came about."""

    choices: Choices | None
    ledger: Ledger | None
    findings: list[Advised] | None
    importance: Importance | None
    curves: Curves | None
    range_test: RangeTest | None
    batch_search: BatchSearch | None
    layers: Layers | None
    settings: Settings | None
    history: History | None


# The model on the data


class Mistaken(TypedDict):
    """So many rows of a class that were called another one, with one of them."""

    truth: str
    said: str
    count: int
    example: Shown


class Confusion(TypedDict):
    """Rows of each true class (first) that were called each class; of pictures the commonest mistakes with examples."""

    says: str
    matrix: list[list[int]]
    classes: list[str]
    mistakes: NotRequired[list[Mistaken]]


# "class" and "false" are taken or unlucky as attributes, so these are not written as classes.
RocCurve = TypedDict("RocCurve", {"class": str, "false": list[float], "true": list[float], "area": float})
RecallCurve = TypedDict(
    "RecallCurve",
    {"class": str, "recall": list[float], "precision": list[float], "area": float, "share": float},
)


class Roc(TypedDict):
    """Found against false alarms, a curve for each class."""

    says: str
    curves: list[RocCurve]


class PrecisionRecall(TypedDict):
    """Right among those called so against found, a curve for each class."""

    says: str
    curves: list[RecallCurve]


class Bin(TypedDict):
    """Rows of about one probability: what was said on average, what happened, and its 95 % interval."""

    said: float
    happened: float
    low: float
    high: float
    rows: int


class Calibration(TypedDict):
    """Whether probabilities can be believed; `error` is their mean distance from what happened."""

    says: str
    of: str
    error: float
    bins: list[Bin]


class Predicted(TypedDict):
    """Truth and answers of some rows, in the target's units."""

    says: str
    r2: float
    median_error: float
    truth: list[float]
    told: list[float]


class Residuals(TypedDict):
    """Truth less answer: counts between edges, and of some rows; `spread` compares high answers with low ones."""

    says: str
    spread_says: str
    spread: float
    mean: float
    edges: list[float]
    counts: list[int]
    told: list[float]
    rest: list[float]


class Amount(TypedDict):
    """A named number, with its 95 % interval where it has one."""

    name: str
    value: float
    low: NotRequired[float]
    high: NotRequired[float]


class ColumnImportance(TypedDict):
    """What shuffling each of the leading columns adds to the error."""

    says: str
    unit: str
    rows: int
    repeats: int
    columns: list[Amount]


class Effect(TypedDict):
    """The mean answer with one column set to each value in all rows, and the middle half of the answers."""

    says: str
    column: str
    kind: Literal["numeric", "levels"]
    of: str
    values: list[JSON]  # numbers of a numeric column, else words
    mean: list[float]
    low: list[float]
    high: list[float]


class Shown(TypedDict, total=False):
    """What tells a row from others: cells of a table; or a picture, as an address that holds it, and its name."""

    cells: dict[str, str | None]
    picture: str
    name: str


class WorstRow(Shown):
    """A row, counted from 1, with its loss; `sure` is the probability of the class that was said."""

    row: int
    loss: float
    truth: str | float
    said: str | float
    sure: float | None


class Worst(TypedDict):
    """The rows whose loss is greatest; `share` is the part of the loss that the worst twentieth makes.

    `of` is what rows are that are shown as pictures, where they are no pictures themselves.
    """

    says: str
    share: float
    rows: list[WorstRow]
    of: NotRequired[str]


class ClassMeasures(TypedDict):
    """What is measured of classes."""

    confusion: Confusion
    roc: Roc | None
    precision_recall: PrecisionRecall | None
    calibration: Calibration


class ValueMeasures(TypedDict):
    """What is measured of values."""

    predicted: Predicted
    residuals: Residuals


class Filters(TypedDict):
    """Filters of the first layer as pictures, each an address that holds it."""

    says: str
    pictures: list[str]


class _Seen(TypedDict):
    says: str
    rows: int
    classes: list[str]
    importance: ColumnImportance | None
    effects: list[Effect]
    worst: Worst
    filters: NotRequired[Filters]


@final
class UnseenClasses(_Seen, ClassMeasures):
    """A model of classes on rows that neither training nor any choice has seen."""


@final
class UnseenValues(_Seen, ValueMeasures):
    """A model of values on such rows."""


@final
class NotShown(TypedDict):
    """Why the model is not shown on the data."""

    says: str


class OfTarget(TypedDict):
    """A model of several targets on such rows, as it answers one of them."""

    target: str
    unseen: UnseenClasses | UnseenValues | NotShown


@final
class UnseenOfSeveral(TypedDict):
    """A model of several targets on such rows."""

    says: str
    targets: list[OfTarget]


Unseen = UnseenClasses | UnseenValues | UnseenOfSeveral | NotShown

# The data, and how to do it again


class TableTarget(TypedDict):
    """The target, and why it is a task of that kind."""

    name: str
    task: str
    reason: str


class TableRows(TypedDict):
    """Where the rows went, as far as known; see `honed.report.facts.Rows`."""

    all: int
    dropped: int
    train: NotRequired[int]
    outer: NotRequired[int]
    folds: NotRequired[int]
    repeats: NotRequired[int]


class LeftOut(TypedDict):
    """A column that is no input, and why."""

    name: str
    kind: str
    reason: str


class TableColumn(TypedDict):
    """What a column was taken for, and why.

    `unit` is "" where none is known; of the empty cells, which `missing` counts, `taken_as_empty` hold
    `words_for_empty`; `examples` are some cells as the table has them.
    """

    name: str
    kind: str
    unit: str
    missing: int
    taken_as_empty: int
    words_for_empty: list[str]
    distinct: int
    reason: str
    examples: list[str]


class Table(TypedDict):
    """The table: `kinds` counts the columns that are used, `missing` the empty cells.

    `further` are the targets beside the main one.
    """

    says: str
    target: TableTarget
    further: list[TableTarget]
    rows: TableRows
    kinds: dict[str, int]
    missing: int
    left_out: list[LeftOut]
    columns: list[TableColumn]


class Reproduce(TypedDict):
    """How to do it again: the command line, SHA-256 of the data, versions and machine."""

    command: str
    data: str
    fingerprint: str
    seed: int
    versions: dict[str, str]
    python: str
    machine: str
    processor: str
    blas: str
    device: str
    seconds: float | None
    says: str


class Story(TypedDict):
    """Everything that a report says; `left_out` holds a sentence for each part that failed."""

    run: str
    state: State
    answer: Answer
    why: Why
    unseen: Unseen
    table: Table | None
    reproduce: Reproduce | None
    left_out: list[str]
