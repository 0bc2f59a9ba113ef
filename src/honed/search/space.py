"""What the search tries: a conditional space derived from the specs' own declarations.

A trial's values are split in two: structure (each new combination costs a compilation) and numbers (free).
`Space.propose` keeps structure to the programs that exist, and lets a few new ones in with each generation.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from honed.encode.target import TargetKind
from honed.nets.spec import NetworkSpec
from honed.presets import Preset
from honed.settings import Declaration, declarations
from honed.train.spec import TrainingSpec

_NETWORK = declarations(NetworkSpec)
_TRAINING = declarations(TrainingSpec)
_NTK_RATE = (0.01, 0.5)  # learning rates under the NTK parametrisation live on a scale of their own
_STRUCTURE = (
    "recipe",
    "depth",
    "width",
    "taper",
    "normalization",
    "residual",
    "activation",
    "numeric_embedding",
    "batch",
    "has_dropout",
    "has_penalty",
    "sparse",
    "optimizer",
)
# Knobs that may be searched beside rate, batch and activation, and those that are: other optimizers and normalization
# have not been seen to pay for the trials that they take from the rest (`benchmarks/knobs.py`).
GROUPS = ("shape", "normalization", "penalties", "optimizer", "schedule")
DEFAULT_GROUPS = ("shape", "penalties", "schedule")
_RATE = {"sgd": 10.0, "lion": 0.1}  # learning rate of an optimizer over Adam's
_MOMENTUM = 0.9
_PENALTIES = ("weight_decay", "l1", "l2")
_FLOATS = ("learning_rate", "dropout", "embedding_sigma", *_PENALTIES)
_EDITED = (  # settings of the specs that an edit may change
    *("learning_rate", "batch_size", "schedule", "target", "dropout", *_PENALTIES, "optimizer", "activation"),
    *("depth", "width", "taper", "normalization", "residual", "numeric_embedding", "embedding_sigma"),
)
_NOWHERE: Any = object()  # a value that the space does not have; None is one of some settings
_LEAST_STEP = 0.2  # octaves
_EDGE = 0.03  # part of a range that counts as its edge
_WIDEN = 4.0  # factor by which a range on a logarithmic scale grows


@dataclass(frozen=True)
class Candidate:
    """One set of choices: everything that a training run needs but its rows and seed."""

    number: int
    name: str
    network: NetworkSpec
    training: TrainingSpec
    target: TargetKind
    values: dict[str, Any] = field(hash=False)
    reason: str = ""

    def structure(self) -> tuple[Any, ...]:
        """What decides the compiled program."""
        return tuple(self.values.get(name) for name in _STRUCTURE)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Optuna without its news for a while; afterwards it tells as much as the user wants of his own studies."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


class Space:
    """Proposals by Optuna's TPE, generation by generation.

    Parameters
    ----------
    presets : the first candidates.
    targets : ways to learn the target, such as ("linear", "log").
    continuous : numeric columns; without any there is nothing to embed.
    batch : rows in one step by the rule of the number of rows.
    most_width : widest first layer that the budget allows.
    structures : most programs in all.
    groups : which `GROUPS` of knobs are searched; the others stay as the recipe has them.
    """

    @_quiet()
    def __init__(
        self,
        presets: tuple[Preset, ...],
        targets: tuple[TargetKind, ...],
        continuous: int,
        batch: int,
        most_width: int,
        structures: int,
        seed: int,
        groups: tuple[str, ...] = DEFAULT_GROUPS,
    ) -> None:
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=12)
        self._study = optuna.create_study(sampler=sampler, direction="minimize")
        self._targets, self._continuous, self._batch = targets, continuous, batch
        self._most_width, self._structures, self._presets = most_width, structures, presets
        self._groups = groups
        self._widened: dict[str, tuple[float, float]] = {}
        self._known: dict[tuple[Any, ...], dict[str, tuple[Any, BaseDistribution]]] = {}
        self._asked: dict[int, dict[str, tuple[Any, BaseDistribution]]] = {}
        self.count = 0
        self.widenings: list[str] = []

    def defaults(self) -> list[Candidate]:
        """The presets as candidates; for a skewed target the first one with its logarithm as well."""
        found = []
        for preset in self._presets:
            for target in self._targets if preset is self._presets[0] else self._targets[-1:]:
                found.append(self._default(preset, target))
        return found

    @_quiet()
    def propose(self, number: int, new_structures: int, leader: Candidate) -> list[Candidate]:
        """`number` new candidates, of which at most `new_structures` need a new program.

        Every second one keeps the structure of the leader and differs from it in numbers alone.
        """
        found = []
        for place in range(number):
            trial = self._study.ask()
            self._suggest(trial)
            parts = {name: (value, trial.distributions[name]) for name, value in trial.params.items()}
            self._study.tell(trial, state=optuna.trial.TrialState.FAIL)  # what is really run is told later
            structure = _structure(parts)
            if place % 2 == 0:
                parts = _snap(parts, self._asked[leader.number])
            elif structure not in self._known and new_structures > 0 and len(self._known) < self._structures:
                new_structures -= 1
                self._known[structure] = parts
            elif structure not in self._known:
                parts = _snap(parts, self._nearest(structure))
            found.append(self._candidate(parts))
        return found

    @_quiet()
    def learn(self, losses: dict[int, float]) -> None:
        """Tell what candidates (by number) scored; lower is better, infinity for a failure."""
        finite = [loss for loss in losses.values() if math.isfinite(loss)]
        worst = max(finite, default=0.0)
        for number, loss in losses.items():
            parts = self._asked.get(number)
            if parts is None:
                continue
            self._study.add_trial(
                optuna.trial.create_trial(
                    params={name: value for name, (value, _) in parts.items()},
                    distributions={name: distribution for name, (_, distribution) in parts.items()},
                    value=loss if math.isfinite(loss) else worst + abs(worst) + 1,
                )
            )

    def widen(self, best: Candidate) -> list[str]:
        """Widen each range on whose edge the best candidate sits; what was widened, in words."""
        parts = {} if best.reason else self._asked.get(best.number, {})
        said = []
        for name, (value, distribution) in parts.items():
            if not isinstance(distribution, FloatDistribution) or not distribution.log:
                continue
            low, high = self._widened.get(name, (distribution.low, distribution.high))
            place = (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
            limit = _limits(name)
            if place < _EDGE and name not in ("l1", "l2", "weight_decay"):  # a vanishing penalty is none
                low = max(low / _WIDEN, limit[0])
            elif place > 1 - _EDGE:
                high = min(high * _WIDEN, limit[1])
            else:
                continue
            if (low, high) != self._widened.get(name, (distribution.low, distribution.high)):
                self._widened[name] = (low, high)
                said.append(
                    f"{name} now from {low:.3g} to {high:.3g}, because the best value was on the edge"
                )
        self.widenings += said
        return said

    def fitting(self, parent: Candidate, advice: Mapping[str, Any]) -> dict[str, Any]:
        """Of the advised settings those that this space searches, brought into its ranges, that change the parent."""
        found: dict[str, Any] = {}
        for name, wanted in advice.items():
            value = self._in_range(parent, name, wanted)
            is_second = name in _PENALTIES and any(other in found for other in _PENALTIES)
            if value is _NOWHERE or is_second or not self._has(parent, name):
                continue
            if _is_step(self._current(parent, name), value, name in _FLOATS):
                found[name] = value
        if "numeric_embedding" in found:  # without it there is no sigma, and a new one starts with the usual
            found.pop("embedding_sigma", None)
        return found

    def is_compiled(self, parent: Candidate, changes: Mapping[str, Any]) -> bool:
        """Whether the parent with those changes runs on a program that is there already."""
        return _structure(self._changed(parent, changes)) in self._known

    def has_room(self) -> bool:
        """Whether another program may be compiled."""
        return len(self._known) < self._structures

    def edited(self, parent: Candidate, changes: Mapping[str, Any]) -> Candidate:
        """A new candidate: the parent but for `changes`, which come from `fitting` or `stray`."""
        parts = self._changed(parent, changes)
        self._known.setdefault(_structure(parts), parts)
        values = {name: value for name, (value, _) in parts.items()}
        own = {
            spec: {name: value for name, value in changes.items() if name in declared}
            for spec, declared in (("network", _NETWORK), ("training", _TRAINING))
        }
        number, self.count = self.count, self.count + 1
        self._asked[number] = parts
        return Candidate(
            number,
            f"trial {number}",
            replace(parent.network, **own["network"]),
            replace(parent.training, **own["training"]),
            changes.get("target", parent.target),
            values,
        )

    def stray(
        self,
        parent: Candidate,
        number: int,
        octaves: float,
        rng: np.random.Generator,
        *,
        compiles: bool,
        sparing: Iterable[str] = (),
    ) -> dict[str, Any]:
        """A random change of `number` settings: each by so many octaves, or to another choice.

        `compiles` says whether it may need a program that is not there yet; the settings of `sparing` stay.
        """
        found: dict[str, Any] = {}
        spared = set(sparing)
        for name in [name for name in rng.permutation(_EDITED) if name not in spared]:
            change = self.fitting(parent, {name: self._moved(parent, name, octaves, rng)})
            if change and (compiles or self.is_compiled(parent, found | change)):
                found |= change
            if len(found) == number:
                break
        return found

    def _moved(self, parent: Candidate, name: str, octaves: float, rng: np.random.Generator) -> Any:
        """Another value of a setting, in a random direction."""
        value, sign = self._current(parent, name), rng.choice([-1, 1])
        if name == "depth":
            return value + sign
        if name in ("width", "batch_size"):
            return value * 2.0 ** (sign * max(1, round(octaves)))
        if name in _FLOATS:
            low, high = self._range(self._part(parent, name))
            return value * 2.0 ** (sign * octaves) if value else float(rng.uniform(low, (low + high) / 2))
        choices = self._targets if name == "target" else _choices(self._asked[parent.number], name)
        others = [choice for choice in choices if choice != value]
        return others[rng.integers(len(others))] if others else value

    def _current(self, parent: Candidate, name: str) -> Any:
        if name == "target":
            return parent.target
        value = getattr(parent.network if name in _NETWORK else parent.training, name)
        return 0.0 if value is None and name == "weight_decay" else value

    def _has(self, parent: Candidate, name: str) -> bool:
        """Whether the space searches a setting, for this parent."""
        parts = self._asked[parent.number]
        if name == "learning_rate":
            return True
        if name in _PENALTIES:
            others = (self._current(parent, other) for other in _PENALTIES if other != name)
            return "has_penalty" in parts and not any(others)
        return {"dropout": "has_dropout", "batch_size": "batch"}.get(name, name) in parts

    def _part(self, parent: Candidate, name: str) -> str:
        """The name under which the study knows a setting."""
        is_ntk = parent.network.parametrization == "ntk"
        return {"learning_rate": "ntk_rate" if is_ntk else "learning_rate", "batch_size": "batch"}.get(
            name, name
        )

    def _range(self, part: str) -> tuple[float, float]:
        declared = _NTK_RATE if part == "ntk_rate" else (_NETWORK | _TRAINING)[part].search
        return self._widened.get(part, declared)

    def _in_range(self, parent: Candidate, name: str, value: Any) -> Any:
        """The nearest value that the space has, or `_NOWHERE`."""
        parts = self._asked[parent.number]
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if name in _FLOATS or name in ("width", "depth", "batch_size"):
            if not is_number:
                return _NOWHERE
            if value <= 0:
                return 0.0 if name in ("dropout", *_PENALTIES) else _NOWHERE
        if name in _FLOATS:
            low, high = self._range(self._part(parent, name))
            factor = _RATE.get(parent.training.optimizer, 1.0) if name == "learning_rate" else 1.0
            return float(f"{min(max(float(value), low * factor), high * factor):.4g}")
        if name == "batch_size":
            return max(8, int(self._batch * _nearest(value / self._batch, _choices(parts, "batch"))))
        choices = self._targets if name == "target" else _choices(parts, name)
        if name in ("width", "depth"):
            return _nearest(value, choices) if choices else _NOWHERE
        return value if value in choices else _NOWHERE

    def _changed(
        self, parent: Candidate, changes: Mapping[str, Any]
    ) -> dict[str, tuple[Any, BaseDistribution]]:
        """The parent's values as the study knows them, with the changes."""
        parts = dict(self._asked[parent.number])
        for name, value in changes.items():
            if name == "batch_size":
                parts["batch"] = _nearest(value / self._batch, _choices(parts, "batch")), parts["batch"][1]
                continue
            if name in _PENALTIES:
                parts = {
                    key: pair for key, pair in parts.items() if key not in (*_PENALTIES, "sparse", "penalty")
                }
                parts["has_penalty"] = bool(value), parts["has_penalty"][1]
                if value:
                    parts["sparse"] = name == "l1", CategoricalDistribution([False, True])
                if value and name != "l1":
                    parts["penalty"] = name, CategoricalDistribution(["weight_decay", "l2"])
            elif name == "dropout":
                parts["has_dropout"] = bool(value), parts["has_dropout"][1]
                parts.pop("dropout", None)
            elif name not in _FLOATS:
                parts[name] = value, parts[name][1]
            if name == "numeric_embedding":
                parts.pop("embedding_sigma", None)
                name, value = "embedding_sigma", parent.network.embedding_sigma if value else None
            if name in _FLOATS and value:
                part = self._part(parent, name)
                factor = _RATE.get(parent.training.optimizer, 1.0) if name == "learning_rate" else 1.0
                low, high = self._range(part)
                is_log = (_NETWORK | _TRAINING)[name].log
                parts[part] = min(max(value / factor, low), high), FloatDistribution(low, high, log=is_log)
        return parts

    def _suggest(self, trial: optuna.Trial) -> None:
        recipe = trial.suggest_categorical("recipe", [preset.name for preset in self._presets])
        if "shape" in self._groups:
            low, high = _NETWORK["depth"].search
            trial.suggest_int("depth", low, high)
            widths = [w for w in (32, 64, 128, 256, 512) if w <= self._most_width]
            trial.suggest_categorical("width", widths)
            trial.suggest_categorical("taper", list(_NETWORK["taper"].search))
        if "normalization" in self._groups:
            trial.suggest_categorical("normalization", list(_NETWORK["normalization"].search))
            trial.suggest_categorical("residual", list(_NETWORK["residual"].search))
        trial.suggest_categorical("activation", list(_NETWORK["activation"].search))
        if self._continuous:
            embedding = trial.suggest_categorical(
                "numeric_embedding", list(_NETWORK["numeric_embedding"].search)
            )
            if embedding:
                self._float(trial, "embedding_sigma", _NETWORK["embedding_sigma"])
        trial.suggest_categorical("batch", [0.5, 1.0, 2.0])
        if "penalties" in self._groups:
            if trial.suggest_categorical("has_dropout", [True, False]):
                self._float(trial, "dropout", _NETWORK["dropout"])
            if trial.suggest_categorical("has_penalty", [True, False]):
                if trial.suggest_categorical("sparse", [False, True]):
                    penalty = "l1"
                else:
                    penalty = trial.suggest_categorical("penalty", ["weight_decay", "l2"])
                self._float(trial, penalty, _TRAINING[penalty])
        if "optimizer" in self._groups:
            trial.suggest_categorical("optimizer", list(_TRAINING["optimizer"].search))
        if "schedule" in self._groups:
            trial.suggest_categorical("schedule", list(_TRAINING["schedule"].search))
        if self._is_ntk(recipe):
            self._float(trial, "ntk_rate", replace(_TRAINING["learning_rate"], search=_NTK_RATE))
        else:
            self._float(trial, "learning_rate", _TRAINING["learning_rate"])
        if len(self._targets) > 1:
            trial.suggest_categorical("target", list(self._targets))

    def _float(self, trial: optuna.Trial, name: str, declaration: Declaration) -> None:
        low, high = self._widened.get(name, declaration.search)
        trial.suggest_float(name, low, high, log=declaration.log)

    def _is_ntk(self, recipe: str) -> bool:
        return self._preset(recipe).network.parametrization == "ntk"

    def _preset(self, recipe: str) -> Preset:
        return next(preset for preset in self._presets if preset.name == recipe)

    def _default(self, preset: Preset, target: TargetKind) -> Candidate:
        network, training = preset.network, preset.training
        wanted: dict[str, Any] = {
            "recipe": preset.name,
            "depth": network.depth,
            "width": min(network.width, self._most_width),
            "taper": network.taper,
            "normalization": network.normalization,
            "residual": network.residual,
            "activation": network.activation,
            "batch": 1.0,
            "numeric_embedding": network.numeric_embedding,
            "embedding_sigma": network.embedding_sigma,
            "has_dropout": bool(network.dropout),
            "dropout": network.dropout,
            "has_penalty": training.has_penalties,
            "sparse": False,
            "penalty": "weight_decay",
            "weight_decay": training.weight_decay,
            "optimizer": training.optimizer,
            "schedule": training.schedule,
            "target": target,
            "ntk_rate": training.learning_rate,
            "learning_rate": training.learning_rate,
        }
        fixed = optuna.trial.FixedTrial(wanted)
        self._suggest(fixed)  # pyright: ignore[reportArgumentType]
        parts = {name: (wanted[name], distribution) for name, distribution in fixed.distributions.items()}
        self._known.setdefault(_structure(parts), parts)
        candidate = self._candidate(parts)
        # The recipe as published, not as the space would write it: penalties that it lacks stay absent.
        exact = replace(training, l1=0.0, l2=0.0, batch_size=candidate.training.batch_size)
        network = replace(network, width=wanted["width"])
        name = preset.name + (" (log target)" if target == "log" else "")
        return replace(
            candidate, name=name, network=network, training=exact, target=target, reason=preset.reason
        )

    def _candidate(self, parts: dict[str, tuple[Any, BaseDistribution]]) -> Candidate:
        values = {name: value for name, (value, _) in parts.items()}
        preset = self._preset(values["recipe"])
        network, training = preset.network, preset.training
        width = min(network.width, self._most_width)
        network = replace(network, width=width, activation=values["activation"])
        names = (
            "depth",
            "width",
            "taper",
            "normalization",
            "residual",
            "numeric_embedding",
            "embedding_sigma",
        )
        network = replace(network, **{name: values[name] for name in names if name in values})
        optimizer = values.get("optimizer", training.optimizer)
        rate = values["ntk_rate"] if "ntk_rate" in values else values["learning_rate"]
        training = replace(
            training,
            optimizer=optimizer,
            momentum=_MOMENTUM if optimizer == "sgd" else 0.0,
            schedule=values.get("schedule", training.schedule),
            learning_rate=rate * _RATE.get(optimizer, 1.0),
            batch_size=max(8, int(self._batch * values["batch"])),
        )
        if "penalties" in self._groups:
            network = replace(network, dropout=values.get("dropout", 0.0))
            penalties = {name: values.get(name, 0.0) for name in ("weight_decay", "l1", "l2")}
            training = replace(training, **penalties)
        number, self.count = self.count, self.count + 1
        self._asked[number] = parts
        target = values.get("target", self._targets[0])
        return Candidate(number, f"trial {number}", network, training, target, values)

    def _nearest(self, structure: tuple[Any, ...]) -> dict[str, tuple[Any, BaseDistribution]]:
        def distance(known: tuple[Any, ...]) -> float:
            return sum(_apart(a, b) for a, b in zip(structure, known, strict=True))

        return self._known[min(self._known, key=distance)]


