"""What the study is asked for, in which order, and the specs that its answers make: all from the specs' declarations.

Each setting that is declared with `search=` is asked for, so a new one needs no line here. What is no plain setting is
named: the recipe, the target, the encoding, the penalties (of which a candidate has one at most), the batch (a factor
on the rule's) and the learning rate (which optimizers and recipes scale). Read `Ranges.ask` first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from honed.encode.target import RATE_LOSSES, TargetKind
from honed.family import Specification
from honed.search.candidate import BESIDE
from honed.search.options import DEFAULT_GROUPS, GROUPS
from honed.settings import Declaration, Value, declarations
from honed.train.recipe import Preset
from honed.train.spec import TrainingSpec

Parts = dict[str, tuple[Value, BaseDistribution]]
"""A candidate as the study knows it: its answers by name, each with what it was chosen from."""

# The order of the questions, which decides what a seed draws. Settings of other groups come after these.
_ORDER = (
    *("shape", "normalization", "activation", "embedding", "batch"),
    *("penalties", "optimizer", "schedule", "rate"),
)
_RATE = {"sgd": 10.0, "lion": 0.1}  # learning rate of an optimizer over Adam's
_MOMENTUM = 0.9  # of SGD
_LEAST_BATCH = 8
_SPARSE = "l1"  # the penalty that needs a program of its own


class Ranges:
    """The questions of one search, and how far their ranges have been widened.

    Parameters
    ----------
    presets : the recipes; the declarations of their specs say what is searched.
    targets : ways to learn the target, such as ("linear", "poisson", "log").
    encodings : ways to encode rows that are searched, the first for presets that name none.
    batch : rows in one step by the rule of the number of rows.
    most : the largest value of a whole number that the budget allows, by setting of the network.
    without : settings that mean nothing for these rows.
    groups : which `GROUPS` of knobs are searched; the others stay as the recipe has them.
    """

    def __init__(
        self,
        presets: tuple[Preset, ...],
        targets: tuple[TargetKind, ...],
        encodings: tuple[str, ...],
        batch: int,
        most: Mapping[str, int],
        without: Collection[str] = (),
        groups: Collection[str] = DEFAULT_GROUPS,
    ) -> None:
        self.presets = {preset.name: preset for preset in presets}
        self.targets, self.batch = targets, batch
        self.usual_encoding = encodings[0]
        named = (preset.encoding for preset in presets if preset.encoding is not None)
        # What may be chosen of `BESIDE`. Of one encoding nothing is asked: each recipe keeps its own.
        self.beside: dict[str, tuple[str, ...]] = {"target": targets}
        if len(encodings) > 1:
            self.beside["encoding"] = tuple(dict.fromkeys([*encodings, *named]))
        self.widened: dict[str, tuple[float, float]] = {}
        self._network = declarations(presets[0].network)
        self.most = {name: value for name, value in most.items() if name in self._network}
        declared = self._network | declarations(presets[0].training)
        self.settings = {
            name: declaration
            for name, declaration in sorted(declared.items(), key=lambda item: _place(item[1].group))
            if declaration.search
            and (declaration.group not in GROUPS or declaration.group in groups)
            and not {name, declaration.needs} & {*without}
        }
        self.penalties = [name for name, declaration in self.settings.items() if declaration.one_of]
        self._own_rates = dict(preset.rates for preset in presets if preset.rates)
        # Another encoding may have other inputs, and a target another loss, and so another program.
        others = {"encoding"} | ({"target"} if {*RATE_LOSSES} & {*targets} else set())
        self._structure = (
            "recipe",
            *self._structure_parts(),
            *(name for name in self.beside if name in others),
        )

    def ask(self, trial: optuna.Trial | optuna.trial.FixedTrial) -> None:
        """Ask for every value of a candidate, always in the same order."""
        preset = self.presets[trial.suggest_categorical("recipe", list(self.presets))]
        for name, declared in self.settings.items():
            if declared.one_of:
                if name == self.penalties[0]:
                    self._ask_penalty(trial)
            elif declared.needs and not trial.params.get(declared.needs):
                continue
            elif not declared.switched or trial.suggest_categorical(f"has_{name}", [True, False]):
                self._ask(trial, self.part(name, preset))
        for name, choices in self.beside.items():
            if len(choices) > 1:
                trial.suggest_categorical(name, list(choices))

    def encoding_of(self, preset: Preset) -> str:
        """How rows are encoded for a preset, where nothing else is chosen."""
        return preset.encoding or self.usual_encoding

    def answers(self, preset: Preset, target: TargetKind, encoding: str) -> dict[str, Value]:
        """The answers that make a preset; more than are asked for.

        Where a recipe is outside a range, as with the small dropout of many rows, they have the nearest value in it:
        a study learns from no others.
        """
        answers: dict[str, Value] = {
            "recipe": preset.name,
            "has_penalty": preset.training.has_penalties,
            "sparse": False,
            "penalty": "weight_decay",
            "target": target,
            "encoding": encoding,
        }
        for name, declared in self.settings.items():
            value = getattr(preset.network if name in self._network else preset.training, name)
            if declared.switched:
                answers[f"has_{name}"] = bool(value)
            if name in self.most:
                value = min(value, self.most[name])
            part = self.part(name, preset)
            if declared.is_real and value:
                low, high = self.span(part)
                value = min(max(value, low), high)
            answers[part] = 1.0 if declared.by_factor else value
        return answers

    def specs(self, answers: Mapping[str, Value]) -> tuple[Specification, TrainingSpec]:
        """The specs of the network and its training: the recipe with what was answered."""
        preset = self.presets[answers["recipe"]]
        changes: dict[str, Value] = {
            name: min(getattr(preset.network, name), most) for name, most in self.most.items()
        }
        for name, declared in self.settings.items():
            part = self.part(name, preset)
            if part in answers:
                changes[name] = answers[part]
            elif declared.switched or declared.one_of:
                changes[name] = 0.0
        optimizer = changes.get("optimizer", preset.training.optimizer)
        changes["momentum"] = _momentum(optimizer)
        changes["learning_rate"] *= rate_factor(optimizer)
        changes["batch_size"] = self.rows_of(changes["batch_size"])
        return self.changed(preset.network, preset.training, changes)

    def changed(
        self, network: Specification, training: TrainingSpec, changes: Mapping[str, Value]
    ) -> tuple[Specification, TrainingSpec]:
        """Both specs with those settings changed; another optimizer has its own momentum and rate."""
        optimizer = changes.get("optimizer", training.optimizer)
        if optimizer != training.optimizer:
            rate = float(training.learning_rate) / rate_factor(training.optimizer) * rate_factor(optimizer)
            usual = {"momentum": _momentum(optimizer), "nesterov": False, "learning_rate": rate}
            changes = usual | dict(changes)
        own = {name: value for name, value in changes.items() if name in self._network}
        others = {name: value for name, value in changes.items() if name not in (*own, *BESIDE)}
        return replace(network, **own), replace(training, **others)

    def part(self, name: str, preset: Preset) -> str:
        """The name by which the study knows a setting, which for some is that of a group or of a recipe's own range."""
        if name == "learning_rate" and preset.rates:
            return preset.rates.name
        declared = self.settings[name]
        return declared.group if declared.by_factor and declared.group else name

    def span(self, part: str) -> tuple[float, float]:
        """From where to where a range of real numbers goes by now."""
        return self.widened.get(part) or self._own_rates.get(part) or self._declared(part).search

    def widest(self, part: str) -> tuple[float, float] | None:
        """How far a range may ever widen; None where it may not."""
        return self._declared(part).widest or None

    def distribution(self, part: str) -> BaseDistribution:
        """What the study chooses from."""
        declared = self._declared(part)
        if declared.is_real:
            low, high = self.span(part)
            return FloatDistribution(low, high, log=declared.log)
        values = [value for value in declared.values if part not in self.most or value <= self.most[part]]
        if declared.span and not declared.log:
            return IntDistribution(values[0], values[-1])
        return CategoricalDistribution(values)

    def parts(self, values: Mapping[str, Value]) -> Parts:
        """A candidate's values, which may come from JSON, each with what it was chosen from."""
        found, switches = {}, self._switches()
        for name, value in values.items():
            distribution = switches.get(name) or self.distribution(name)
            if isinstance(distribution, CategoricalDistribution):
                same = [choice for choice in distribution.choices if _plain(choice) == _plain(value)]
                value = same[0] if same else value
            found[name] = value, distribution
        return found

    def rows_of(self, factor: float) -> int:
        """Rows in one step for a factor on the rule's."""
        return max(_LEAST_BATCH, int(self.batch * factor))

    def structure(self, answers: Mapping[str, Value]) -> tuple[Value, ...]:
        """Of a candidate's answers those that decide the compiled program."""
        return tuple(answers.get(name) for name in self._structure)

    def is_structure(self, part: str) -> bool:
        """Whether another answer needs another program."""
        return part in self._structure

    def with_penalty(self, parts: Parts, name: str, value: float) -> Parts:
        """The parts with that penalty in place of any other, or with none where its value is 0."""
        kept = {key: pair for key, pair in parts.items() if key not in (*self.penalties, "sparse", "penalty")}
        kept["has_penalty"] = bool(value), kept["has_penalty"][1]
        if value:
            kept["sparse"] = name == _SPARSE, CategoricalDistribution([False, True])
        if value and name != _SPARSE:
            kept["penalty"] = name, CategoricalDistribution(self._dense())
        return kept

    def _switches(self) -> dict[str, BaseDistribution]:
        """What those questions are answered from that are no setting's."""
        choices: dict[str, list[Value]] = {
            "recipe": list(self.presets),
            "has_penalty": [True, False],
            "sparse": [False, True],
            "penalty": self._dense(),
            **{name: list(choices) for name, choices in self.beside.items()},
        }
        choices |= {f"has_{name}": [True, False] for name, each in self.settings.items() if each.switched}
        return {name: CategoricalDistribution(each) for name, each in choices.items()}

    def _ask(self, trial: optuna.Trial | optuna.trial.FixedTrial, part: str) -> None:
        distribution = self.distribution(part)
        if isinstance(distribution, FloatDistribution):
            trial.suggest_float(part, distribution.low, distribution.high, log=distribution.log)
        elif isinstance(distribution, IntDistribution):
            trial.suggest_int(part, distribution.low, distribution.high)
        elif isinstance(distribution, CategoricalDistribution):
            trial.suggest_categorical(part, distribution.choices)

    def _ask_penalty(self, trial: optuna.Trial | optuna.trial.FixedTrial) -> None:
        if trial.suggest_categorical("has_penalty", [True, False]):
            if trial.suggest_categorical("sparse", [False, True]):
                self._ask(trial, _SPARSE)
            else:
                self._ask(trial, trial.suggest_categorical("penalty", self._dense()))

    def _dense(self) -> list[str]:
        """The penalties that share a program; their order decides what a seed draws."""
        return [name for name in reversed(self.penalties) if name != _SPARSE]

    def _declared(self, part: str) -> Declaration:
        """The declaration of the setting that the study knows by that name."""
        if part in self._own_rates:
            part = "learning_rate"
        if part in self.settings:
            return self.settings[part]
        return next(each for each in self.settings.values() if each.by_factor and each.group == part)

    def _structure_parts(self) -> list[str]:
        parts = []
        for name, declared in self.settings.items():
            if declared.switched:
                parts.append(f"has_{name}")
            if not declared.is_real and declared.structure:
                parts.append(self.part(name, next(iter(self.presets.values()))))
            if declared.one_of and name == self.penalties[0]:
                parts += ["has_penalty", "sparse"]
        return parts


def rate_factor(optimizer: str) -> float:
    """The learning rate that suits an optimizer over the one that suits Adam."""
    return _RATE.get(optimizer, 1.0)


def _momentum(optimizer: str) -> float:
    return _MOMENTUM if optimizer == "sgd" else 0.0


def choices(parts: Parts, name: str) -> list[Value]:
    """What the study may choose from, for a setting that is no number on a scale; nothing where it is not searched."""
    distribution = parts[name][1] if name in parts else None
    if isinstance(distribution, IntDistribution):
        return list(range(distribution.low, distribution.high + 1))
    return list(distribution.choices) if isinstance(distribution, CategoricalDistribution) else []


def _plain(value: Value) -> Value:
    """A choice as JSON gives it back."""
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _place(group: str) -> int:
    return _ORDER.index(group) if group in _ORDER else len(_ORDER)
