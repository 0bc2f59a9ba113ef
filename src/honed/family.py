"""What a family of networks is: `Family`, and its part that training asks, `Networks`.

Training, the search and the report know nothing else of a family; they get one by its address (`find_family`). The
first is that of tables, `honed.families.table`. One with plain networks of its own may inherit what most have in common
from `honed.families.plain`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypedDict

import numpy as np

from honed.errors import InputError
from honed.findings import Finding
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Int, Int32, Real, Shaped

    from honed.report.facts import Network, RunFacts
    from honed.report.parts import Unseen
    from honed.search.options import Options
    from honed.table.columns import Schema
    from honed.table.order import Times
    from honed.table.probable import Probable
    from honed.table.split import Splits
    from honed.train.recipe import Preset
    from honed.train.spec import TrainingSpec

Array = Any  # of JAX inside a compiled program, of NumPy before and after it
Parameters = dict[str, Array]  # arrays by name, flat
Rows = Any  # encoded rows: a tree of arrays (rows, ...), as `jax.tree` knows them
Cells = Any  # one each row: a list, an array or a column of Polars
Raw = Any  # rows as they were read, before an encoder has seen them
Specification = Any  # a frozen dataclass of settings, hashable
Inputs = Any  # what is static about encoded rows, such as widths: hashable, the same for all folds, with `to_json()`
Fitted = Any  # a `honed.model.Model` of the family
Own = Any  # the family's own `Source` or `Encoder`, as it gave it

_RISE = 0.05  # of the validation loss after its least, from which on it overfits

STEPS = 2_000  # beside a layer's number: the place at which a hook may add to what drives it at each step

TABLE = "honed.families.table:TABLE"  # the family that is meant where none is named

# What an array is for its learning rate and penalties: `weight` alone is penalised, and one of two axes is only ever
# used as in `rows @ weight`; `gain` is of a normalization, and no gradient moves a `statistic`, its running mean or
# variance; `slope` is of an activation, `scale` of the inputs; nothing moves what is `fixed`.
Role = Literal["weight", "bias", "gain", "statistic", "slope", "scale", "embedding", "fixed"]
UNLEARNED: tuple[Role, ...] = ("statistic", "fixed")  # what no gradient moves

Dropout = Callable[[int, Array], Array]  # (place, values (rows, ...)) to values
# (layer, values (rows, *places, units)) to mean and variance of each unit; a third argument says which (rows, *places)
# count, where not all do
Statistics = Callable[..., tuple[Array, Array]]
Uniform = Callable[
    [int, tuple[int, ...]], Array
]  # (place, shape) to numbers from [0, 1), others for each step
Answer = Callable[
    [np.ndarray], np.ndarray
]  # outputs (rows, outputs) to what they mean, such as shares of classes


class Layer(NamedTuple):
    """What the probes look at in one layer.

    weight : name of the array whose gradient and steps are measured.
    activation : name of the function behind it, where there is one.
    statistics : names of the running mean and variance of a batch normalization.
    is_recurrent : whether it goes from step to step, and `apply` asks at `STEPS` + its number with zeros (rows, time,
        sums), and adds what it gets to what drives the first direction.
    name : what findings call a hidden layer, such as "convolution 2"; empty for "hidden layer 2" and the like.
    unit : what they call one of its units.
    """

    weight: str
    activation: str | None = None
    statistics: tuple[str, str] | None = None
    is_recurrent: bool = False
    name: str = ""
    unit: str = "unit"


class Networks(Protocol):
    """Networks of one kind: a value without state, hashable, equal for equal programs.

    `xp` is NumPy or `jax.numpy`; where a method takes it, the same code serves prediction and training. Layers are
    numbered from 0 on, as `layers` lists them.
    """

    def start(self, spec: Specification, inputs: Inputs, outputs: int, sample: Rows, seed: int) -> Parameters:
        """Starting parameters, float32; `sample` are some training rows, for values that look at data."""
        ...

    def apply(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Inputs,
        rows: Rows,
        xp: ModuleType = np,
        dropout: Dropout | None = None,
        statistics: Statistics | None = None,
    ) -> Float[Array, "rows outputs"]:
        """Outputs: logits, scores or standardised values; of several heads side by side.

        Parameters
        ----------
        dropout : is asked at each place of `hides` and `dropouts`, and with the values of each hidden layer, by its
            number; None at prediction.
        statistics : the mean and variance that batch normalization of a layer uses in training; None uses those in
            `params`.
        """
        ...

    def predict(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Inputs,
        rows: Rows,
        thinning: int | None = None,
    ) -> Float[np.ndarray, "rows outputs"]:
        """Outputs for any number of rows, without JAX and the same for a row anywhere.

        `thinning` is a seed that silences units as dropout does, the same for all rows.
        """
        ...

    def shapes(self, spec: Specification, inputs: Inputs, outputs: int) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by name."""
        ...

    def cost(self, spec: Specification, inputs: Inputs, outputs: int) -> float:
        """Multiplications and additions for one row in training, roughly."""
        ...

    def values(self, spec: Specification, inputs: Inputs, outputs: int) -> int:
        """Numbers that a row has on its way through the network, roughly: its own, and those of each layer.

        Training keeps them for the way back, so that they say how much memory a step takes.
        """
        ...

    def role(self, name: str) -> Role:
        """What the array of that name is."""
        ...

    def layers(self, spec: Specification) -> tuple[Layer, ...]:
        """All layers, the output layer last."""
        ...

    def dropouts(self, spec: Specification) -> dict[int, float]:
        """The rate of dropout by place: the number of a hidden layer, or -1 for the inputs."""
        ...

    def hides(self, inputs: Inputs) -> dict[int, float]:
        """The share of the rows from which training hides a part, by place at which `apply` asks; mostly none.

        So a network learns to answer without it, from the first step to the last: no schedule changes the share.
        `thinning` hides nothing.
        """
        ...

    def augment(self, spec: Specification, inputs: Inputs, rows: Rows, uniform: Uniform) -> Rows:
        """Training rows of one step, changed at random in ways that their targets outlive; mostly as they are.

        It is part of the compiled program.
        """
        ...

    def structure(self, spec: Specification) -> Hashable:
        """The specification with all that no program depends on at its default.

        Rates of dropout are among these, and all real numbers that the search may move: `apply` must not read them.
        """
        ...

    def is_covered(
        self, inputs: Inputs, rows: Rows, train: Int[np.ndarray, " train"], valid: Int[np.ndarray, " valid"]
    ) -> bool:
        """Whether the rows numbered `train` hold all that those numbered `valid` do, as far as a network can tell."""
        ...

    def neutral(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Inputs,
        rows: Rows,
        train: Int[np.ndarray, " train"],
    ) -> Parameters:
        """Starting parameters in which what no training row holds says nothing."""
        ...

    def settle(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Inputs,
        rows: Rows,
        train: Int[np.ndarray, " train"],
        asked: Int[np.ndarray, " asked"],
        answer: Answer | None = None,
    ) -> Parameters:
        """Trained parameters with a say for what no training row holds.

        Parameters
        ----------
        train : numbers of the training rows. asked : of a few hundred of them, which the network may be asked about.
        answer : what outputs are compared by; None is as they are.
        """
        ...


