"""A model of pictures as an ONNX file, from pixels as they are to answers: `exported`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from honed.families.exports import voted
from honed.families.exports.traced import ROWS, Graph, Namespace
from honed.families.image.encoder import ImageEncoder
from honed.families.image.inputs import Pictures
from honed.families.image.networks import NETWORKS
from honed.family import Exported
from honed.model.model import Model

if TYPE_CHECKING:
    from jaxtyping import Num

PIXELS = "pixels"  # the input


def exported(model: Model) -> Exported:
    """The file.

    Raises
    ------
    InputError
        The packages onnx or onnxruntime are missing.
    """
    encoder = cast("ImageEncoder", model.encoders[0])
    kind = np.dtype(np.float32 if encoder.inputs.is_float else np.uint8)
    shape = encoder.inputs.shape

    def encoded(graph: Graph, xp: Namespace) -> list[Pictures]:
        pixels: Any = graph.input(PIXELS, np.zeros((ROWS, *shape), kind))
        return [Pictures(pixels)] * len(model.encoders)  # each network standardises them itself

    def fed(rows: Num[np.ndarray, "rows height width channels"]) -> dict[str, np.ndarray]:
        return {PIXELS: encoder.encode(rows).pixels}

    said = f"The input {PIXELS!r} is {kind.name} (rows, {', '.join(map(str, shape))}): height, width and channels."
    deep = f" {encoder.inputs.of_16_bits}".rstrip()
    return voted.exported(model, NETWORKS.asked, encoded, fed, said + deep, deep)
