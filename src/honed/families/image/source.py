"""Pictures as the search reads them: `ImageSource`, with every check of the files before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honed.families import labelled
from honed.families.both_sides import repeated_cases, said_of_repeated
from honed.families.image import gathered
from honed.families.image.gathered import Gathered
from honed.families.image.inputs import ImageInputs
from honed.families.image.size import Size
from honed.family import Further
from honed.figures import counted, figure
from honed.search.options import Options
from honed.table.columns import Schema
from honed.table.order import Times
from honed.table.probable import Probable
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Int, Real, Shaped, UInt64

_SAMPLE = 4_096  # pictures whose pixels tell how these are scaled
_FINE = 10  # steps of the spread's power of ten, to which mean and spread are rounded


@dataclass(frozen=True)
class ImageSource:
    """Pictures with their targets; see `honed.family.Source`.

    Attributes
    ----------
    pixels : uint8 or float32 (rows, height, width, channels).
    names : the path of each, none for arrays.
    shapes : height, width and format of each file, such as "PNG 28 × 28"; none for arrays.
    span : least and largest pixel of files of 16 bits, which became the bytes 0 and 255; None where none has such.
    inputs : what is static about them, once rows have told how pixels are scaled (`settled`).
    column : that of their paths, of a table.
    """

    name: str
    fingerprint: str
    schema: Schema
    y: Real[np.ndarray, " rows"]
    places: Int[np.ndarray, " rows"]
    pixels: Shaped[np.ndarray, "rows height width channels"]
    names: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    groups: Int[np.ndarray, " rows"] | None = None
    given: Int[np.ndarray, " given"] | None = None
    notes: tuple[str, ...] = ()
    span: tuple[int, int] | None = None
    inputs: ImageInputs | None = None
    further: tuple[Further, ...] = ()
    times: Times | None = None
    probable: Probable | None = None
    own: Splits | None = None
    column: str | None = None

    def take(self, positions: Int[np.ndarray, " taken"]) -> Shaped[np.ndarray, "taken height width channels"]:
        """Those pictures; all of them in their order are not copied."""
        if len(positions) == len(self.pixels) and np.array_equal(positions, np.arange(len(positions))):
            return self.pixels
        return self.pixels[positions]

    def settled(self, rows: Int[np.ndarray, " rows"]) -> ImageSource:
        """The source with the scale of its pixels, told by these rows, the same for all folds."""
        return replace(self, inputs=inputs_of(self.pixels, rows, self.span))


def inputs_of(
    pixels: Shaped[np.ndarray, "rows height width channels"],
    rows: Int[np.ndarray, " rows"],
    span: tuple[int, int] | None = None,
) -> ImageInputs:
    """What is static about pictures, with mean and spread of each channel as these rows tell them.

    Both are rounded to a tenth of the spread's power of ten: as good for training, and the same for other rows of
    the same pictures, so that programs are compiled once.
    """
    some_rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE)).astype(np.int64)]
    seen = pixels[some_rows].astype(np.float64)
    mean, spread = seen.mean(axis=(0, 1, 2)), seen.std(axis=(0, 1, 2))
    spread = np.where(spread > 0, spread, 1.0)
    step = 10.0 ** np.floor(np.log10(spread)) / _FINE
    spread, mean = np.maximum(np.round(spread / step), 1) * step, np.round(mean / step) * step
    _, height, width, channels = pixels.shape
    return ImageInputs(
        height,
        width,
        channels,
        tuple(float(f"{value:.6g}") for value in mean),
        tuple(float(f"{value:.6g}") for value in spread),
        pixels.dtype != np.uint8,
        span,
    )


def from_files(options: Options, places: Mapping[str, str]) -> ImageSource:
    """The source that `options` name; see `honed.family.Family.read`."""
    own = gathered.Own.of(options.own)
    labelled.check_words(options, "picture", () if own.image is None else ("as_is", "sheet"))
    if options.valid is not None:
        gathered.check_one_kind(options.data, options.valid)
    parts = [gathered.gather(places.get("data", options.data), own, options)]
    if options.valid is not None:
        parts.append(gathered.gather(places.get("valid", options.valid), own, options, learns=False))
    whole = gathered.together(parts)
    found = gathered.with_pixels(whole, own.size)
    count = int((found.part == 0).sum())
    if len(parts) == 1:
        return of_gathered(found, options.named, options)
    return of_gathered(_without_repeated(found, count, options), options.named, options, count)


def keys_of(pixels: Shaped[np.ndarray, "rows height width channels"]) -> UInt64[np.ndarray, " rows"]:
    """A number a picture, the same for equal ones."""
    digests = (
        hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=8).digest() for picture in pixels
    )
    return np.frombuffer(b"".join(digests), np.uint64)


def _without_repeated(found: Gathered, first: int, options: Options) -> Gathered:
    """The pictures without those to validate on, from place `first` on, that are pictures of the data too."""
    assert found.pixels is not None
    repeated = repeated_cases(keys_of(found.pixels), found.target, first, options, "picture")
    if not repeated.count:
        return found
    kept = found.keep(np.append(np.ones(first, bool), ~repeated.is_one))
    return replace(kept, notes=(*kept.notes, said_of_repeated(repeated, options, "picture")))


def of_gathered(found: Gathered, name: str, options: Options, first: int | None = None) -> ImageSource:
    """The source of pictures that were read.

    Parameters
    ----------
    first : so many of them, the first, are of the data, and the rest were given to validate on; None where none were.
    """
    assert found.pixels is not None
    with labelled.with_reasons(found.lost):
        rows, schema, y, groups, given, notes = labelled.chosen(found, options, "picture", first)
    digest = hashlib.sha256(found.fingerprint.encode())
    for cells in (found.target, found.groups):
        digest.update(repr(None if cells is None else cells.to_list()).encode())
    pixels = found.pixels if len(rows) == len(found.pixels) else found.pixels[rows]
    pixels = pixels if pixels.base is None else np.array(pixels)
    pixels.flags.writeable = False
    return ImageSource(
        name,
        digest.hexdigest(),
        schema,
        y,
        found.places[rows].astype(np.int32),
        pixels,
        tuple(found.names[row] for row in rows) if found.names else (),
        tuple(found.shapes[row] for row in rows) if found.shapes else (),
        groups,
        given,
        (_told(pixels), *labelled.said_of_classes(schema.target, y), *found.notes, *notes),
        found.span,
        column=found.column,
    )


def _told(pixels: Shaped[np.ndarray, "rows height width channels"]) -> str:
    """The size and the channels of pictures, as networks get them."""
    _, height, width, channels = pixels.shape
    kind = (
        "bytes"
        if pixels.dtype == np.uint8
        else f"numbers from {figure(pixels.min())} to {figure(pixels.max())}"
    )
    return f"Each picture has {Size(height, width)} pixels of {counted(channels, 'channel')}: {kind}."


def of_arrays(
    pixels: Shaped[np.ndarray, "rows height width channels"],
    schema: Schema,
    y: Real[np.ndarray, " rows"],
    groups: Int[np.ndarray, " rows"] | None = None,
    own: Splits | None = None,
) -> ImageSource:
    """The source of pictures in memory, of which the target is known."""
    pixels = np.array(pixels)  # nobody else can change these
    pixels.flags.writeable = False
    digest = hashlib.sha256(repr((pixels.shape, pixels.dtype.str)).encode())
    for part in (pixels, y, groups):
        digest.update(b"" if part is None else np.ascontiguousarray(part).data)
    places = np.arange(len(y), dtype=np.int32)
    return ImageSource("array", digest.hexdigest(), schema, y, places, pixels, groups=groups, own=own)
