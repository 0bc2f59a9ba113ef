"""What a run is asked to do: `Options`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from honed.device import Precision
from honed.encode.target import TargetKind
from honed.run import paths
from honed.settings import Value
from honed.typed import JSON

Proposer = Literal["coach", "random", "tpe"]

# Knobs that may be searched beside rate, batch, activation and embedding, and those that are: other optimizers and
# normalization have not been seen to pay for the trials that they take from the rest (`benchmarks/knobs.py`).
GROUPS = ("shape", "normalization", "penalties", "optimizer", "schedule")
DEFAULT_GROUPS = ("shape", "penalties", "schedule")
# What a user may say of a table's columns, as `honed.table.columns.infer` takes it.
OF_COLUMNS = ("exclude", "categorical", "numeric", "date", "lists", "texts", "missing", "schema")


@dataclass(frozen=True)
class Voter:
    """A candidate of a finished run that votes in its model: its settings, as `Candidate.settings` tells them.

    `epochs` are those that it was trained for, of many rows passes over them; `kinds` says how each target
    is learned, and `focus` is the one of several that it was trained for alone.
    """

    number: int
    name: str
    network: dict[str, Value]
    training: dict[str, Value]
    target: TargetKind
    encoding: str
    epochs: float
    kinds: tuple[TargetKind, ...] = ()
    focus: str = ""


@dataclass(frozen=True)
class Refit:
    """The finished run whose settings are trained on more rows.

    Attributes
    ----------
    run : its folder. fingerprint : that of its table. schema : how it reads it (`Schema.to_json`).
    voters : the candidates that vote in its model.
    alone : why its table is not there any more, in a sentence; empty where it is.
    """

    run: str
    fingerprint: str
    schema: dict[str, JSON]
    voters: tuple[Voter, ...]
    alone: str = ""


@dataclass(frozen=True)
class Options:
    """What the user asked for; see `honed fit --help`.

    `data` is a path, a pattern or several of them in one word (`honed.run.paths`), or the address of a database;
    `encodings` names ways to encode rows that a search tries beside the usual one (`honed.family.Family.encodings`),
    empty: those that suit the data are tried, each once;
    `further` names targets beside the main one, which one network predicts together with it;
    `threshold` is the rule of a decision between two classes (`honed.model.decision`), None for the likelier class;
    `budget` in seconds or `trials`, one of them; `workers` None means one for each core or GPU, and `lanes` are how
    many networks of equal shape each of them trains side by side, None for what suits the device; `schema` holds
    statements on columns (`honed.table.said.statements`), `missing` words for an empty cell; `group_stem` says
    which part of a cell names its group (`honed.table.stems.of`); `fold` names a column of folds; `time` names the
    column along which rows are shared out, `no_time` says that none is, `trend` whether what only grows with time is an
    input (None for what a quick fit says), and `gap` is what lies unused between
    (`honed.table.order.gap_of`); `nested` is in how many searches rows are unseen in turn, 0 for one (runs of before
    there were rounds had one) and None for rounds of what it chose where that suits the table; `searched` names the
    groups of knobs that are searched; `sheet` is that of a workbook; `query`
    is what is asked of a database, whose address `data` is, without a password;
    `proposer` says whether generations after the first are edits by the coach in part, random edits in their place, or
    Optuna's proposals alone; `cluster` names the Ray cluster to work on, None for processes of this machine; `device`
    says where networks are trained (`honed.device.ASKED`) and `precision` in what a GPU multiplies matrices; `family`
    is the address of the `honed.family.Family` to train, None for that of tables; `own` is what that family alone
    understands, by name; `log` names the destinations that the run is logged to (`honed.logs.asked.words`); `refit` is
    the finished run that is trained on more rows, and `more` names the files of rows that came after its table;
    `memory` is how many bytes were free as the run began, by which its table is held in memory or streamed ever after,
    None where that was plenty (`honed.families.table.streamed.scarce`).
    """

    data: str
    target: str
    budget: float | None = None
    trials: int | None = None
    task: str | None = None
    metric: str | None = None
    valid: str | None = None
    group: str | None = None
    group_stem: str | None = None
    fold: str | None = None
    time: str | None = None
    no_time: bool = False
    trend: bool | None = None
    gap: str | None = None
    nested: int | None = 0
    exclude: tuple[str, ...] = ()
    positive: str | None = None
    threshold: str | None = None
    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    schema: dict[str, JSON] | None = None
    as_is: bool = False
    sheet: str | None = None
    query: str | None = None
    seed: int = 0
    workers: int | None = None
    lanes: int | None = None
    cluster: str | None = None
    single: bool = False
    settings: dict[str, Value] | None = None
    searched: tuple[str, ...] = DEFAULT_GROUPS
    proposer: Proposer = "tpe"
    family: str | None = None
    own: dict[str, JSON] | None = None
    log: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    refit: Refit | None = None
    further: tuple[str, ...] = ()
    encodings: tuple[str, ...] = ()
    device: str = "cpu"
    precision: Precision = "float32"
    memory: int | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """All of them, the main one first."""
        return (self.target, *self.further)

    @property
    def named(self) -> str:
        """The data as messages have them."""
        return paths.shown(self.data)

    @property
    def named_valid(self) -> str:
        """The data to validate on as messages have them; empty where none were given."""
        return paths.shown(self.valid or "")

    @property
    def is_by_hand(self) -> bool:
        """Whether they are of one network with given settings (`honed train`)."""
        return self.budget is None and self.trials is None and self.refit is None
