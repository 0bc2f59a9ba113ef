"""The report's part on pictures that the scored model has not seen: measures, the worst errors, examples: `unseen`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from honed.families.image.source import ImageSource, from_files
from honed.families.image.thumbnails import address, filters
from honed.families.unseen import examples
from honed.figures import counted
from honed.report.parts import Shown, Unseen
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Int

    from honed.model.model import Model

_WHITE, _LEARNED = "whitening.fixed", "0.weight"  # what comes first in a network, with whitening and without


def unseen(run: Path, summary: Mapping[str, JSON], trained_again: bool) -> Unseen:
    """The part "unseen" of a story; with "says" alone where it cannot be told, and why.

    Parameters
    ----------
    run, summary, trained_again : see `honed.family.Family.unseen`.
    """
    part, model = examples.told(run, summary, trained_again, "picture", from_files, _drawing)
    if model is not None:
        part["filters"] = first_filters(model)
    return cast(Unseen, part)


def _drawing(source: ImageSource, places: Int[np.ndarray, " rows"]) -> Callable[[int], Shown]:
    """Each picture, with the path of its file."""
    pictures = source.take(places)
    low, high = (
        (0.0, 255.0) if source.pixels.dtype == np.uint8 else (float(pictures.min()), float(pictures.max()))
    )

    def shown(place: int) -> Shown:
        found: Shown = {"picture": address(pictures[place], low, high)}
        if source.names:
            found["name"] = source.names[places[place]]
        return found

    return shown


def first_filters(model: Model) -> dict[str, JSON]:
    """The first layer's filters of the network that counts most."""
    params = max(model.members, key=lambda each: each.weight).params
    is_white = _WHITE in params
    weight = params[_WHITE if is_white else _LEARNED]
    height, width, channels, count = weight.shape
    return {
        "says": f"{counted(count, 'filter')} of {height} × {width} pixels, each in its own range: grey is zero, white "
        "what it looks for and black what speaks against it."
        + ("" if channels in (1, 3) else f" Each is the mean over its {channels} channels.")
        + (
            " Whitening took them from patches of training pictures, and training left them."
            if is_white
            else ""
        ),
        "pictures": filters(weight),
    }
