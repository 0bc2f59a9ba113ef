"""A run's model for programs without honed: `export` asks its family for it, checks what it says, and writes it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict

import numpy as np

from honed import model as models
from honed.errors import HonedError, InputError, RunError
from honed.family import Exported, Family, find_family
from honed.figures import size
from honed.heads import apart
from honed.logs import study
from honed.report.folds import outer_rows
from honed.run import disk
from honed.run.folder import RunFolder
from honed.search.options import Options
from honed.settings import close
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Shaped

    from honed.family import Raw
    from honed.model import Model
    from honed.model.decision import Decision

MOST = 1e-5  # difference of an export from its model: of probabilities, or of values as a share of their spread or size
_ROWS = 1_000  # held-out rows that are compared


class _Begun(TypedDict):
    """What `run.json` says of the data."""

    options: Options
    fingerprint: str
    paths: NotRequired[dict[str, str]]


class Compared(NamedTuple):
    """By how much an export differs at most, on which rows, in words; on `others` of these it names another class."""

    largest: float
    rows: str
    others: int = 0


def export(run: Path, format: str, out: Path, say: Callable[[str], None] = lambda sentence: None) -> Compared:
    """Write the model of a run, or of an estimator's `save`, in a format of its family.

    Parameters
    ----------
    out : the file; what belongs to it gets its name with other ends.
    say : is called with what was written and how it was checked.

    Raises
    ------
    InputError
        There is no model yet, no such format, a file is there already, or the model holds what the format cannot.
    RunError
        What would be written says something else than the model; nothing is written. Or the disk refuses.
    """
    model = models.load(run)
    family = find_family(model.family)
    _check_format(family, format)
    check_destination(out, family.exports[format], format)
    made = family.export(model, format, out.stem)
    files = {out.with_name(out.stem + end): content for end, content in made.files.items()}
    for path in files:
        _check_is_new(path)
    compared = _compared(run, model, family, made)
    if not compared.largest <= MOST:
        raise RunError(
            f"The export differs from the model by up to {compared.largest:.2g} on {compared.rows}, more than "
            f"{MOST:g}, so nothing was written. Export it as another format, and report this, please."
        )
    if compared.others:
        raise RunError(
            f"The export names another class than the model on {compared.others:,} of {compared.rows}, so nothing was "
            "written. Export it as another format, and report this, please."
        )
    written: list[Path] = []
    try:
        for path, content in files.items():
            disk.write_file(path, content)
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    names = " and ".join(f"{path} ({size(len(content))})" for path, content in files.items())
    say(f"Wrote {names}. On {compared.rows} it differs from the model by at most {compared.largest:.1g}.")
    for sentence in made.said:
        say(sentence)
    return compared


def _check_format(family: Family, format: str) -> None:
    if format in family.exports:
        return
    if not family.exports:
        raise InputError(
            "Networks of this family cannot be exported. Predict with `honed predict`, or with honed.load in Python."
        )
    known = [*family.exports, study.FORMAT]
    raise InputError(
        f"There is no format {format!r}.{close(format, known)} Of this model there are: {', '.join(known)}."
    )


def check_destination(out: Path, end: str, format: str) -> None:
    """Refuse a file that is there, lies in no folder or has another end than its format."""
    if out.suffix != end:
        own = f"ends in {out.suffix!r}" if out.suffix else "has no ending"
        raise InputError(
            f"{out} {own}, and the format {format} is a file that ends in {end!r}. Give --out "
            f"{out.with_suffix(end) if out.name else 'model' + end}."
        )
    if not out.parent.is_dir():
        raise InputError(f"There is no folder {out.parent} to write {out.name} to. Make it first.")
    _check_is_new(out)


def _check_is_new(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise InputError(
            f"{path} exists already, and an export never writes over a file. Give another --out."
        )


def _compared(run: Path, model: Model, family: Family, made: Exported) -> Compared:
    """The largest difference of answers to rows that the run held out, or to its made rows where these are gone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # all of it was said when the run began
            rows, words = _held_out(run, model, family)
    except (HonedError, OSError) as error:
        rows, words = family.made_rows(model), f"made rows (the run's own are not there: {_first(error)})"
    told, own = (apart(each, model.heads) for each in (model.told(rows), made.answers(rows)))
    largest, others = 0.0, 0
    for head, answer, said in zip(model.heads, own, told, strict=True):
        largest = max(largest, difference(answer, said, has_classes=bool(head.classes)))
    if made.labels is not None:
        others = other_classes(made.labels(rows), model, told)
    if made.quantiles is not None:
        largest = max(
            largest, difference(made.quantiles(rows), model.quantile_values(rows), has_classes=False)
        )
    return Compared(largest, words, others)


