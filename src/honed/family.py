"""What a network is, as far as training asks: `Networks`, which each family of networks implements once.

Training, and whatever hands networks to it, knows nothing else of a family. The first is that of tables, in
`honed.nets.family`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from types import ModuleType
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

Array = Any  # of JAX inside a compiled program, of NumPy before and after it
Parameters = dict[str, Array]  # arrays by name, flat
Rows = Any  # a tree of arrays (rows, ...), as `jax.tree` knows them
Specification = Any  # a frozen dataclass of settings, hashable
Inputs = Any  # what is static about rows, such as widths; hashable

# What an array is for its learning rate and penalties: `weight` alone is penalised, and is only ever used as in
# `rows @ weight`; `gain` is of a normalization, and no gradient moves a `statistic`, its running mean or variance;
# `slope` is of an activation, `scale` of the inputs.
Role = Literal["weight", "bias", "gain", "statistic", "slope", "scale", "embedding"]

Dropout = Callable[[int, Array], Array]  # (place, values (rows, ...)) to values
Statistics = Callable[[int, Array], tuple[Array, Array]]  # (layer, values (rows, units)) to mean and variance
Answer = Callable[
    [np.ndarray], np.ndarray
]  # outputs (rows, outputs) to what they mean, such as shares of classes


class Layer(NamedTuple):
    """What the probes look at in one layer.

    weight : name of the array whose gradient and steps are measured.
    activation : name of the function behind it, where there is one.
    statistics : names of the running mean and variance of a batch normalization.
    """

    weight: str
    activation: str | None = None
    statistics: tuple[str, str] | None = None


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
    ) -> Array:
        """Outputs (rows, outputs): logits, scores or standardised values.

        Parameters
        ----------
        dropout : is asked at each place of `dropouts`, and with the values of each hidden layer, by its number;
            None at prediction.
        statistics : the mean and variance that batch normalization of a layer uses in training; None uses those in
            `params`.
        """
        ...

    def predict(self, params: Parameters, spec: Specification, inputs: Inputs, rows: Rows) -> np.ndarray:
        """Outputs for any number of rows, float32 (rows, outputs), without JAX and the same for a row anywhere."""
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

    def structure(self, spec: Specification) -> Hashable:
        """The specification with all that no program depends on, such as rates of dropout, at its default."""
        ...

    def is_covered(self, inputs: Inputs, rows: Rows, train: np.ndarray, valid: np.ndarray) -> bool:
        """Whether the rows numbered `train` hold all that those numbered `valid` do, as far as a network can tell."""
        ...

    def neutral(
        self, params: Parameters, spec: Specification, inputs: Inputs, rows: Rows, train: np.ndarray
    ) -> Parameters:
        """Starting parameters in which what no training row holds says nothing."""
        ...

    def settle(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Inputs,
        rows: Rows,
        train: np.ndarray,
        asked: np.ndarray,
        answer: Answer | None = None,
    ) -> Parameters:
        """Trained parameters with a say for what no training row holds.

        Parameters
        ----------
        train : numbers of the training rows. asked : of a few hundred of them, which the network may be asked about.
        answer : what outputs are compared by; None is as they are.
        """
        ...
