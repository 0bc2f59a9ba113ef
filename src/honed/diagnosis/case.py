"""What rules look at: `Case`, one training as it went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from honed import figures
from honed.nets.spec import NetworkSpec
from honed.passes import When
from honed.train.spec import TrainingSpec
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int

    from honed.family import Networks, Specification
    from honed.train.record import Record

_JUDGED_FROM = 0.3  # part of the epochs after which a training is judged (AUTOTRAINER, ICSE 2021)
_ENDS = 0.1  # part of the epochs that is the end of a curve
_SOME = 0.8  # of the loss of a constant answer, that validation rows go below where something was learned
_HIGHEST_RATE = 100.0  # that the setting learning_rate takes
_LOST = 0.9  # of the loss of a constant answer: what has learned less has learned nothing


@dataclass(frozen=True)
class Case:
    """One training: settings, curves, and what the probes measured.

    Attributes
    ----------
    rows, valid_rows : rows that trained and that validated.
    classes : classes of the target, 0 for numbers.
    train_loss, valid_loss, rate : (epochs,) as in `honed.train.record.Record`.
    chance : loss of the best constant answer on the training rows (entropy of the classes, spread of the target).
    valid_chance : of the best one on the validation rows, whose targets may vary less or more; NaN where not known.
    network, training : the settings, where known.
    best_epoch : the epoch that was kept, from 1; 0 for none.
    passes : over the rows, made when each entry of the curves was, where an entry is not an epoch but part of one; all
        numbers of epochs are then of such entries.
    steps : made when each entry was, where an entry is some steps and epochs are not known.
    batch_size : rows in one step, 0 where not known.
    diverged : whether the loss stopped being a number.
    probes : arrays by name, one entry for each epoch that was probed, taken before its first step, so that the first
        is of the untrained network:
        ``loss`` (epochs,) on the probe rows; ``gradient``, ``gradient_zeros``, ``update``, ``weight`` (epochs,
        layers + 1) norm of the gradient of each layer's weights, its share of exact zeros, length of a step over the
        weights' norm, that norm; ``activation_mean``, ``activation_std``, ``dead``, ``saturated`` (epochs, layers)
        of each hidden layer, and ``activation_values`` (epochs, layers, 256) some of its values, for percentiles;
        ``by_step`` (epochs, recurrent layers, 32) size of the gradient of what drives such a layer at some steps of a
        sequence, ``back`` (epochs, 32) how many steps before the last one these are;
        ``alike`` (epochs, layers) share of its units whose weights point the same way as another's;
        ``signal``, ``noise`` (epochs,) the two parts of the gradient noise scale; ``agreement`` (epochs,) cosine of
        the gradients before and after a step; ``clipped`` (epochs,) share of the epoch's steps that were clipped.
    probe_epochs : numbers of the probed epochs, from 1.
    trouble : where a diverged training first held a number that is not finite: {"epoch", "step", "layer", "part"}.
    memorised : loss that 20 rows alone reach over that of a constant answer, where that was tried.
    baseline : whose loss `chance` is.
    names, hidden_names : of the layers with weights, and of the hidden values, in order, where the rules do not know
        the network.
    units : what one unit of each hidden layer is called there, such as "filter".
    has_dropout : whether such a network has it. own : its specification.
    augmented : how its training rows were changed at random in each step, such as "shift".
    """

    rows: int
    classes: int
    train_loss: Float[np.ndarray, " epochs"]
    valid_loss: Float[np.ndarray, " epochs"]
    rate: Float[np.ndarray, " epochs"]
    chance: float
    valid_chance: float = float("nan")
    network: NetworkSpec | None = None
    training: TrainingSpec | None = None
    valid_rows: int = 0
    best_epoch: int = 0
    batch_size: int = 0
    diverged: bool = False
    probes: dict[str, Float[np.ndarray, "probed ..."]] = field(default_factory=dict)
    probe_epochs: Int[np.ndarray, " probed"] = field(default_factory=lambda: np.zeros(0, np.int64))
    trouble: dict[str, JSON] = field(default_factory=dict)
    memorised: float | None = None
    baseline: str = "a constant answer"
    names: tuple[str, ...] = ()
    hidden_names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    has_dropout: bool = False
    own: Specification | None = None
    augmented: tuple[str, ...] = ()
    passes: Float[np.ndarray, " epochs"] | None = None
    steps: Int[np.ndarray, " epochs"] | None = None

    @classmethod
    def of(
        cls,
        record: Record,
        network: NetworkSpec | None,
        training: TrainingSpec,
        *,
        rows: int,
        valid_rows: int,
        classes: int,
    ) -> Case:
        """The case of a training by `honed.train.loop.fit`."""
        sizes = {"rows": rows, "valid_rows": valid_rows, "classes": classes}
        return cls.of_value(vars(record), record.probes, network, training, **sizes)

    @classmethod
    def of_value(
        cls,
        value: Mapping[str, JSON],
        probes: dict[str, Float[np.ndarray, "probed ..."]],
        network: NetworkSpec | None,
        training: TrainingSpec,
        *,
        rows: int,
        valid_rows: int,
        classes: int,
    ) -> Case:
        """The same from a record's plain values by name, such as `Record.to_json`, and its probes."""
        return cls(
            rows=rows,
            classes=classes,
            train_loss=np.array(value["train_loss"], float),
            valid_loss=np.array(value["valid_loss"], float),
            rate=np.array(value["rate"], float),
            chance=value["chance"],
            valid_chance=value.get("valid_chance", math.nan),
            network=network,
            training=training,
            valid_rows=valid_rows,
            best_epoch=value["best_epoch"],
            batch_size=value["batch_size"],
            diverged=value["diverged"],
            probes=probes,
            probe_epochs=np.array(value["probe_epochs"], np.int64),
            trouble=value["trouble"],
            memorised=value["memorised"],
            passes=np.array(value["passes"], float) if value.get("passes") is not None else None,
        )

    def with_names(self, networks: Networks, network: Specification) -> Case:
        """The same with names for the layers of a network that the rules do not know."""
        *layers, _ = networks.layers(network)
        hidden = tuple(layer.name or f"hidden layer {number}" for number, layer in enumerate(layers, 1))
        return replace(
            self,
            names=(*hidden, "the output layer"),
            hidden_names=hidden,
            units=tuple(layer.unit for layer in layers),
            has_dropout=any(networks.dropouts(network).values()),
            own=network,
            augmented=tuple(getattr(network, "augment", ())),
        )

    @property
    def epochs(self) -> int:
        """Epochs run."""
        return len(self.train_loss)

    @property
    def when(self) -> When:
        """Its epochs in words."""
        return When({"passes": self.passes, "steps": self.steps})

    @property
    def activations(self) -> tuple[str, ...]:
        """Of each hidden layer; of other code those that were seen, such as "relu" of "relu 1"."""
        return self.network.activations if self.network else tuple(n.split()[0] for n in self.hidden_names)

    @property
    def cell(self) -> str | None:
        """Of a recurrent network its kind of cell."""
        return getattr(self.own, "cell", None)

    @property
    def or_auto(self) -> str:
        """The end of an advice on the learning rate: that it can be found, unless it was."""
        was_auto = self.training is not None and self.training.learning_rate == "auto"
        return "" if was_auto else " (or take learning_rate='auto')"

    def rate_times(self, factor: float) -> dict[str, float]:
        """Advice: the highest rate times a factor, at most the greatest that may be set; empty where not known."""
        if not len(self.rate):
            return {}
        return {"learning_rate": float(f"{min(float(self.rate.max()) * factor, _HIGHEST_RATE):.2g}")}

    def finite(self, *names: str) -> list[Float64[np.ndarray, "probed layers"]]:
        """Probes by layer of these names, of those epochs in which all are finite; (0, 0) where one is lacking."""
        if any(name not in self.probes for name in names):
            return [np.zeros((0, 0)) for _ in names]
        arrays = [self.probes[name] for name in names]
        kept = np.all([np.isfinite(array).all(axis=1) for array in arrays], axis=0)
        return [np.asarray(array, np.float64)[kept] for array in arrays]

    @property
    def end(self) -> int:
        """How many epochs the end of a curve has."""
        return max(1, round(_ENDS * self.epochs))

    @property
    def last_train(self) -> float:
        """Training loss at the end: the median of the last tenth."""
        return float(np.median(self.train_loss[-self.end :])) if self.epochs else float("nan")

    @property
    def best_valid(self) -> float:
        """The least validation loss, NaN without validation rows."""
        finite = self.valid_loss[np.isfinite(self.valid_loss)]
        return float(finite.min()) if len(finite) else float("nan")

    @property
    def guess(self) -> float:
        """Loss of a constant answer on the validation rows; where that is not known, on the training rows."""
        return self.valid_chance if self.valid_chance > 0 else self.chance

    @property
    def drops(self) -> bool:
        """Whether the training loss, unlike that of validation rows, is seen with dropout."""
        network = self.network
        return self.has_dropout or (
            network is not None and max((network.input_dropout, *network.dropouts)) > 0
        )

    @property
    def hides_learning(self) -> bool:
        """Whether dropout may keep the training loss high, while validation rows, seen without it, were learned."""
        return self.drops and self.best_valid < _SOME * self.guess

    @property
    def is_lost(self) -> bool:
        """Whether it learned next to nothing of its training rows, or stopped being a number."""
        finite = self.train_loss[np.isfinite(self.train_loss)]
        if self.diverged or not len(finite):
            return True
        return float(finite[-self.end :].min()) > _LOST * self.chance and not self.hides_learning

    def early(self, name: str) -> Float[np.ndarray, "probed ..."]:
        """The first probes of that name, at most three; empty where it was not measured."""
        return self.probes.get(name, np.zeros(0))[:3]

    def late(self, name: str) -> Float[np.ndarray, "probed ..."]:
        """The probes of that name from 30 % of the epochs on, the last one at least."""
        found = self.probes.get(name, np.zeros(0))
        if not len(found):
            return found
        chosen = self.probe_epochs > _JUDGED_FROM * self.epochs
        return found[chosen] if chosen.any() else found[-1:]

    def usual(self, name: str) -> Float[np.ndarray, "*layers"]:
        """The median of the late probes of that name, by layer or one number; empty where it was not measured."""
        found = self.late(name)
        return np.median(found, axis=0) if len(found) else found

    def many(self, layer: int) -> str:
        """What the units of a hidden layer (from 1 on) are called, such as "filters"."""
        return f"{self.units[layer - 1] if self.units else 'unit'}s"

    def called(self, *layers: int, hidden: bool = False) -> str:
        """Layers (from 1 on) in words, such as "hidden layers 1 to 7"; of hidden values or of weights."""
        names = self.hidden_names if hidden else self.names
        if names:
            return ", ".join(names[layer - 1] for layer in layers)
        last = self.network.layers if self.network else max(layers)
        inner = [layer for layer in layers if layer <= last]
        said = ["the output layer"] if len(inner) < len(layers) else []
        if inner:
            whole = inner == list(range(inner[0], inner[-1] + 1)) and len(inner) > 2
            numbers = f"{inner[0]} to {inner[-1]}" if whole else ", ".join(map(str, inner))
            said = [f"hidden layer{'s' if len(inner) > 1 else ''} {numbers}", *said]
        return " and ".join(said)


def figure(value: float) -> str:
    """A number for a sentence: three significant digits, and thousands set apart.

    Examples
    --------
    >>> figure(0.0123456), figure(999.7), figure(51234.0), figure(float("inf"))
    ('0.0123', '1,000', '51,234', 'inf')
    """
    return figures.figure(value, digits=3)
