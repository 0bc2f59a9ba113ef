"""The networks for pictures that every search tries first: `presets`."""

from __future__ import annotations

from honed.families.image.inputs import ImageInputs
from honed.nets.cnn_spec import CnnSpec
from honed.train.recipe import Preset
from honed.train.spec import TrainingSpec


def presets(task: str, rows: int, inputs: ImageInputs, epochs: int) -> tuple[Preset, ...]:
    """One network of the usual kind: stages of a convolution each, which double their filters."""
    training = TrainingSpec(
        optimizer="adamw", learning_rate=0.01, weight_decay=0.01, epochs=epochs, schedule="cosine"
    )
    why = "a convolution a stage, as in the first networks for pictures (LeCun et al. 1998)"
    return (Preset("plain", CnnSpec(channels=16, stages=2, blocks=1), training, why),)
