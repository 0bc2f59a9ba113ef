"""What a network is, as a frozen value: `NetworkSpec`."""

from __future__ import annotations

from dataclasses import dataclass

from honed.errors import InputError
from honed.settings import check, declarations, setting

ACTIVATION_NAMES = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish")


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """A multilayer perceptron with optional learned embeddings in front.

    `width` is the first hidden layer's; each next one is `taper` times the one before, never below
    max(outputs, 8). `hidden_sizes` says the widths outright. See each setting's help for the rest.
    """

    hidden_sizes: tuple[int, ...] | None = setting(
        None,
        int,
        valid="[1, 65536]",
        many=True,
        optional=True,
        help="Units of each hidden layer; replaces depth, width and taper.",
    )
    depth: int = setting(
        3, int, valid="[0, 64]", search=(1, 4), group="shape", help="Number of hidden layers."
    )
    width: int = setting(
        128,
        int,
        valid="[1, 65536]",
        search=(32, 512),
        log=True,
        group="shape",
        help="Units of the first hidden layer.",
    )
    taper: float = setting(
        1.0,
        float,
        valid="(0, 1]",
        search=(0.5, 0.75, 1.0),
        group="shape",
        help="Each layer's width over the one before.",
    )
    activation: str | tuple[str, ...] = setting(
        "relu",
        str,
        choices=ACTIVATION_NAMES,
        by_layer=True,
        search=("relu", "silu", "mish", "selu"),
        group="activation",
        help="The nonlinear function after each hidden layer.",
    )
    output_activation: str | None = setting(
        None,
        str,
        choices=ACTIVATION_NAMES,
        optional=True,
        help="A function after the output layer; for classes only with loss 'squared'.",
    )
    normalization: str | None = setting(
        None,
        str,
        choices=("batch", "layer"),
        optional=True,
        search=(None, "layer", "batch"),
        group="normalization",
        help="Bring each hidden layer's sums to mean 0 and spread 1, over the batch or over the layer's units.",
    )
    residual: bool = setting(
        False,
        bool,
        search=(False, True),
        group="normalization",
        help="Each hidden layer but the first adds its input to its output; by a learned projection where "
        "widths differ.",
    )
    parametric_activation: bool = setting(
        False, bool, help="Learn, for each unit, how far its activation departs from the identity."
    )
    parametrization: str = setting(
        "standard",
        str,
        choices=("standard", "ntk"),
        help="'ntk' divides each product by the square root of its inputs, so that one rate fits all widths.",
    )
    init: str = setting(
        "auto",
        str,
        choices=("auto", "glorot", "he", "lecun", "data"),
        help="How weights start; 'data' scales them so that each unit has spread 1 on the training rows.",
    )
    feature_scale: bool = setting(
        False, bool, help="A learned factor for each input, in front of all layers."
    )
    numeric_embedding: str | None = setting(
        None,
        str,
        choices=("periodic",),
        optional=True,
        search=(None, "periodic"),
        group="embedding",
        help="Expand each numeric column into learned cosines (PBLD).",
    )
    embedding_sigma: float = setting(
        0.1,
        float,
        valid="(0, 1000]",
        search=(0.05, 10.0),
        log=True,
        widest=(1e-3, 30.0),
        group="embedding",
        needs="numeric_embedding",
        help="Spread of the starting frequencies of the periodic embedding.",
    )
    embedding_frequencies: int = setting(16, int, valid="[1, 256]", help="Cosines for each numeric column.")
    embedding_size: int = setting(
        4, int, valid="[2, 256]", help="Values for each numeric column after its embedding, itself included."
    )
    category_size: int = setting(8, int, valid="[1, 256]", help="Values for each embedded category level.")
    dropout: float | tuple[float, ...] = setting(
        0.0,
        float,
        valid="[0, 1)",
        by_layer=True,
        search=(0.05, 0.5),
        group="penalties",
        switched=True,
        help="Share of hidden units silenced in training.",
    )
    input_dropout: float = setting(0.0, float, valid="[0, 1)", help="Share of inputs silenced in training.")

    def __post_init__(self) -> None:
        for name in ("dropout", "input_dropout"):
            value = getattr(self, name)
            if any(
                rate == 1 and rate is not True for rate in (value if isinstance(value, tuple) else (value,))
            ):
                raise InputError(
                    f"The setting {name!r} is {value!r}, but it must be {declarations(self)[name].expectation()}: at "
                    "1 every unit is silenced and nothing can be learned. Usual rates are 0.1 to 0.5."
                )
        check(self)
        for name in ("activation", "dropout"):
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != self.layers:
                raise InputError(
                    f"The setting {name!r} lists {len(value)} layers, but the network has {self.layers} hidden "
                    "layers. Give one item for each, or one for all."
                )

    @property
    def layers(self) -> int:
        """Number of hidden layers."""
        return self.depth if self.hidden_sizes is None else len(self.hidden_sizes)

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each hidden layer."""
        return self.activation if isinstance(self.activation, tuple) else (self.activation,) * self.layers

    @property
    def dropouts(self) -> tuple[float, ...]:
        """The dropout rate of each hidden layer."""
        return self.dropout if isinstance(self.dropout, tuple) else (self.dropout,) * self.layers

    def sizes(self, outputs: int) -> tuple[int, ...]:
        """Units of each hidden layer for a network with that many outputs."""
        if self.hidden_sizes is not None:
            return tuple(int(size) for size in self.hidden_sizes)
        floor = max(outputs, 8)
        widths = [self.width * self.taper**layer for layer in range(self.depth)]
        return tuple(round(w) if layer == 0 else max(round(w), floor) for layer, w in enumerate(widths))
