"""A network for sequences in words and numbers: `facts`, `words` and `told`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honed.families.sequence.inputs import SequenceInputs
from honed.nets.sequence_spec import SequenceSpec

if TYPE_CHECKING:
    from honed.report.facts import Network

COMPARED = (
    *("blocks", "kernel_size", "dilation", "stride", "layers", "cell", "bidirectional", "memory", "width"),
    *("pooling", "random_kernels", "hidden_sizes", "normalization", "residual", "activation", "dropout"),
)
_OF_BLOCKS = ("kernel_size", "dilation", "stride")
_OF_LAYERS = ("cell", "bidirectional", "memory")


def facts(spec: SequenceSpec, inputs: SequenceInputs, outputs: int) -> Network:
    """Numbers of a sequence in, the units of each layer, numbers out."""
    hidden = [spec.width] * spec.blocks + [spec.width * spec.directions] * spec.layers
    return {
        "inputs": inputs.time * inputs.channels + inputs.beside,
        "hidden": [*hidden, *spec.hidden_sizes],
        "outputs": outputs,
        "activation": spec.activation,
    }


def words(spec: SequenceSpec, outputs: int) -> str:
    """Such as "3 × conv 64, bidirectional gru 64, mean over time, relu"."""
    parts = []
    if spec.random_kernels:
        parts.append(f"{spec.random_kernels:,} random kernels")
    if spec.blocks:
        parts.append(_times(spec.blocks, f"conv {spec.width}"))
    if spec.layers:
        way = "bidirectional " if spec.bidirectional else ""
        parts.append(_times(spec.layers, f"{way}{spec.cell} {spec.width}"))
    if spec.blocks or spec.layers:
        parts.append("last step" if spec.pooling == "last" else f"{spec.pooling} over time")
    parts += [f"dense {size}" for size in spec.hidden_sizes]
    if spec.blocks or spec.hidden_sizes:
        parts.append(spec.activation)
    return ", ".join(parts) or "linear"


def told(spec: SequenceSpec) -> list[str]:
    """Settings that decide something in this network."""
    idle = {name for name in ("normalization", "memory", "random_kernels") if not getattr(spec, name)}
    idle |= set() if spec.hidden_sizes else {"hidden_sizes"}
    idle |= set() if spec.blocks else set(_OF_BLOCKS)
    idle |= set() if spec.layers else set(_OF_LAYERS)
    if not spec.blocks and not spec.hidden_sizes:
        idle |= {"normalization", "activation"}
    if spec.blocks + spec.layers < 2:
        idle.add("residual")
    if not spec.blocks and not spec.layers:
        idle.add("width")  # of the inputs themselves a vector is made all the same
    return [name for name in COMPARED if name not in idle]


def _times(count: int, what: str) -> str:
    return what if count == 1 else f"{count} × {what}"
