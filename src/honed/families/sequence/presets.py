"""The networks for sequences that every search tries first: `presets`, each with where its values are from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from honed.families.sequence.inputs import SequenceInputs
from honed.nets.sequence_spec import MOST_MEMORY, SequenceSpec
from honed.train.recipe import Preset, Rates
from honed.train.spec import TrainingSpec

PLAINEST = "random kernels"  # the quickest to train: no gradient goes through them
_LONG = 40  # steps, to which the first convolution shortens longer sequences
_MOST_STRIDE = 8  # so that kernels of 9 steps leave none out
_WIDEST, _WIDEST_BRIEF = 256, 96  # units of a layer over time
_FEWEST_KERNELS, _MOST_KERNELS = 64, 512  # random ones
_MOST_PLACES = 262_144  # of random kernels in one sequence: their number times the steps
_RECURRENT_RATES = Rates("learning_rate", (3e-4, 0.02))


def presets(task: str, rows: int, inputs: SequenceInputs, epochs: int) -> tuple[Preset, ...]:
    """The defaults in the order in which they are tried; the first is the one a winner has to beat.

    Parameters
    ----------
    rows : training sequences.
    epochs : passes over them that the plan allows.
    """
    stride = min(_MOST_STRIDE, 2 ** max(0, math.ceil(math.log2(inputs.time / _LONG))))
    kernel = 9 if stride > 4 else 5 if inputs.time >= 12 else 3
    rules = _rules(inputs.time, stride)
    training = TrainingSpec(
        optimizer="adamw",
        learning_rate=0.004,
        weight_decay=0.01,
        schedule="one_cycle",
        batch_size=64 if rows >= 1_024 else 32 if rows >= 256 else 16,
        epochs=epochs,
    )
    convolutions = SequenceSpec(
        layers=0,
        blocks=3,
        width=64,
        kernel_size=kernel,
        dilation=2,
        stride=stride,
        residual=True,
        pooling="max",
        dropout=0.2,
    )
    recurrent = replace(training, learning_rate=0.003, gradient_clip=1.0)
    remembered = min(MOST_MEMORY, max(2, inputs.time))
    gru = SequenceSpec(layers=1, cell="gru", width=64, pooling="last", memory=remembered)
    kernels = max(_FEWEST_KERNELS, min(_MOST_KERNELS, rows // 8, _MOST_PLACES // inputs.time))
    return (
        Preset(
            "convolutions",
            replace(convolutions, random_kernels=kernels // 2),
            training,
            "three convolutions over time with batch normalization, as in FCN (Wang et al. 2017, arXiv 1611.06455), "
            "ever wider apart, as in temporal convolutional networks (Bai et al. 2018, arXiv 1803.01271), and beside "
            "their largest values over all steps those of random kernels (measured on movements of people: 95.7 % "
            "after 8 epochs, and 93.3 % without random kernels)",
            rules=rules,
        ),
        Preset(
            PLAINEST,
            SequenceSpec(layers=0, random_kernels=kernels, pooling="mean", dropout=0.1),
            replace(training, learning_rate=0.003, weight_decay=0.1),
            "fixed random convolutions of many widths, of which the largest value and the share above a bound are "
            "learned from, as in ROCKET and MiniRocket (Dempster et al. 2020, 2021, arXiv 2012.08791; measured on "
            "movements of people: 95.6 % by 512 after 8 epochs, 95.1 % by 256)",
        ),
        Preset(
            "convolutions, gru",
            replace(convolutions, layers=1, blocks=2, pooling="last", bidirectional=True),
            recurrent,
            "convolutions that shorten the sequence and a recurrent layer in both directions behind them, as in "
            "DeepConvLSTM (Ordóñez & Roggen 2016; measured on movements of people: 93.3 % after 8 epochs)",
            rates=_RECURRENT_RATES,
            rules=rules,
        ),
        Preset(
            "gru",
            gru,
            recurrent,
            "a gated recurrent layer whose last state answers (Cho et al. 2014), gates that start to remember over the "
            "whole sequence (Tallec & Ollivier 2018, arXiv 1804.11188), and clipped gradients (Pascanu et al. 2013, "
            "arXiv 1211.5063)",
            rates=_RECURRENT_RATES,
        ),
    )


def widest(*, is_brief: bool) -> int:
    """Most units of a layer over time; fewer where each network has but seconds."""
    return _WIDEST_BRIEF if is_brief else _WIDEST


def _rules(time: int, stride: int) -> Mapping[str, str]:
    if stride == 1:
        return {}
    return {
        "stride": f"sequences of {time:,} steps are brought to {-(-time // stride):,} by the first convolution"
    }
