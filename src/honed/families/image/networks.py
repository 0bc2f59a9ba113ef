"""The networks for pictures, `honed.nets.cnn`, as training and prediction ask for them: `NETWORKS`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from honed.families.image.inputs import ImageInputs, Pictures
from honed.families.usual import UsualNetworks
from honed.family import Array, Dropout, Layer, Parameters, Role, Statistics, Uniform
from honed.nets import cnn
from honed.nets.cnn_spec import CnnSpec
from honed.nets.mlp import Exact
from honed.nets.thinning import thinned

if TYPE_CHECKING:
    from jaxtyping import Float

_BLOCK_BYTES = 64 << 20  # that a block of predicted pictures may take as patches
_MOST_ROWS = 512  # of a block


@dataclass(frozen=True)
class ImageNetworks(UsualNetworks):
    """`honed.family.Networks` for `Pictures`."""

    def start(
        self, spec: CnnSpec, inputs: ImageInputs, outputs: int, sample: Pictures, seed: int
    ) -> Parameters:
        """See `cnn.initialize`."""
        return cnn.initialize(spec, inputs.shape, outputs, _standardised(sample, inputs, np), seed)

    def apply(
        self,
        params: Parameters,
        spec: CnnSpec,
        inputs: ImageInputs,
        rows: Pictures,
        xp: ModuleType = np,
        dropout: Dropout | None = None,
        statistics: Statistics | None = None,
    ) -> Float[Array, "rows outputs"]:
        """See `cnn.apply`."""
        real = params[f"{spec.layers}.bias"].dtype
        pixels = _standardised(rows, inputs, xp, real)
        return cnn.apply(params, spec, inputs.shape, pixels, xp, dropout, statistics)

    def predict(
        self,
        params: Parameters,
        spec: CnnSpec,
        inputs: ImageInputs,
        rows: Pictures,
        thinning: int | None = None,
    ) -> Float[np.ndarray, "rows outputs"]:
        """Outputs for any number of pictures, in the precision of the parameters.

        They do not depend on the pictures beside: see `honed.nets.convolution` and `honed.nets.mlp.Exact`.
        """
        exact = {n: Exact.of(v) for n, v in params.items() if v.ndim == 2 and self.role(n) == "weight"}
        dropout = None if thinning is None else thinned(self.dropouts(spec), thinning)
        size = _rows_at_once(spec, inputs)
        found = [np.zeros((0, params[f"{spec.layers}.bias"].size), np.float32)]
        for first in range(0, len(rows.pixels), size):
            part = Pictures(rows.pixels[first : first + size])
            found.append(self.asked(params | exact, spec, inputs, part, dropout=dropout))
        return np.concatenate(found)

    def asked(
        self,
        params: Parameters,
        spec: CnnSpec,
        inputs: ImageInputs,
        rows: Pictures,
        xp: ModuleType = np,
        dropout: Dropout | None = None,
    ) -> Float[Array, "rows outputs"]:
        """Outputs at prediction: where training mirrored pictures the mean of those for both sides."""
        outputs = self.apply(params, spec, inputs, rows, xp, dropout)
        if not spec.flips_at_test:
            return outputs
        mirrored = Pictures(rows.pixels[:, :, ::-1])
        return (outputs + self.apply(params, spec, inputs, mirrored, xp, dropout)) / 2

    def shapes(self, spec: CnnSpec, inputs: ImageInputs, outputs: int) -> dict[str, tuple[int, ...]]:
        """See `cnn.shapes`."""
        return cnn.shapes(spec, inputs.shape, outputs)

    def cost(self, spec: CnnSpec, inputs: ImageInputs, outputs: int) -> float:
        """Products forward, and twice back."""
        return 6.0 * cnn.products(spec, inputs.shape, outputs)

    def values(self, spec: CnnSpec, inputs: ImageInputs, outputs: int) -> int:
        """See `cnn.values`."""
        return cnn.values(spec, inputs.shape, outputs)

    def role(self, name: str) -> Role:
        """See `cnn.role`."""
        return cnn.role(name)

    def layers(self, spec: CnnSpec) -> tuple[Layer, ...]:
        """See `cnn.layers`."""
        return cnn.layers(spec)

    def dropouts(self, spec: CnnSpec) -> dict[int, float]:
        """See `cnn.dropouts`."""
        return cnn.dropouts(spec)

    def augment(self, spec: CnnSpec, inputs: ImageInputs, rows: Pictures, uniform: Uniform) -> Pictures:
        """See `honed.families.image.augment`."""
        if not spec.augment:
            return rows
        from honed.families.image.augment import augmented  # training alone has JAX

        return Pictures(augmented(rows.pixels, inputs, spec.augment, spec.augment_size, uniform))

    def structure(self, spec: CnnSpec) -> CnnSpec:
        """The network with every traced number, and what prediction alone depends on, at its default."""
        return dataclasses.replace(spec, dropout=0.0, conv_dropout=None, test_flips=True)


def _standardised(
    rows: Pictures, inputs: ImageInputs, xp: ModuleType, real: np.dtype | type = np.float32
) -> Float[Array, "rows height width channels"]:
    """Pixels as numbers around 0."""
    mean, spread = np.asarray(inputs.mean, real), np.asarray(inputs.spread, real)
    return (xp.asarray(rows.pixels).astype(real) - mean) * (1 / spread)


def _rows_at_once(spec: CnnSpec, inputs: ImageInputs) -> int:
    """Pictures in a block: as many as take little memory."""
    seen = (layer.places(spec.kernel_size) * layer.channels for layer in cnn.plan(spec, inputs.shape))
    return max(1, min(_MOST_ROWS, _BLOCK_BYTES // (4 * spec.kernel_size**2 * max(seen))))


NETWORKS = ImageNetworks()
