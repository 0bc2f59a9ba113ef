"""A network for pictures in words and numbers: `facts`, `words` and `told`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honed.families.image.inputs import ImageInputs
from honed.nets.cnn_spec import CnnSpec

if TYPE_CHECKING:
    from honed.report.facts import Network

COMPARED = (
    *(
        "channels",
        "stages",
        "blocks",
        "kernel_size",
        "pooling",
        "head",
        "normalization",
        "residual",
        "activation",
    ),
    *("dropout", "conv_dropout", "augment", "whitening"),
)


def facts(spec: CnnSpec, inputs: ImageInputs, outputs: int) -> Network:
    """Pixels in, the filters of each convolution and the units of each dense layer, numbers out."""
    filters = [width for width in spec.widths for _ in range(spec.blocks)]
    return {
        "inputs": inputs.height * inputs.width * inputs.channels,
        "hidden": [*filters, *spec.hidden_sizes],
        "outputs": outputs,
        "activation": spec.activation,
    }


def words(spec: CnnSpec, outputs: int) -> str:
    """Such as "2 × conv 32, 2 × conv 64, dense 128, relu"."""
    times = f"{spec.blocks} × " if spec.blocks > 1 else ""
    parts = [f"{times}conv {width}" for width in spec.widths]
    parts += [f"dense {size}" for size in spec.hidden_sizes]
    return ", ".join([*parts, spec.activation])


def told(spec: CnnSpec) -> list[str]:
    """Settings that decide something in this network."""
    idle = {"stages"} if isinstance(spec.channels, tuple) else set()
    idle |= {
        name for name in ("normalization", "residual", "augment", "whitening") if not getattr(spec, name)
    }
    if spec.conv_dropout is None:
        idle.add("conv_dropout")
    return [name for name in COMPARED if name not in idle]
