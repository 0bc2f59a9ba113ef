"""The networks for pictures that every search tries first: `presets`.

Each says where its values are from. Measured means: on Fashion-MNIST, 55,000 training pictures, batches of 128, rate
0.01, one seed; shares of the test pictures. No network mirrors pictures but the one that is there to try it: mirrored
digits are no digits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from honed.families.image.inputs import ImageInputs
from honed.nets.cnn_spec import CnnSpec
from honed.train.recipe import Preset
from honed.train.spec import TrainingSpec

PLAINEST = "plain"  # the quickest to compile and to train
_SIDE = 32  # pixels, to which the first convolution brings larger pictures
_LAST = 4  # places along a side, down to which stages halve it
_FEW_EPOCHS = (
    2  # of the largest, up to which a quick network comes further; with three it is the other way round
)
_WIDEST, _WIDEST_BRIEF = 128, 32  # filters of the first stage


def presets(task: str, rows: int, inputs: ImageInputs, epochs: int) -> tuple[Preset, ...]:
    """The defaults in the order in which they are tried; the first is the one a winner has to beat.

    Parameters
    ----------
    rows : training pictures.
    epochs : passes over them that the plan allows; with few the quickest network is the first.
    """
    side = max(inputs.height, inputs.width)
    stride = 2 ** max(0, math.ceil(math.log2(side / _SIDE)))
    stages = min(5, max(2, round(math.log2(side / stride / _LAST))))
    training = TrainingSpec(
        optimizer="adamw",
        learning_rate=0.01,
        weight_decay=0.01,
        schedule="one_cycle",
        batch_size=128 if rows >= 8_192 else 64 if rows >= 1_024 else 32,
        epochs=epochs,
    )
    rules = _rules(side, stride)
    deep = Preset(
        "three stages" if stages == 3 else f"{stages} stages",
        CnnSpec(channels=32, stages=stages, blocks=1, stride=stride, head="dense"),
        training,
        "a convolution a stage with batch normalization, filters doubled from stage to stage, one-cycle rate "
        "(measured: 93.1 % after 8 epochs with mirrored pictures)",
        rules=rules,
    )
    plain = Preset(
        PLAINEST,
        CnnSpec(
            channels=32,
            stages=2,
            blocks=1,
            stride=2 * stride,
            head="dense",
            hidden_sizes=(128,),
        ),
        training,
        "two stages on every second pixel and a dense layer, as in quick networks for MNIST "
        "(tuomaso/train_mnist_fast; measured: 90.7 % after 3 epochs, in two fifths of the time of every pixel)",
        rules=rules,
    )
    first, other = (plain, deep) if epochs <= _FEW_EPOCHS else (deep, plain)
    mirrored = replace(
        first,
        name=f"{first.name}, mirrored",
        network=replace(first.network, augment=("flip",)),
        reason="the same on pictures that are mirrored at random, which pays where left and right mean the same "
        "(measured on clothes: 93.1 % by three stages after 8 epochs); a prediction is the mean of a picture's and its "
        "mirror image's",
    )
    return first, mirrored, other


def _rules(side: int, stride: int) -> Mapping[str, str]:
    if stride == 1:
        return {}
    return {"stride": f"pictures of {side} pixels are brought to about {_SIDE} by the first convolution"}


def widest(*, is_brief: bool) -> int:
    """Most filters of the first stage; fewer where each network has but seconds."""
    return _WIDEST_BRIEF if is_brief else _WIDEST
