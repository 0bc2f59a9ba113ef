"""What a convolutional network is, as a frozen value: `CnnSpec`."""

from __future__ import annotations

from dataclasses import dataclass

from honed.errors import InputError
from honed.nets.spec import ACTIVATION_NAMES
from honed.settings import check, declarations, setting

AUGMENTATIONS = ("flip", "shift", "crop", "cutout")
CONVOLUTIONAL_SHARE = 1 / 3  # of the dense layers' dropout


@dataclass(frozen=True, kw_only=True)
class CnnSpec:
    """Stages of convolutions, each of which halves the picture, and dense layers behind them.

    `channels` are the first stage's filters; each next stage has `growth` times as many. A list says them outright, and
    with them how many stages there are. See each setting's help for the rest.
    """

    channels: int | tuple[int, ...] = setting(
        32,
        int,
        valid="[1, 4096]",
        by_layer=True,
        each="stage",
        search=(16, 128),
        log=True,
        group="shape",
        help="Filters of each convolution of the first stage; a list says those of each stage.",
    )
    growth: float = setting(
        2.0, float, valid="[1, 8]", help="Each stage's channels over those of the one before."
    )
    stages: int = setting(
        3,
        int,
        valid="[1, 8]",
        search=(2, 4),
        group="shape",
        help="Parts behind each of which the picture is halved.",
    )
    blocks: int = setting(
        2, int, valid="[1, 16]", search=(1, 2), group="shape", help="Convolutions in each stage."
    )
    kernel_size: int = setting(3, int, valid="[1, 31]", help="Pixels that a filter sees along each axis.")
    stride: int = setting(
        1,
        int,
        valid="[1, 16]",
        help="Pixels from one output of the first convolution to the next: shrinks large pictures.",
    )
    pooling: str = setting(
        "max",
        str,
        choices=("max", "average", "stride"),
        search=("max", "average"),
        group="pooling",
        help="How a stage halves the picture: the largest or the mean of 2 × 2 values, or a convolution of stride 2.",
    )
    pool_behind: str = setting(
        "last",
        str,
        choices=("first", "last"),
        help="Behind which of a stage's convolutions: the first is quicker, as the others then see fewer places.",
    )
    residual: bool = setting(
        False,
        bool,
        search=(False, True),
        group="normalization",
        help="Each convolution with as many filters as channels adds its input to its output.",
    )
    normalization: str | None = setting(
        "batch",
        str,
        choices=("batch", "layer"),
        optional=True,
        search=(None, "layer", "batch"),
        group="normalization",
        help="Bring sums to mean 0 and spread 1: of a channel over the batch, or of a layer over the picture.",
    )
    activation: str = setting(
        "relu",
        str,
        choices=ACTIVATION_NAMES,
        search=("relu", "silu", "gelu"),
        group="activation",
        help="The nonlinear function after each hidden layer.",
    )
    head: str = setting(
        "average",
        str,
        choices=("average", "dense"),
        search=("average", "dense"),
        group="shape",
        help="What the dense part sees: the mean of each channel over all places, or every place.",
    )
    hidden_sizes: tuple[int, ...] = setting(
        (),
        int,
        valid="[1, 65536]",
        many=True,
        help="Units of each dense hidden layer behind the convolutions.",
    )
    whitening: bool = setting(
        False,
        bool,
        help="A fixed first layer that takes apart what neighbouring pixels have in common, from training pictures.",
    )
    dropout: float = setting(
        0.0,
        float,
        valid="[0, 1)",
        search=(0.05, 0.5),
        group="penalties",
        switched=True,
        help="Share of units silenced in training: of the dense hidden layers, or of what the output layer sees.",
    )
    conv_dropout: float | None = setting(
        None,
        float,
        valid="[0, 1)",
        optional=True,
        help="The same of convolutional layers; None is a third of dropout.",
    )
    augment: tuple[str, ...] = setting(
        (),
        str,
        choices=AUGMENTATIONS,
        many=True,
        help="Changes of training pictures, anew in each step: mirrored, moved, a part enlarged, a square hidden.",
    )
    augment_size: float = setting(
        0.1, float, valid="(0, 0.5]", help="How far: share of the side by which pictures are moved or cut."
    )
    test_flips: bool = setting(
        True,
        bool,
        help="Where training mirrors pictures, predict by the mean of a picture and its mirror image.",
    )

    def __post_init__(self) -> None:
        for name in ("dropout", "conv_dropout"):
            value = getattr(self, name)
            if value == 1 and value is not True:
                raise InputError(
                    f"The setting {name!r} is {value!r}, but it must be {declarations(self)[name].expectation()}: at "
                    "1 every unit is silenced and nothing can be learned. Usual rates are 0.1 to 0.5, and a third of "
                    "that in convolutional layers."
                )
        check(self)
        if isinstance(self.channels, tuple) and not self.channels:
            raise InputError(
                "The setting 'channels' is an empty list. Give the filters of each stage, such as 32,64."
            )

    @property
    def widths(self) -> tuple[int, ...]:
        """Filters of each stage."""
        if isinstance(self.channels, tuple):
            return tuple(int(size) for size in self.channels)
        return tuple(round(self.channels * self.growth**stage) for stage in range(self.stages))

    @property
    def convolutions(self) -> int:
        """Number of convolutional layers."""
        return self.blocks * len(self.widths)

    @property
    def layers(self) -> int:
        """Number of hidden layers."""
        return self.convolutions + len(self.hidden_sizes)

    @property
    def rate_of_convolutions(self) -> float:
        """The dropout of convolutional layers."""
        return self.dropout * CONVOLUTIONAL_SHARE if self.conv_dropout is None else self.conv_dropout

    @property
    def flips_at_test(self) -> bool:
        """Whether a prediction is the mean of a picture's and its mirror image's."""
        return self.test_flips and "flip" in self.augment
