"""What a network for sequences is, as a frozen value: `SequenceSpec`."""

from __future__ import annotations

from dataclasses import dataclass

from honed.errors import InputError
from honed.nets.spec import ACTIVATION_NAMES
from honed.settings import check, declarations, setting

CELLS = ("gru", "lstm", "rnn")
MOST_MEMORY = 100_000  # steps that gates may start to remember


@dataclass(frozen=True, kw_only=True)
class SequenceSpec:
    """Convolutions over time, recurrent layers behind them, one vector of all steps, dense layers.

    Each part may be left out: with `blocks` of 0 a network is recurrent, with `layers` of 0 convolutional. See each
    setting's help for the rest.
    """

    layers: int = setting(
        1, int, valid="[0, 16]", search=(0, 2), group="shape", help="Recurrent layers; 0 for none."
    )
    cell: str = setting(
        "gru",
        str,
        choices=CELLS,
        search=("gru", "lstm"),
        group="recurrence",
        needs="layers",
        help="What a recurrent layer computes from step to step: gated ('gru', 'lstm'), or a plain tanh ('rnn').",
    )
    width: int = setting(
        64,
        int,
        valid="[1, 4096]",
        search=(16, 256),
        log=True,
        group="shape",
        help="Units of each recurrent layer, in each direction, and filters of each convolution.",
    )
    bidirectional: bool = setting(
        False,
        bool,
        search=(False, True),
        group="recurrence",
        needs="layers",
        help="Recurrent layers also go from the last step to the first, with units of their own.",
    )
    memory: int | None = setting(
        None,
        int,
        valid=f"[2, {MOST_MEMORY}]",
        optional=True,
        needs="layers",
        help="Steps over which gated cells remember at the start of training, up to this many (chrono start); None "
        "is a bias of 1.",
    )
    recurrent_start: str = setting(
        "orthogonal",
        str,
        choices=("orthogonal", "glorot", "identity"),
        help="How the matrix from step to step starts: 'orthogonal' and 'identity' keep a vector's length.",
    )
    blocks: int = setting(
        0, int, valid="[0, 32]", search=(0, 4), group="shape", help="Convolutions over time; 0 for none."
    )
    kernel_size: int = setting(
        5,
        int,
        valid="[1, 255]",
        search=(3, 5, 9),
        group="convolution",
        needs="blocks",
        help="Steps that a filter sees.",
    )
    dilation: int = setting(
        2,
        int,
        valid="[1, 8]",
        search=(1, 2),
        group="convolution",
        needs="blocks",
        help="Each convolution's distance between the steps it sees, over that of the one before: with 2 they are "
        "1, 2, 4, … apart.",
    )
    stride: int = setting(
        1,
        int,
        valid="[1, 64]",
        needs="blocks",
        help="Steps from one output of the first convolution to the next: shortens long sequences.",
    )
    residual: bool = setting(
        True,
        bool,
        search=(False, True),
        group="convolution",
        help="Each convolution or recurrent layer with as many outputs as inputs adds its input to its output.",
    )
    normalization: str | None = setting(
        "batch",
        str,
        choices=("batch", "layer"),
        optional=True,
        search=("batch", "layer", None),
        group="normalization",
        help="Bring sums of convolutions and dense layers to mean 0 and spread 1: of a unit over the batch and its "
        "steps, or of a step over its units.",
    )
    activation: str = setting(
        "relu",
        str,
        choices=ACTIVATION_NAMES,
        search=("relu", "silu", "gelu"),
        group="activation",
        help="The nonlinear function after each convolution and dense layer.",
    )
    pooling: str = setting(
        "last",
        str,
        choices=("last", "mean", "max", "attention"),
        search=("last", "mean", "max"),
        group="pooling",
        help="How all steps become one vector: the last step's values, their mean or largest, or a learned mean.",
    )
    random_kernels: int = setting(
        0,
        int,
        valid="[0, 10000]",
        help="Fixed random convolutions whose largest value and share above 0 reach the dense part (ROCKET).",
    )
    hidden_sizes: tuple[int, ...] = setting(
        (), int, valid="[1, 65536]", many=True, help="Units of each dense hidden layer behind all steps."
    )
    dropout: float = setting(
        0.0,
        float,
        valid="[0, 1)",
        search=(0.05, 0.5),
        group="penalties",
        switched=True,
        help="Share of units silenced in training, of each layer's outputs.",
    )
    input_dropout: float = setting(0.0, float, valid="[0, 1)", help="Share of inputs silenced in training.")

    def __post_init__(self) -> None:
        for name in ("dropout", "input_dropout"):
            value = getattr(self, name)
            if value == 1 and value is not True:
                raise InputError(
                    f"The setting {name!r} is {value!r}, but it must be {declarations(self)[name].expectation()}: at "
                    "1 every unit is silenced and nothing can be learned. Usual rates are 0.1 to 0.5."
                )
        check(self)

    @property
    def directions(self) -> int:
        """In which recurrent layers go through the steps."""
        return 2 if self.bidirectional else 1

    @property
    def over_time(self) -> int:
        """Number of hidden layers that give values at each step: convolutions, then recurrent ones."""
        return self.blocks + self.layers

    @property
    def hidden_layers(self) -> int:
        """Number of hidden layers, dense ones included."""
        return self.over_time + len(self.hidden_sizes)
