"""Pictures in another unit than the others, such as from 0 to 1 among pictures from 0 to 255: `wrongly_scaled`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.families.image.inputs import ImageInputs
from honed.families.image.source import ImageSource
from honed.figures import counted, figure
from honed.findings import Finding
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Shaped

# Between the range of a picture's pixels and the usual one. The darkest photograph still has a tenth of the full range;
# from 0 to 1 is 1/255 of it, and 16 bits are 257 times as much.
_FAR = 50.0
_SPREADS = 4.0  # a picture's range is usually so many standard deviations of the training pixels
_FAR_IN_SPREADS = 20.0  # a range so many times as large, or as small, is in another unit
_WARNING = 0.01  # share of the pictures
_MOST_SHOWN = 20
_BLOCK = 2_048
_REFERENCE = "LeCun et al. 1998, Efficient BackProp: inputs should have mean 0 and the same spread"


def wrongly_scaled(source: ImageSource, splits: Splits) -> list[Finding]:
    """Pictures whose pixels range over a fiftieth, or fifty times, of what is usual among training pictures.

    Blank pictures have no range, and are told of elsewhere. A warning from 1 %, or where so few spread all pixels so
    wide that the usual picture has hardly any contrast left.
    """
    ranges = _ranges(source.pixels)
    usual = _usual(ranges[splits.known(len(ranges))])
    if not usual:
        return []
    rows = np.flatnonzero(_is_far(ranges, usual))
    if not len(rows):
        return []
    share, largest = len(rows) / len(ranges), float(ranges[rows].max())
    inputs = source.inputs
    flattens = inputs is not None and largest > usual and max(inputs.spread) > usual
    such = f", such as {source.names[rows[0]]}" if source.names else ""
    return [
        Finding(
            "wrongly-scaled-pictures",
            "warning" if share >= _WARNING or flattens else "note",
            f"{len(rows):,} of {len(ranges):,} pictures ({share:.1%}) are in another unit than the others: their "
            f"pixels range over {figure(float(np.median(ranges[rows])))} where {figure(usual)} is usual{such}.",
            {
                "pictures": len(rows),
                "share": share,
                "usual": usual,
                "ranges": sorted({float(f"{ranges[row]:.4g}") for row in rows[:_MOST_SHOWN]}),
                "first": source.places[rows[:_MOST_SHOWN]].tolist(),
            },
            "All pixels are scaled by one mean and one spread, so such pictures look blank to the network, or make all "
            "others look so.",
            "Bring all pictures to one unit, such as 0 to 255, before training, and new ones to the same.",
            reference=_REFERENCE,
        )
    ]


def in_another_unit(
    pictures: Shaped[np.ndarray, "rows height width channels"], inputs: ImageInputs
) -> list[str]:
    """A sentence where most pictures to predict are in another unit than those of training.

    Their usual range is compared with the spread of training pixels, which is a part of the range of one picture.
    """
    usual, spread = _usual(_ranges(pictures)), max(inputs.spread)
    ratio = usual / (_SPREADS * spread)
    if not usual or 1 / _FAR_IN_SPREADS < ratio < _FAR_IN_SPREADS:
        return []
    said = (
        f"The pixels of {counted(len(pictures), 'picture')} to predict usually range over {figure(usual)}, those of "
        f"training pictures spread by {figure(spread)}: they seem to be in another unit. Bring them to that one."
    )
    return [said]


def _ranges(pixels: Shaped[np.ndarray, "rows height width channels"]) -> Float[np.ndarray, " rows"]:
    """From the least to the largest pixel of each picture."""
    found = [np.zeros(0)]
    for first in range(0, len(pixels), _BLOCK):
        block = pixels[first : first + _BLOCK]
        block = block.reshape(len(block), -1)
        found.append(block.max(axis=1).astype(np.float64) - block.min(axis=1))
    return np.concatenate(found)


def _usual(ranges: Float[np.ndarray, " rows"]) -> float:
    """The median of those that have a range; 0 where none has."""
    seen = ranges[ranges > 0]
    return float(np.median(seen)) if len(seen) else 0.0


def _is_far(ranges: Float[np.ndarray, " rows"], usual: float) -> Bool[np.ndarray, " rows"]:
    return (ranges > 0) & ((ranges <= usual / _FAR) | (ranges >= usual * _FAR))