class Encoder(Protocol):
    """What training rows taught about the data; `encode` depends on nothing else."""

    @property
    def inputs(self) -> Inputs:
        """What is static about the rows that `encode` gives."""
        ...

    def encode(self, rows: Raw, /) -> Rows:
        """Rows as a network takes them."""
        ...

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values, from which the family makes the same encoder."""
        ...


class Further(NamedTuple):
    """A target beside the main one: class codes int32 or values float64, and how it is learned.

    loss, weight : see `honed.heads.Head`.
    """

    y: Real[np.ndarray, " rows"]
    loss: str = "auto"
    weight: float = 1.0


class Source(Protocol):
    """The rows that have a target, however many there are and wherever they lie; every array speaks of these.

    One whose rows do not fit into memory is also a `honed.search.streams.InBatches`.

    Attributes
    ----------
    name, fingerprint : of the data, for messages, and to know them again (SHA-256).
    schema : what was understood: the targets, and the columns where there are any.
    y : class codes int32 (rows,), or values float64 (rows,), of the one target or the main one.
    further : the other targets of a network with several heads, in the order of ``schema.further``; mostly none. The
        outputs of its networks are those of all heads side by side, and nothing else in a family knows of it.
    places : positions int32 (rows,) of the rows in what the user gave.
    groups : numbers int (rows,) of groups that are never split, or None.
    given : positions int32 of the rows that the user gave to validate on, or None.
    times : when each row was, where the newest are to be scored, or None.
    own : how the user has shared the rows out, or None.
    probable : groups that the rows seem to be of, which nobody named, or None.
    notes : what the user has to know about the rows before the run starts.
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def schema(self) -> Schema: ...
    @property
    def y(self) -> Real[np.ndarray, " rows"]: ...
    @property
    def further(self) -> tuple[Further, ...]: ...
    @property
    def places(self) -> Int[np.ndarray, " rows"]: ...
    @property
    def groups(self) -> Int[np.ndarray, " rows"] | None: ...
    @property
    def given(self) -> Int[np.ndarray, " given"] | None: ...
    @property
    def times(self) -> Times | None: ...
    @property
    def probable(self) -> Probable | None: ...
    @property
    def own(self) -> Splits | None: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

    def take(self, positions: Int[np.ndarray, " taken"]) -> Raw:
        """Those rows alone, in that order: all of them need not be in memory."""
        ...


