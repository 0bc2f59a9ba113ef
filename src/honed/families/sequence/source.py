"""Sequences as the search reads them: `SequenceSource`, with every check of the files before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError
from honed.families import labelled
from honed.families.archive import check_target
from honed.families.both_sides import repeated_cases, said_of_repeated
from honed.families.sequence import archive, long, shared
from honed.families.sequence.checks import check
from honed.families.sequence.encoder import SequenceEncoder, Static
from honed.families.sequence.layout import Layout
from honed.families.sequence.measured import Measured, joined
from honed.family import Further
from honed.figures import counted
from honed.lazily import pl
from honed.search.options import Options
from honed.table.cells import some
from honed.table.columns import Schema
from honed.table.order import Times
from honed.table.probable import Probable
from honed.table.split import Splits
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Int, Int32, Real

SEQUENCE, STEP = "sequence", "step"  # what options say of sequences alone
_NOUN = "sequence"
_LEAST_SHARE = (
    0.01  # of the sequences that share samples with others, from which on folds keep these together
)
_LEAST_RECORDINGS = 3  # learning, choosing and the score need one each
_MOST_IN_ONE = 0.5  # of the sequences in one recording, beyond which it cannot be kept whole


@dataclass(frozen=True)
class SequenceSource:
    """Sequences with their targets; see `honed.family.Source`.

    Attributes
    ----------
    names : the cell of a long table by which each is known, none for arrays.
    recordings : the recording that each is of, as far as shared samples tell (`honed.families.sequence.shared`).
    are_kept_together : whether `groups` are these.
    """

    name: str
    fingerprint: str
    schema: Schema
    y: Real[np.ndarray, " rows"]
    places: Int[np.ndarray, " rows"]
    sequences: Measured
    static: Static
    names: tuple[str, ...] = ()
    groups: Int[np.ndarray, " rows"] | None = None
    recordings: Int[np.ndarray, " rows"] | None = None
    are_kept_together: bool = False
    given: Int[np.ndarray, " given"] | None = None
    notes: tuple[str, ...] = ()
    further: tuple[Further, ...] = ()
    times: Times | None = None
    probable: Probable | None = None
    own: Splits | None = None

    def take(self, positions: Int[np.ndarray, " taken"]) -> Measured:
        """Those sequences; all of them in their order are not copied."""
        if len(positions) == len(self.y) and np.array_equal(positions, np.arange(len(positions))):
            return self.sequences
        return self.sequences[positions]

    def learn(self, rows: Int[np.ndarray, " rows"]) -> SequenceEncoder:
        """What these rows teach."""
        return SequenceEncoder.of(self.take(rows), self.static)


@dataclass(frozen=True)
class _Gathered:
    """Sequences with what is known of each; see `honed.families.labelled.Labelled`."""

    sequences: Measured
    target: pl.Series
    fingerprint: str
    layout: Layout | None = None
    names: tuple[str, ...] = ()
    groups: pl.Series | None = None
    group: str | None = None
    are_classes: bool = False
    classes: tuple[str, ...] = ()
    reason: str = ""
    is_typed: bool = True
    notes: tuple[str, ...] = ()


def from_files(options: Options, places: Mapping[str, str]) -> SequenceSource:
    """The source that `options` name; see `honed.family.Family.read`."""
    labelled.check_words(options, _NOUN, ("exclude", "categorical", "as_is", "sheet"))
    found = _gather(places.get("data", options.data), options)
    first, kept = None, np.arange(len(found.target))
    if options.valid is not None:
        first = len(found.target)
        found = _with(found, places.get("valid", options.valid), options)
        found, kept = _without_repeated(found, first, options)
    chosen = labelled.chosen(found, options, _NOUN, first)
    digest = hashlib.sha256(found.fingerprint.encode())
    for cells in (found.target, found.groups):
        digest.update(repr(None if cells is None else cells.to_list()).encode())
    sequences, layout = found.sequences[chosen.rows], found.layout
    said = check(sequences, () if layout is None else layout.names, options.named)
    classes = labelled.said_of_classes(chosen.schema.target, chosen.y)
    return _source(
        sequences,
        layout,
        options.named,
        digest.hexdigest(),
        chosen.schema,
        chosen.y,
        kept[chosen.rows].astype(np.int32),
        tuple(found.names[row] for row in chosen.rows) if found.names else (),
        chosen.groups,
        chosen.given,
        (_told(sequences, layout), *classes, *found.notes, *chosen.notes, *said),
    )


def of_arrays(
    sequences: Measured,
    schema: Schema,
    y: Real[np.ndarray, " rows"],
    groups: Int[np.ndarray, " rows"] | None = None,
    own: Splits | None = None,
) -> SequenceSource:
    """The source of sequences in memory that were checked, and of which the target is known."""
    digest = hashlib.sha256(repr(sequences.values.shape).encode())
    for part in (sequences.values, sequences.lengths, y, groups):
        digest.update(b"" if part is None else np.ascontiguousarray(part).data)
    places = np.arange(len(y), dtype=np.int32)
    return _source(sequences, None, "array", digest.hexdigest(), schema, y, places, groups=groups, own=own)


def _source(
    sequences: Measured,
    layout: Layout | None,
    name: str,
    fingerprint: str,
    schema: Schema,
    y: Real[np.ndarray, " rows"],
    places: Int[np.ndarray, " rows"],
    names: tuple[str, ...] = (),
    groups: Int[np.ndarray, " rows"] | None = None,
    given: Int[np.ndarray, " given"] | None = None,
    notes: tuple[str, ...] = (),
    own: Splits | None = None,
) -> SequenceSource:
    recordings = shared.parts(sequences)
    found = SequenceSource(
        name,
        fingerprint,
        schema,
        y,
        places,
        sequences.frozen(),
        Static.of(sequences, layout),
        names,
        groups,
        recordings,
        given=given,
        notes=notes,
        own=own,
    )
    return found if groups is not None or own is not None else _kept_together(found)


def _told(sequences: Measured, layout: Layout | None) -> str:
    """What sequences were read, and of which columns."""
    least, most = int(sequences.lengths.min()), int(sequences.lengths.max())
    steps = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    said = f"Each sequence has {steps} steps of {counted(sequences.channels, 'channel')}"
    if layout is None:
        return f"{said}."
    beside = [name for part in layout.beside for name in part.names]
    said += f" ({some(list(layout.names))}), which change from step to step"
    return said + (f", and beside them what does not: {some(beside)}." if beside else ".")


def _kept_together(source: SequenceSource) -> SequenceSource:
    """The source with sequences that share samples in one group, where many do.

    Those given to validate on are on their side whatever they share, which `findings.shared_samples` tells.
    """
    assert source.recordings is not None
    recordings = source.recordings.copy()
    if source.given is not None:
        recordings[source.given] = len(recordings) + np.arange(len(source.given))
    sizes = np.unique(recordings, return_counts=True)[1]
    overlapping = int(sizes[sizes > 1].sum())
    if not _do_overlap(sizes):
        return source
    said = f"{overlapping:,} of {counted(len(source.y), 'sequence')} share samples with others, as windows of one"
    groups = whole(recordings)
    if groups is None:
        said += (
            f" recording do, and the largest holds {sizes.max():,} of them, so that folds cannot keep them apart: the "
            "score will flatter. Say which belong together (--group, or `groups`), or cut windows that do not overlap."
        )
        return replace(source, notes=(*source.notes, said))
    said += (
        f" recording do: folds keep {counted(len(sizes), 'recording')} whole. Where more belongs together, such as all "
        "recordings of one person, say so (--group, or `groups`)."
    )
    return replace(source, groups=groups, are_kept_together=True, notes=(*source.notes, said))


def whole(recordings: Int[np.ndarray, " rows"]) -> Int32[np.ndarray, " rows"] | None:
    """Groups that keep recordings on one side of a split, where sequences overlap and no recording is most of all."""
    _, codes, sizes = np.unique(recordings, return_inverse=True, return_counts=True)
    if not _do_overlap(sizes) or len(sizes) < _LEAST_RECORDINGS or sizes.max() > _MOST_IN_ONE * len(codes):
        return None
    return codes.astype(np.int32)


def _do_overlap(sizes: Int[np.ndarray, " recordings"]) -> bool:
    """Whether enough sequences share samples with others."""
    return int(sizes[sizes > 1].sum()) >= max(2, _LEAST_SHARE * int(sizes.sum()))


def words_of(said: Mapping[str, JSON] | None) -> tuple[str | None, str | None]:
    """The columns of the sequence and of the step that options say, where they do."""
    said = said or {}
    return said.get(SEQUENCE), said.get(STEP)


def _gather(path: str, options: Options) -> _Gathered:
    sequence, step = words_of(options.own)
    if sequence is None:
        return _of_archive(path, options)
    found = long.read(
        path,
        sequence,
        step,
        options.target,
        options.group,
        options.exclude,
        options.categorical,
        options.as_is,
        options.sheet,
    )
    assert found.target is not None
    return _Gathered(
        found.sequences,
        found.target,
        found.fingerprint,
        found.layout,
        found.names,
        found.groups,
        options.group,
        is_typed=found.is_typed,
        notes=found.notes,
    )


def _of_archive(path: str, options: Options) -> _Gathered:
    for name in ("group", "exclude", "categorical", "as_is", "sheet"):
        if getattr(options, name):
            also = " An array `groups` keeps sequences together without that." if name == "group" else ""
            raise InputError(
                f"--{name.replace('_', '-')} is about a table, and {path} holds arrays. Leave it out.{also}"
            )
    check_target(path, options.target)
    found, sequences = archive.read(path)
    assert found.y is not None
    return _Gathered(
        sequences,
        pl.Series(options.target, found.y),
        found.fingerprint,
        groups=None if found.groups is None else pl.Series("groups", found.groups),
        group=None if found.groups is None else "groups",
        are_classes=bool(found.classes),
        classes=found.classes,
        reason="the archive names its classes" if found.classes else "",
    )


def _with(found: _Gathered, path: str, options: Options) -> _Gathered:
    """The same with sequences to validate on behind them."""
    if found.layout is None:
        other = _of_archive(path, options)
    else:
        read = long.again(path, found.layout, options.target, options.as_is, usual_sheet=options.sheet)
        if read.target is None:
            raise InputError(
                f"{options.named_valid} has no column {options.target!r}, so it cannot validate. Add it."
            )
        other = _Gathered(read.sequences, read.target, read.fingerprint, names=read.names)
    if found.sequences.channels != other.sequences.channels:
        raise InputError(
            f"{options.named_valid} has {counted(other.sequences.channels, 'channel')} and {options.named} "
            f"{found.sequences.channels:,}. Give sequences of the same channels."
        )
    targets = [cells.alias(options.target) for cells in (found.target, other.target)]
    if len({cells.dtype for cells in targets}) > 1 and not all(cells.dtype.is_numeric() for cells in targets):
        targets = [cells.cast(pl.String) for cells in targets]
    return replace(
        found,
        sequences=joined([found.sequences, other.sequences]),
        target=pl.concat([cells.to_frame() for cells in targets], how="vertical_relaxed").to_series(),
        fingerprint=found.fingerprint + other.fingerprint,
        names=(*found.names, *other.names),
        groups=None if found.groups is None else _with_groups(found.groups, other),
        notes=(*found.notes, *other.notes),
    )


def _without_repeated(
    found: _Gathered, first: int, options: Options
) -> tuple[_Gathered, Int[np.ndarray, " kept"]]:
    """The sequences without those to validate on, from place `first` on, that the data hold too; which are kept."""
    repeated = repeated_cases(found.sequences.keys(), found.target, first, options, _NOUN)
    kept = np.flatnonzero(np.append(np.ones(first, bool), ~repeated.is_one))
    if not repeated.count:
        return found, kept
    part = replace(
        found,
        sequences=found.sequences[kept],
        target=found.target[kept],
        names=tuple(found.names[row] for row in kept) if found.names else (),
        groups=None if found.groups is None else found.groups[kept],
        notes=(*found.notes, said_of_repeated(repeated, options, _NOUN)),
    )
    return part, kept


def _with_groups(groups: pl.Series, other: _Gathered) -> pl.Series:
    """Labels with those of sequences to validate on behind them, which need none: they are set apart anyway."""
    if other.groups is None:
        return groups.extend_constant(None, len(other.target))
    return pl.concat([cells.cast(pl.String) for cells in (groups, other.groups)])
