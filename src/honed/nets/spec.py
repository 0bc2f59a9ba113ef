"""What a network is, as a frozen value: `NetworkSpec`."""

from __future__ import annotations

from dataclasses import dataclass

from honed.settings import check, setting

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
    depth: int = setting(3, int, valid="[0, 64]", search=(1, 4), help="Number of hidden layers.")
    width: int = setting(
        128, int, valid="[1, 65536]", search=(32, 512), log=True, help="Units of the first hidden layer."
    )
    taper: float = setting(
        1.0, float, valid="(0, 1]", search=(0.5, 0.75, 1.0), help="Each layer's width over the one before."
    )
    activation: str = setting(
        "relu",
        str,
        choices=ACTIVATION_NAMES,
        search=("relu", "silu", "mish", "selu"),
        help="The nonlinear function after each hidden layer.",
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
        help="Expand each numeric column into learned cosines (PBLD).",
    )
    embedding_sigma: float = setting(
        0.1,
        float,
        valid="(0, 1000]",
        search=(0.05, 10.0),
        log=True,
        help="Spread of the starting frequencies of the periodic embedding.",
    )
    embedding_frequencies: int = setting(16, int, valid="[1, 256]", help="Cosines for each numeric column.")
    embedding_size: int = setting(
        4, int, valid="[2, 256]", help="Values for each numeric column after its embedding, itself included."
    )
    category_size: int = setting(8, int, valid="[1, 256]", help="Values for each embedded category level.")
    dropout: float = setting(
        0.0, float, valid="[0, 1)", search=(0.05, 0.5), help="Share of hidden units silenced in training."
    )
    input_dropout: float = setting(0.0, float, valid="[0, 1)", help="Share of inputs silenced in training.")

    def __post_init__(self) -> None:
        check(self)

    def sizes(self, outputs: int) -> tuple[int, ...]:
        """Units of each hidden layer for a network with that many outputs."""
        if self.hidden_sizes is not None:
            return tuple(int(size) for size in self.hidden_sizes)
        floor = max(outputs, 8)
        widths = [self.width * self.taper**layer for layer in range(self.depth)]
        return tuple(round(w) if layer == 0 else max(round(w), floor) for layer, w in enumerate(widths))
