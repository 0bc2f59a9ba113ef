"""Pictures of one step of training, changed at random: mirrored, moved, a part enlarged, a square hidden.

Inside the compiled program. What is asked of `uniform` differs by kind, so one does not hang on another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp

from honed.families.image.inputs import ImageInputs
from honed.family import Array, Uniform

if TYPE_CHECKING:
    from jaxtyping import Num

_FLIP, _SHIFT, _CROP, _CUTOUT = 2_000, 2_001, 2_002, 2_003  # places of chance, beyond all layers
_HIDDEN = 2.0  # side of what cutout hides over how far pictures are moved


def augmented(
    pixels: Num[Array, "rows height width channels"],
    inputs: ImageInputs,
    kinds: tuple[str, ...],
    size: float,
    uniform: Uniform,
) -> Num[Array, "rows height width channels"]:
    """The pictures after those changes, each with chances of its own.

    Parameters
    ----------
    kinds : of "flip" (left and right, every second one), "shift" (along both axes, what comes in is mirrored), "crop"
        (a part brought to full size) and "cutout" (a square gets the mean pixel).
    size : share of the side by which pictures are moved or cut at most; cutout hides twice that.
    """
    rows, sides = pixels.shape[0], pixels.shape[1:3]
    places = [jnp.broadcast_to(jnp.arange(side), (rows, side)) for side in sides]
    if "shift" in kinds:
        reach = [max(1, round(size * side)) for side in sides]
        chance = uniform(_SHIFT, (2, rows, 1))
        for axis, (most, side) in enumerate(zip(reach, sides, strict=True)):
            step = jnp.floor(chance[axis] * (2 * most + 1)).astype(jnp.int32) - most
            places[axis] = _mirrored(places[axis] + step, side)
    if "flip" in kinds:
        is_turned = uniform(_FLIP, (rows, 1)) < 0.5
        places[1] = jnp.where(is_turned, sides[1] - 1 - places[1], places[1])
    if {"shift", "flip"} & {*kinds}:
        pixels = pixels[jnp.arange(rows)[:, None, None], places[0][:, :, None], places[1][:, None, :]]
    if "crop" in kinds:
        pixels = _cropped(pixels, size, uniform)
    return _cut(pixels, inputs, size, uniform) if "cutout" in kinds else pixels


def _mirrored(places: Array, side: int) -> Array:
    """Places beyond the border as their mirror image; the border itself is there once."""
    last = max(side - 1, 1)
    return jnp.clip(last - jnp.abs(last - jnp.abs(places)), 0, side - 1)


def _cropped(
    pixels: Num[Array, "rows height width channels"], size: float, uniform: Uniform
) -> Num[Array, "rows height width channels"]:
    """A part of each picture, between 1 - 2 size and all of each side, brought to full size by linear interpolation."""
    rows, sides = pixels.shape[0], pixels.shape[1:3]
    chance = uniform(_CROP, (3, rows, 1))
    share, found = 1 - 2 * size * chance[0], pixels.astype(jnp.float32)
    for axis, side in enumerate(sides):
        first = chance[axis + 1] * (1 - share) * (side - 1)
        at = first + share * jnp.arange(side)  # (rows, side)
        near = jnp.maximum(0, 1 - jnp.abs(at[:, :, None] - jnp.arange(side)))  # (rows, to, from)
        found = jnp.einsum("rtf,rfwc->rtwc" if axis == 0 else "rtf,rhfc->rhtc", near, found)
    whole = jnp.issubdtype(pixels.dtype, jnp.integer)
    return (jnp.round(found) if whole else found).astype(pixels.dtype)


def _cut(
    pixels: Num[Array, "rows height width channels"], inputs: ImageInputs, size: float, uniform: Uniform
) -> Num[Array, "rows height width channels"]:
    """A square of each picture, whose middle is anywhere in it, as the mean pixel."""
    rows, sides = pixels.shape[0], pixels.shape[1:3]
    chance = uniform(_CUTOUT, (2, rows, 1))
    is_cut = []
    for axis, side in enumerate(sides):
        away = jnp.abs(jnp.arange(side) - jnp.floor(chance[axis] * side))
        is_cut.append(away < max(1.0, _HIDDEN * size * side) / 2)
    both = is_cut[0][:, :, None, None] & is_cut[1][:, None, :, None]
    mean = jnp.asarray(inputs.mean, jnp.float32)
    whole = jnp.issubdtype(pixels.dtype, jnp.integer)
    return jnp.where(both, (jnp.round(mean) if whole else mean).astype(pixels.dtype), pixels)