class Signs(NamedTuple):
    """How the trainings of a candidate went, as medians over its folds.

    rise : of the validation loss from its least to its end, as a share of the least.
    gap : training loss at the end over the least validation loss.
    place : best epoch as a share of the epochs run.
    """

    rise: float
    gap: float
    place: float

    @property
    def overfits(self) -> bool:
        """Whether the rows are known better than those held out."""
        return self.gap < 1 or self.rise > _RISE


class Rivals(NamedTuple):
    """Rows as linear models and boosting take them.

    codes : of which column i has ``levels[i]`` values.
    is_sparse : whether one column for each level would be too wide to be written out. rare : the code of levels that
    have none of their own. of_boosting : other numbers for boosting, where it takes others than linear models.
    """

    numbers: Float32[np.ndarray, "rows numbers"]
    codes: Int32[np.ndarray, "rows categories"]
    levels: tuple[int, ...] = ()
    is_sparse: bool = False
    rare: int = 0
    of_boosting: Float32[np.ndarray, "rows summaries"] | None = None

    @property
    def for_boosting(self) -> Float32[np.ndarray, "rows boosted"]:
        """The numbers that boosting takes, beside `codes`."""
        return self.numbers if self.of_boosting is None else self.of_boosting


class TableWords(TypedDict):
    """Keywords of `honed.table.several.read` on how a table is read."""

    as_is: bool
    sheet: str | None
    usual_sheet: str | None


class HowRead(NamedTuple):
    """How a table is read that a path to predict may name.

    Attributes
    ----------
    as_is : take the first line for the header and every other for a row. sheet : of a workbook the one to read.
    usual_as_is, usual_sheet : what training was told. That sheet counts where `sheet` names none, and is ignored where
        the file is no workbook.
    """

    as_is: bool = False
    sheet: str | None = None
    usual_as_is: bool = False
    usual_sheet: str | None = None

    def words(self) -> TableWords:
        """As keywords."""
        as_is = self.as_is or self.usual_as_is
        return {"as_is": as_is, "sheet": self.sheet, "usual_sheet": self.usual_sheet}

    def check_unsaid(self, data: str) -> None:
        """Refuse words on a table where `data`, as messages have it, is none."""
        said = f"--sheet {self.sheet}" if self.sheet is not None else "--as-is" if self.as_is else ""
        if said:
            raise InputError(
                f"{said} says how a table is read, and {data} is none. Leave it out, or give a table."
            )


AS_USUAL = HowRead()


class Asked(NamedTuple):
    """Rows to predict that a path names.

    Attributes
    ----------
    rows : those that can be predicted, as encoders take them.
    places : their ascending positions among the `count` that the path names; the others get an empty answer.
    beside : a column or more of all of them by name, such as paths, by which a reader knows each.
    truth : the target's cells of all of them, where they are known; as a list, an array or a column of Polars.
    notes : how they were read. warnings : why some cannot be predicted.
    """

    rows: Raw
    places: Int[np.ndarray, " rows"]
    count: int
    beside: Mapping[str, Sequence[object]]
    truth: Cells | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Exported(NamedTuple):
    """A model for programs without honed.

    Attributes
    ----------
    files : their contents by the end of their names, the first the one that the user has named: ``{".py": …}``.
    said : what has to be known to use it, in sentences.
    answers : what it gives for rows as they were read, probabilities (rows, classes) or values (rows,): by these it is
        compared with the model before anything is written.
    labels : the same of the class that it calls the answer, texts (rows,); None where it gives probabilities alone.
    quantiles : the same of quantiles (rows, shares); None where it gives none.
    """

    files: Mapping[str, bytes]
    said: tuple[str, ...]
    answers: Callable[[Raw], np.ndarray]
    labels: Callable[[Raw], np.ndarray] | None = None
    quantiles: Callable[[Raw], np.ndarray] | None = None