def plain(spec: NetworkSpec | TrainingSpec) -> dict[str, Any]:
    """The settings of a spec that differ from their defaults."""
    default = asdict(type(spec)())
    return {name: value for name, value in asdict(spec).items() if value != default[name]}


def _structure(parts: dict[str, tuple[Any, BaseDistribution]]) -> tuple[Any, ...]:
    return tuple(parts[name][0] if name in parts else None for name in _STRUCTURE)


def _nearest(value: float, choices: Iterable[Any]) -> Any:
    """The choice whose ratio to a number above zero is nearest to 1."""
    return min(choices, key=lambda choice: abs(math.log(value / choice)))


def _is_step(old: Any, new: Any, on_scale: bool) -> bool:
    """Whether two values differ by enough to be told apart."""
    if on_scale and old and new:
        return abs(math.log2(new / old)) >= _LEAST_STEP
    return old != new


def _choices(parts: dict[str, tuple[Any, BaseDistribution]], name: str) -> list[Any]:
    """What the study may choose from, for a setting that is no number on a scale; nothing where it is not searched."""
    distribution = parts[name][1] if name in parts else None
    if isinstance(distribution, IntDistribution):
        return list(range(distribution.low, distribution.high + 1))
    return list(distribution.choices) if isinstance(distribution, CategoricalDistribution) else []


def _snap(
    asked: dict[str, tuple[Any, BaseDistribution]], known: dict[str, tuple[Any, BaseDistribution]]
) -> dict[str, tuple[Any, BaseDistribution]]:
    """The known structure with the asked numbers where they apply."""
    return {name: known[name] if name in _STRUCTURE or name not in asked else asked[name] for name in known}


def _apart(a: Any, b: Any) -> float:
    if a == b:
        return 0.0
    numbers = isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool)
    return min(1.0, abs(math.log2((a + 1) / (b + 1))) / 2) if numbers else 1.0


def _limits(name: str) -> tuple[float, float]:
    """How far a range may ever widen."""
    return {"embedding_sigma": (1e-3, 30.0), "dropout": (0.0, 0.8)}.get(name, (1e-8, 2.0))