def _held_out(run: Path, model: Model, family: Family) -> tuple[Raw, str]:
    """Rows that no choice of the run has seen, as encoders take them; the first of all where it kept none apart."""
    folder = RunFolder.open(run)
    begun = folder.read_json("run.json", _Begun)
    places = folder.places(folder.read_json("run.json", dict[str, JSON]))
    source = family.read(begun["options"], places)
    if source.fingerprint != begun["fingerprint"]:
        raise InputError("they have changed")
    outer = outer_rows(run)
    if outer is None or not len(outer):
        taken, what = np.arange(min(_ROWS, len(source.places))), "row of the run"
    else:
        taken, what = np.flatnonzero(np.isin(source.places, outer[:_ROWS])), "held-out row"
    words = f"{len(taken):,} {what.replace('row', 'row' if len(taken) == 1 else 'rows')}"
    return family.raw(model.schema, model.encoders[0], source.take(taken)), words


def _first(error: Exception) -> str:
    return str(error).partition(". ")[0].rstrip(".")


def other_classes(
    labels: Shaped[np.ndarray, " rows"] | Shaped[np.ndarray, "rows targets"],
    model: Model,
    told: Sequence[Float[np.ndarray, "rows ..."]],
) -> int:
    """On how many rows a class that an export names is none that the model may, told these answers to each target.

    Where they lie nearer to the threshold, or to each other, than an export may differ, either class is right.
    """
    pairs = [
        (target.classes, own)
        for target, own in zip(model.schema.targets, told, strict=True)
        if target.classes
    ]
    if labels.shape[:1] != pairs[0][1].shape[:1] or labels.size != len(labels) * len(pairs):
        return len(pairs[0][1])
    is_other = np.zeros(len(labels), bool)
    for named, (classes, own) in zip(labels.reshape(len(labels), -1).T, pairs, strict=True):
        is_named = named[:, None] == np.array(classes, dtype=object)
        is_other |= ~(is_named & _may(own, model.decision)).any(axis=1)
    return int(is_other.sum())


def _may(
    told: Float[np.ndarray, "rows classes"], decision: Decision | None
) -> Bool[np.ndarray, "rows classes"]:
    """Which classes may be the answer, told these probabilities."""
    if decision is None:
        return told >= told.max(axis=1, keepdims=True) - 2 * MOST
    own = told[:, decision.positive] - decision.threshold
    may = np.empty(told.shape, bool)
    may[:, decision.positive], may[:, 1 - decision.positive] = own >= -MOST, own < MOST
    return may


def difference(
    own: Float[np.ndarray, "rows ..."], other: Float[np.ndarray, "rows ..."], *, has_classes: bool
) -> float:
    """The largest difference of probabilities; of values as a share of their size, or spread if that is more."""
    if own.shape != other.shape or not np.isfinite(own).all():
        return float("inf")
    apart = np.abs(own - other)
    if not has_classes:
        apart = apart / np.maximum(np.abs(other), max(float(other.std()), np.finfo(np.float64).tiny))
    return float(apart.max(initial=0.0))
