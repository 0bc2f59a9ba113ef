"""The networks for tables, `honed.nets.mlp`, as training and prediction ask for them: `NETWORKS`."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from honed.encode.encoder import Encoded, Inputs
from honed.family import Answer, Array, Dropout, Layer, Parameters, Role, Statistics, Uniform
from honed.nets import levels, mlp
from honed.nets.spec import NetworkSpec

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_WAVE_COST = 60  # multiplications that one periodic cosine is worth, forward and backward


@dataclass(frozen=True)
class TableNetworks:
    """`honed.family.Networks` for encoded tables."""

    def start(
        self, spec: NetworkSpec, inputs: Inputs, outputs: int, sample: Encoded, seed: int
    ) -> Parameters:
        """See `mlp.initialize`."""
        return mlp.initialize(spec, inputs, outputs, sample, seed)

    def apply(
        self,
        params: Parameters,
        spec: NetworkSpec,
        inputs: Inputs,
        rows: Encoded,
        xp: ModuleType = np,
        dropout: Dropout | None = None,
        statistics: Statistics | None = None,
    ) -> Float[Array, "rows outputs"]:
        """See `mlp.apply`."""
        return mlp.apply(params, spec, inputs, rows, xp, dropout, statistics)

    def predict(
        self,
        params: Parameters,
        spec: NetworkSpec,
        inputs: Inputs,
        rows: Encoded,
        thinning: int | None = None,
    ) -> Float[np.ndarray, "rows outputs"]:
        """See `mlp.predict`."""
        return mlp.predict(params, spec, inputs, rows, thinning)

    def shapes(self, spec: NetworkSpec, inputs: Inputs, outputs: int) -> dict[str, tuple[int, ...]]:
        """See `mlp.shapes`."""
        return mlp.shapes(spec, inputs, outputs)

    def cost(self, spec: NetworkSpec, inputs: Inputs, outputs: int) -> float:
        """Products of the layers forward and back, and the cosines."""
        sizes = [mlp.feature_count(spec, inputs), *spec.sizes(outputs), outputs]
        layers = 6 * sum(a * b for a, b in itertools.pairwise(sizes))
        waves = inputs.continuous * spec.embedding_frequencies if spec.numeric_embedding else 0
        return layers + _WAVE_COST * waves

    def values(self, spec: NetworkSpec, inputs: Inputs, outputs: int) -> int:
        """Encoded cells with their waves, and the units of the layers."""
        waves = inputs.continuous * spec.embedding_frequencies if spec.numeric_embedding else 0
        units = sum(spec.sizes(outputs)) * (2 if spec.normalization else 1)
        return mlp.feature_count(spec, inputs) + waves + units + outputs

    def role(self, name: str) -> Role:
        """See `mlp.role`."""
        return mlp.role(name)

    def layers(self, spec: NetworkSpec) -> tuple[Layer, ...]:
        """The hidden layers and the output layer."""
        is_batch = spec.normalization == "batch"
        hidden = (
            Layer(f"{layer}.weight", activation, (f"{layer}.mean", f"{layer}.variance") if is_batch else None)
            for layer, activation in enumerate(spec.activations)
        )
        return (*hidden, Layer(f"{spec.layers}.weight", spec.output_activation))

    def dropouts(self, spec: NetworkSpec) -> dict[int, float]:
        """See `mlp.dropouts`."""
        return mlp.dropouts(spec)

    def hides(self, inputs: Inputs) -> dict[int, float]:
        """Levels in columns of many, see `honed.nets.levels`."""
        return {levels.PLACE: levels.HIDDEN} if inputs.buckets else {}

    def augment(self, spec: NetworkSpec, inputs: Inputs, rows: Encoded, uniform: Uniform) -> Encoded:
        """As they are."""
        return rows

    def structure(self, spec: NetworkSpec) -> NetworkSpec:
        """The network with every traced number, and what only starting values depend on, at its default."""
        return dataclasses.replace(spec, dropout=0.0, input_dropout=0.0, embedding_sigma=0.1)

    def is_covered(
        self,
        inputs: Inputs,
        rows: Encoded,
        train: Int[np.ndarray, " train"],
        valid: Int[np.ndarray, " valid"],
    ) -> bool:
        """Whether the training rows have all codes and flags of the others."""
        return mlp.Held.of(inputs, rows, train).covers(mlp.Held.of(inputs, rows, valid))

    def neutral(
        self,
        params: Parameters,
        spec: NetworkSpec,
        inputs: Inputs,
        rows: Encoded,
        train: Int[np.ndarray, " train"],
    ) -> Parameters:
        """See `mlp.neutral`."""
        return mlp.neutral(params, spec, inputs, mlp.Held.of(inputs, rows, train))

    def settle(
        self,
        params: Parameters,
        spec: NetworkSpec,
        inputs: Inputs,
        rows: Encoded,
        train: Int[np.ndarray, " train"],
        asked: Int[np.ndarray, " asked"],
        answer: Answer | None = None,
    ) -> Parameters:
        """Codes that no training row holds answer as their column does on average; see `mlp.typical`."""
        held = mlp.Held.of(inputs, rows, train)
        some = Encoded(*(np.asarray(part)[asked] for part in rows))
        if answer is None:
            return mlp.typical(params, spec, inputs, held, some)
        return mlp.typical(params, spec, inputs, held, some, answer)


NETWORKS = TableNetworks()
