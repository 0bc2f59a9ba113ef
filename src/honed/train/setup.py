"""A training to be done, and what its programs are given: shapes, traced numbers, rows, starting state: `Setup`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honed import seeds
from honed.encode.target import middle
from honed.family import Parameters, Specification
from honed.heads import Part
from honed.train import losses, parts, probes
from honed.train.examples import Examples, fill, padded
from honed.train.knobs import Knobs
from honed.train.programs import SHARED, Programs
from honed.train.schedules import Factors, factors, rate_factors
from honed.train.spec import TrainingSpec
from honed.train.step import Data, Structure

if TYPE_CHECKING:
    from jaxtyping import Int, Int32

NEVER = 2**30  # epochs: longer than any training
_LEAST_PATIENCE = 10  # epochs without progress, where patience is a multiple of the best epoch
_MANY, _LOOKED_AT = 2**21, 2**18  # rows: of more than so many as many are drawn as anybody looks at
_SAMPLE_ROWS = 1024  # that starting values may look at


@dataclass(frozen=True)
class Setup:
    """A training to be done.

    Attributes
    ----------
    training : its learning rate and batch size are numbers, but for where `automatic` is still to measure them.
    train : numbers of the rows that train.
    seed : decides starting values, order and dropout, each by a generator of its own name.
    programs : keeps what is compiled.
    """

    network: Specification
    training: TrainingSpec
    data: Examples
    train: Int[np.ndarray, " train"]
    seed: int
    programs: Programs = SHARED

    def structure(self) -> Structure:
        """The program that the training needs."""
        training, network, networks = self.training, self.network, self.data.networks
        rows = int(self.data.weights.shape[0])
        is_full = training.batch_size == "full"
        part = self._most_in_part
        return Structure(
            networks=networks,
            network=networks.structure(network),
            inputs=self.data.inputs,
            heads=self.learned,
            monitor=training.monitor,
            optimizer="adam" if training.optimizer == "adamw" else training.optimizer,
            has_momentum=bool(training.momentum),
            nesterov=training.nesterov,
            has_clip=training.gradient_clip is not None,
            has_l1=bool(training.l1),
            has_penalties=training.has_penalties,
            has_noise=bool(training.noise),
            drops=tuple(self._dropouts()),
            accumulates=training.accumulation > 1,
            averages=bool(training.weight_average),
            probes=training.probes,
            batch=padded(len(self.train)) if is_full else training.batch(rows),
            rows=rows,
            part=part,
            epochs=parts.in_call(part),
        )

    @property
    def _most_in_part(self) -> int:
        """Most rows of a part of an epoch: all, unless they are many and a step takes few of them."""
        training, rows = self.training, int(self.data.weights.shape[0])
        is_full = training.batch_size == "full"
        return rows if is_full else parts.largest(rows, training.batch(rows) * training.accumulation)

    @property
    def parts_of_epoch(self) -> int:
        """How many parts an epoch has, mostly one."""
        return parts.count(len(self.train), self._most_in_part)

    @property
    def learned(self) -> tuple[Part, ...]:
        """Of each head its loss and its number of outputs."""
        return self.training.parts(self.data.heads)

    @property
    def _head_weights(self) -> list[float]:
        """The factors on the heads' losses; one head has none."""
        heads = self.data.heads
        return [head.weight for head in heads] if len(heads) > 1 else [1.0]

    def knobs(self, valid_rows: int = 0) -> Knobs:
        """The traced numbers, where that many rows validate; what is counted in epochs by parts of these."""
        training, real, times = self.training, self.data.real.type, self.parts_of_epoch
        train_rows, patience = len(self.train), training.patience
        has_multiple = isinstance(patience, str)
        others: dict[str, Any] = {
            # of -inf each epoch counts as better than the one before: the last is kept
            "min_delta": real(training.min_delta if training.early_stopping else -np.inf),
            "weight_decay": real(training.decay),
            "gradient_clip": real(training.gradient_clip or 1),
            "dropout": np.array(list(self._dropouts().values()), real),
            "plateau_patience": np.int32(
                times * training.plateau_patience if training.schedule == "plateau" else NEVER
            ),
            "plateau_cooldown": np.int32(times * training.plateau_cooldown),
            "plateau_swing": real(np.inf if training.plateau_swing is None else training.plateau_swing),
            "patience": np.int32(NEVER if patience is None or has_multiple else times * int(patience)),
            "patience_multiple": real(str(patience)[:-1] if has_multiple else 1),
            "patience_least": np.int32(times * _LEAST_PATIENCE if has_multiple else NEVER),
            "accumulation": np.int32(training.accumulation),
            "train_rows": np.int32(train_rows),
            "valid_rows": np.int32(valid_rows),
            "probe_every": np.int32(
                probes.every(training.probes, train_rows // times, times * training.epochs)
            ),
            "quantiles": None,
            "middle": None,
            "head_weights": np.array(self._head_weights, real) if len(self.data.heads) > 1 else None,
        }
        if any(part.loss == "quantile" for part in self.learned):
            weights = np.zeros(len(training.quantiles), real)
            for place, part in middle(training.quantiles):
                weights[place] = part
            others |= {"quantiles": np.asarray(training.quantiles, real), "middle": weights}
        same = {name: real(getattr(training, name)) for name in Knobs._fields if name not in others}
        return Knobs(**same, **others)

    def _dropouts(self) -> dict[int, float]:
        """The rates of dropout, and the shares that are hidden, by place, where there is any."""
        networks = self.data.networks
        rates = networks.dropouts(self.network) | networks.hides(self.data.inputs)
        return {place: rate for place, rate in rates.items() if rate}

    def started(self, seed: int | None = None) -> Parameters:
        """Starting parameters in the precision of the training, by `seed` or the training's own."""
        seed = self.seed if seed is None else seed
        sample = self.data.take(_shuffled(seeds.generator(seed, "sample"), self.train)[:_SAMPLE_ROWS])
        outputs = sum(part.outputs for part in self.learned)
        params = self.data.networks.start(self.network, self.data.inputs, outputs, sample, seed)
        return {name: value.astype(self.data.real) for name, value in params.items()}

    def shuffled(self) -> Int[np.ndarray, " train"]:
        """The training rows in an order of their own, or many of them, of which the first are those looked at."""
        return _shuffled(seeds.generator(self.seed, "probe"), self.train)

    def table(
        self,
        structure: Structure,
        valid: Int[np.ndarray, " valid"],
        probed: Int[np.ndarray, " train"] | None = None,
    ) -> Data:
        """All rows, those that validate, and of the shuffled rows `probed` those that the probes look at."""
        chosen = np.zeros(0, np.int32)
        if probed is not None:
            chosen = probes.rows_of(structure.probes, probed)[: structure.at_once]
        data, filled = self.data, fill(valid.astype(np.int32), structure.valid_rows)
        return Data(data.rows, data.targets, data.weights, filled, chosen)

    def steps(self, structure: Structure, rows: int | None = None) -> int:
        """Steps in one epoch, or over so many rows."""
        rows = len(self.train) if rows is None else rows
        return math.ceil(math.ceil(rows / structure.batch) / self.training.accumulation)

    def part(self, number: int) -> parts.Part:
        """Part `number` of the training, which is epoch `number` but for many rows."""
        return parts.of_epochs(number, len(self.train), self.parts_of_epoch)

    def orders(
        self, structure: Structure, of: Sequence[parts.Part], stream: parts.Stream
    ) -> Int32[np.ndarray, "epochs places"]:
        """Row numbers in the order they are seen in those parts.

        Epochs of a call, batches × batch; zeros where there is nothing to be seen.
        """
        orders = np.zeros((structure.epochs, structure.batches * structure.batch), np.int32)
        for place, part in enumerate(of):
            orders[place, : part.rows] = stream.rows(part)
        return orders

    def call_seed(self, first: int) -> int:
        """The seed of dropout and noise in a call that begins with epoch `first`."""
        return seeds.number(self.seed, "dropout", first)

    def factors(self, structure: Structure, first: int, part: parts.Part) -> Factors:
        """What the schedules multiply at each step of a call that begins with `part`, number `first`."""
        training, steps = self.training, self.steps(structure, part.rows)
        number = np.arange(structure.batches)
        if part.phases is None:
            total = max(steps * self.parts_of_epoch * training.epochs, 1)
            progress = ((first + np.arange(structure.epochs))[:, None] * steps + number) / total
            step = 1 / total
        else:
            begin, end = part.phases
            step = (end - begin) / steps
            once = np.minimum(begin + step * number, end)
            progress = np.broadcast_to(once, (structure.epochs, structure.batches))
        moving = (
            rate_factors(training, progress, step),
            factors(training.dropout_schedule, progress),
            factors(training.weight_decay_schedule, progress),
        )
        return Factors(*(factor.astype(self.data.real) for factor in moving))

    def chance(self, rows: Int[np.ndarray, " rows"]) -> float:
        """Loss of the best constant answer on these rows, or on many of them, equally far apart."""
        rows = rows[:: math.ceil(len(rows) / _MANY)] if len(rows) > _MANY else rows
        weights = np.asarray(self.data.weights)[rows].astype(np.float64)
        return sum(
            factor * losses.chance(part.loss, np.asarray(targets)[rows], weights, self.training)
            for part, targets, factor in zip(self.learned, self.data.targets, self._head_weights, strict=True)
        )


def _shuffled(rng: np.random.Generator, rows: Int[np.ndarray, " rows"]) -> Int[np.ndarray, " some"]:
    """The rows in random order; of very many a share, as to shuffle 20 million takes a second."""
    if len(rows) <= _MANY:
        return rng.permutation(rows)
    return rows[rng.choice(len(rows), _LOOKED_AT, replace=False)]