class Family(Protocol):
    """All that honed knows of one kind of data and of the networks that learn from them.

    Attributes
    ----------
    networks : what they compute.
    specification : the frozen dataclass of their settings, each declared by `honed.settings.setting` with a default,
        and under no name that `honed.train.spec.TrainingSpec` has, nor "encoding" or "target".
    encodings : names of the ways to encode, the usual one first.
    searched_encodings : those of them that a search tries, the first for presets that name none.
    plainest : the preset that is the quickest to compile and to train.
    compared : settings of a network by which the report sets trials side by side.
    exports : formats that `export` gives, each with the end of the file's name.
    """

    @property
    def networks(self) -> Networks: ...
    @property
    def specification(self) -> type: ...
    @property
    def encodings(self) -> tuple[str, ...]: ...
    @property
    def searched_encodings(self) -> tuple[str, ...]: ...
    @property
    def plainest(self) -> str: ...
    @property
    def compared(self) -> tuple[str, ...]: ...
    @property
    def exports(self) -> Mapping[str, str]: ...

    def read(self, options: Options, places: Mapping[str, str]) -> Source:
        """Read and check the data that `options` name, paths, at `places` where these are not where `options` say.

        Raises
        ------
        InputError
            The data or the words are wrong.
        """
        ...

    def glance(self, options: Options, places: Mapping[str, str]) -> Source | None:
        """Some of the rows that `read` would give, within seconds, for a model until then; None where it is quick.

        Nothing is said, and nothing checked, of the others; by these they are not known again (no `fingerprint`).
        """
        ...

    def suiting_encodings(self, source: Own) -> Sequence[str]:
        """Those of the `encodings` beside the usual one that often pay on such rows; a search tries each once."""
        ...

    def idle_encodings(self, source: Own) -> Mapping[str, str]:
        """Those of the `encodings` that are the usual one for these rows, by name in a clause why; mostly none."""
        ...

    def settled(self, source: Own, rows: Int[np.ndarray, " rows"]) -> Own:
        """The source after choices on how its data are read that look at these rows, without the final score's."""
        ...

    def learn(self, source: Own, rows: Int[np.ndarray, " rows"], encoding: str) -> Encoder:
        """The encoder that the rows of these positions teach, by the `encoding` of that name."""
        ...

    def encoded(self, source: Own, encoder: Own, train: Int[np.ndarray, " train"]) -> Rows:
        """All rows of the source, encoded; what an encoder learned of targets tells no training row of its own target.

        `train` are positions of the rows that train, whether or not the encoder has learned from them.
        """
        ...

    def encoded_in_parts(self, encoder: Own, rows: Raw) -> Rows:
        """Rows encoded in parts, where they do not fit into memory; any of them may have taught the encoder."""
        ...

    def encoder(self, value: JSON, place: str, schema: Schema) -> Encoder:
        """The encoder that `to_json` wrote; `Misfit` for anything else, with the `place` in the document."""
        ...

    def inputs(self, value: JSON) -> Inputs:
        """The inputs that `to_json` wrote."""
        ...

    def arrays(self, rows: Rows) -> dict[str, Shaped[np.ndarray, "rows ..."]]:
        """The arrays of encoded rows by name, as they are handed to workers."""
        ...

    def rows(self, arrays: Mapping[str, Shaped[np.ndarray, "rows ..."]]) -> Rows:
        """Rows of those arrays."""
        ...

    def raw(self, schema: Schema, encoder: Own, rows: Raw) -> Raw:
        """What a user gives to predict in Python, as encoders take it; `InputError` where it does not fit."""
        ...

    def asked(self, data: str, schema: Schema, encoder: Own, how: HowRead) -> Asked | None:
        """The rows to predict that a path names; None where they are a table's, which is read as one.

        Parameters
        ----------
        how : where the family reads them from a table, how; words that mean nothing for the path are refused.

        Raises
        ------
        InputError
            There are none, or they are not such rows.
        """
        ...

    def odd(self, schema: Schema, encoder: Own, rows: Raw) -> list[str]:
        """A sentence for each way in which rows to predict are unlike all that training has seen."""
        ...

    def rivals(self, rows: Rows, inputs: Inputs) -> Rivals:
        """The rows for the models that a network is compared with."""
        ...

    def presets(self, task: str, rows: int, inputs: Inputs, epochs: int) -> tuple[Preset, ...]:
        """The networks that every search tries first; a winner has to beat the first."""
        ...

    def most(self, rows: int, *, is_brief: bool) -> Mapping[str, int]:
        """The largest value that the search tries of a setting of the network, by name.

        Parameters
        ----------
        rows : training rows. is_brief : whether there are seconds for each network, and not minutes.
        """
        ...

    def idle(self, inputs: Inputs) -> Collection[str]:
        """Settings that mean nothing for such rows, and are not searched."""
        ...

    def moves(self, spec: Specification, training: TrainingSpec, signs: Signs) -> list[Finding]:
        """What to try on a network that learns, the likeliest to pay first; notes whose advice are settings."""
        ...

    def known_to_rules(self, spec: Specification) -> Specification:
        """The specification as the rules of the diagnosis read it, or None where they know nothing of such."""
        ...

    def look_seconds(self, schema: Schema) -> float:
        """How long `findings` takes, roughly; a long look is left out where there is no time for it."""
        ...

    def findings(self, source: Own, splits: Splits, metric: str, encoding: str) -> list[Finding]:
        """What the data tell before any training, with rows in that encoding."""
        ...

    def unexplained(
        self, findings: Iterable[Finding], known: Sequence[Finding], encoding: str
    ) -> list[Finding]:
        """Those findings of a training, with rows in that encoding, that what the data told does not explain."""
        ...

    def doubts(
        self,
        source: Own,
        splits: Splits,
        metric: str,
        said: Float[np.ndarray, "said ..."],
        rows: Int[np.ndarray, " said"],
    ) -> list[Finding]:
        """What predictions `said` of the rows of these positions, which did not train, tell of the data."""
        ...

    def opening(self, schema: Schema) -> list[str]:
        """What was understood of the data, in sentences, but for the target."""
        ...

    def told(self, spec: Specification) -> list[str]:
        """Settings of the network that decide something in it, and whose choice is explained."""
        ...

    def facts(self, spec: Specification, inputs: Inputs, outputs: int) -> Network:
        """The network as `honed show` and the report describe it."""
        ...

    def words(self, spec: Specification, outputs: int) -> str:
        """The network in a few words, such as "3 × 128 relu"."""
        ...

    def export(self, model: Fitted, format: str, stem: str) -> Exported:
        """The model in one of the formats of `exports`; `stem` is the file's name without its end.

        Raises
        ------
        InputError
            There is something in the model that the format cannot hold, such as a column: with its name, and what to
            do instead. Or a package is missing.
        """
        ...

    def made_rows(self, model: Fitted) -> Raw:
        """A few rows as encoders take them, made of what the model knows of its data."""
        ...

    def unused(self, params: Parameters, spec: Specification, encoder: Own) -> list[str]:
        """Names of the inputs whose first weights are all exactly 0."""
        ...

    def unseen(
        self, run: Path, facts: RunFacts, summary: Mapping[str, JSON], trained_again: bool
    ) -> Unseen | None:
        """The report's part on rows that the scored model has not seen, or None for a family without one.

        Parameters
        ----------
        run : the run's folder. facts, summary : content of run.json and summary.json.
        trained_again : whether any network was trained on all rows: what is saved may then have seen the outer ones.
        """
        ...


def find_family(address: str | None) -> Family:
    """The family at an address such as ``"package.module:NAME"``; that of tables where there is none.

    Raises
    ------
    InputError
        There is none.
    """
    module, _, name = (address or TABLE).partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"There is no family of networks at {address!r} ({error}). Give it as 'package.module:NAME'."
        ) from None


def find_known_family(address: str | None) -> Family:
    """The family that a file names: one of honed's own, or of a module that is imported already.

    A file must not decide which code is run.
    """
    module = (address or TABLE).partition(":")[0]
    if not module.startswith("honed.families.") and module not in sys.modules:
        raise InputError(
            f"This was made by the family of networks {address!r}, which is not one of honed's own. Import "
            f"{module!r} first, if you trust it."
        )
    return find_family(address)
