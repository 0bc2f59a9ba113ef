"""What the model does on the outer rows, which neither training nor any choice has seen: `facts`.

A finished search trains its networks once more on all rows, so the model that predicts has seen the outer rows. What
is shown here is the one that was scored, which the run keeps beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from honed.errors import HonedError
from honed.figures import counted, figure
from honed.metrics import area_under_roc, average_precision, find, r2, row_losses
from honed.report import measures
from honed.report.folds import outer_rows

if TYPE_CHECKING:
    import polars as pl

    from honed.model.model import Model
    from honed.table.columns import Schema
    from honed.table.kinds import Column
    from honed.table.read import Table

Part = dict[str, Any]

_LEADING, _REPEATS, _EFFECTS = 8, 5, 4  # columns shown, and how often each is shuffled; columns with effects
_GRID, _MOST_LEVELS = 12, 8
_MOST_ROWS, _LEAST_ROWS = 1_000, 60
_BRIEF, _WELL = 20_000, 60_000  # answers of single networks that a measurement may take: bounds its time
_BLOCK = 2_048  # rows in one product
_MOST_POINTS = 400  # of one curve or cloud in the page
_WORST, _CELLS = 8, 4
_MOST_CLASSES, _LEAST_POSITIVES = 6, 10  # classes with curves of their own; fewer rows give no curve
_T = 2.776  # Student's t for 95 % and 5 repeats
_SAME = 1e-6  # relative: a model that is shown must give the score that the run has told


@dataclass(frozen=True)
class _Seen:
    """The outer rows with what the model says of them: probabilities (rows, classes) or values (rows,)."""

    frame: pl.DataFrame
    places: np.ndarray  # rows of the file, from 1
    truth: np.ndarray
    told: np.ndarray
    model: Model

    @property
    def classes(self) -> tuple[str, ...]:
        """Class texts; none for values."""
        return self.model.classes

    def affordable(self, variants: int, answers: int) -> int:
        """Rows that can be asked about in so many variants."""
        rows = answers // (variants * len(self.model.members))
        return min(len(self.truth), max(_LEAST_ROWS, min(_MOST_ROWS, rows)))


def facts(path: Path, run: Part, summary: Part, trained_again: bool) -> Part:
    """The part "unseen" of a story; with "says" alone where it cannot be told, and why.

    Parameters
    ----------
    path : the run's folder.
    run, summary : content of run.json and summary.json.
    trained_again : whether any network was trained on all rows: what is saved may then have seen the outer ones.
    """
    from honed.model import load

    try:
        rows = outer_rows(path)
        if rows is None:
            return {
                "says": "The run has not kept which rows its score is of, as honed did not once, so the model is not "
                "shown on rows that it has not seen."
            }
        if not len(rows):
            return {
                "says": "The table is too small to keep rows apart, so there are none that the model has not seen."
            }
        table = _table(run, path)
    except (HonedError, OSError) as error:
        return {"says": f"The data cannot be read any more, so the model is not shown on them: {error}"}
    if table is None:
        return {
            "says": f"The file {run['options']['data']} has changed since the run was started, so the model is not "
            "shown on it."
        }
    kept = path / "scored"
    seen = _look(load(kept if kept.is_dir() else path), table, rows)
    if not _has_the_score(seen, summary, if_unknown=kept.is_dir() or not trained_again):
        return {
            "says": "The networks that were scored are not kept any more, and those that are saved have another score, "
            "so the model is not shown on rows that it has not seen."
        }
    schema = seen.model.schema
    importance = _importance(seen, schema)
    leading = [each["name"] for each in importance["columns"]]
    told = _classes(seen) if seen.classes else _values(seen, schema.target.name)
    return {
        "says": f"All of this is measured on {counted(len(seen.truth), 'row')} that neither training nor any choice "
        "has seen.",
        "rows": len(seen.truth),
        "classes": list(seen.classes),
        **told,
        "importance": importance,
        "effects": _effects(seen, schema, leading[:_EFFECTS]),
        "worst": _worst(seen, leading[:_CELLS]),
    }


# Rows and networks as the run had them


def _table(run: Part, path: Path) -> Table | None:
    """The table that the run read, or None when the file is another one."""
    from honed.run.folder import RunFolder
    from honed.table import read

    places = RunFolder.open(path).places(run)
    table = read.read(places["data"])
    if "valid" in places:
        table = read.joined(table, read.read(places["valid"], least_rows=1))
    return table if table.fingerprint == run["fingerprint"] else None


def _look(model: Model, table: Table, rows: np.ndarray) -> _Seen:
    from honed.table.columns import target_values

    frame = table.frame[rows.tolist()]
    told = model.probabilities(frame) if model.classes else model.values(frame)
    return _Seen(frame, rows + 1, target_values(table, model.schema, rows), told, model)


def _tell(model: Model, frame: pl.DataFrame) -> np.ndarray:
    """What the model says, without its promise that a row's last bit is the same in any company: far quicker."""
    from honed.encode.encoder import Encoded
    from honed.model.model import decode, sharpen
    from honed.nets import mlp

    encoded = {number: model.encoders[number].encode(frame) for number in {m.encoder for m in model.members}}
    total: Any = 0.0
    for member in model.members:
        inputs, rows = model.encoders[member.encoder].inputs, encoded[member.encoder]
        outputs = np.concatenate(
            [
                mlp.apply(
                    member.params,
                    member.network,
                    inputs,
                    Encoded(*(part[first : first + _BLOCK] for part in rows)),
                )
                for first in range(0, frame.height, _BLOCK)
            ]
        )
        total = total + member.weight * decode(member.target, outputs, member.loss, member.quantiles)
    return sharpen(total, model.temperature) if model.classes else total


def _has_the_score(seen: _Seen, summary: Part, if_unknown: bool) -> bool:
    """Whether the predictions give the score of the summary; `if_unknown` where either is not known."""
    metric, score = find(summary["metric"]), summary["scores"].get(summary["uses"])
    if metric is None or score is None or score["value"] is None:
        return if_unknown
    if summary.get("positive") is not None:
        metric = metric.of(seen.classes.index(summary["positive"]))
    return math.isclose(metric.score(seen.truth, seen.told), score["value"], rel_tol=_SAME)


# Classes


def _classes(seen: _Seen) -> Part:
    said = seen.told.argmax(axis=1)
    shown = [1] if len(seen.classes) == 2 else _frequent(seen.truth)
    return {
        "confusion": _confusion(seen, said),
        "roc": _roc(seen, shown),
        "precision_recall": _precision_recall(seen, shown),
        "calibration": _calibration(seen, said),
    }


def _frequent(truth: np.ndarray) -> list[int]:
    """The most frequent classes, those with too few rows left out."""
    counts = np.bincount(truth)
    order = np.argsort(-counts, kind="stable")[:_MOST_CLASSES]
    return [int(code) for code in order if counts[code] >= _LEAST_POSITIVES or code == order[0]]


def _confusion(seen: _Seen, said: np.ndarray) -> Part:
    matrix = measures.confusion(seen.truth, said, len(seen.classes))
    right = int(np.trace(matrix))
    says = f"{right:,} of {len(said):,} rows ({right / len(said):.0%}) are given their own class"
    wrong = matrix - np.diag(np.diag(matrix))
    if wrong.any():
        a, b = np.unravel_index(wrong.argmax(), wrong.shape)
        says += (
            f"; the commonest mistake says {seen.classes[b]!r} of {seen.classes[a]!r} ({wrong[a, b]:,} times)"
        )
    return {"says": says + ".", "matrix": matrix.tolist(), "classes": list(seen.classes)}


def _roc(seen: _Seen, shown: Sequence[int]) -> Part | None:
    curves = []
    for code in shown:
        positive = seen.truth == code
        if positive.all() or not positive.any():
            continue
        false, true = measures.roc(positive, seen.told[:, code])
        area = area_under_roc(positive, seen.told[:, code])
        kept = _thinned(len(false))
        curves.append(
            {"class": seen.classes[code], "false": _few(false[kept]), "true": _few(true[kept]), "area": area}
        )
    if not curves:
        return None
    best, worst = max(curves, key=lambda c: c["area"]), min(curves, key=lambda c: c["area"])
    if len(curves) == 1:
        says = (
            f"A row of class {best['class']!r} gets the higher probability of it in {best['area']:.1%} of all pairs "
            "with a row of another class (the area under the curve; 50% is guessing)."
        )
    else:
        says = (
            f"{best['class']!r} is told from the rest best (area {figure(best['area'], pad=True)}), "
            f"{worst['class']!r} worst ({figure(worst['area'], pad=True)}; 0.5 is guessing)."
        )
    return {"says": says, "curves": curves}


def _precision_recall(seen: _Seen, shown: Sequence[int]) -> Part | None:
    curves = []
    for code in shown:
        positive = seen.truth == code
        if not positive.any():
            continue
        recall, precision = measures.precision_recall(positive, seen.told[:, code])
        kept = _thinned(len(recall))
        curves.append(
            {
                "class": seen.classes[code],
                "recall": _few(recall[kept]),
                "precision": _few(precision[kept]),
                "area": average_precision(seen.truth, seen.told, code),
                "share": float(positive.mean()),
            }
        )
    if not curves:
        return None
    worst = min(curves, key=lambda c: c["area"])
    says = (
        f"Average precision for {worst['class']!r} is {figure(worst['area'], pad=True)}; guessing would give its "
        f"share of the rows, {figure(worst['share'], pad=True)}."
    )
    return {"says": says, "curves": curves}


def _calibration(seen: _Seen, said: np.ndarray) -> Part:
    """For two classes of the second one's probability, else of the probability of what was said."""
    if len(seen.classes) == 2:
        bins = measures.calibration(seen.truth == 1, seen.told[:, 1])
        of = f"probability of {seen.classes[1]!r}"
    else:
        bins = measures.calibration(seen.truth == said, seen.told.max(axis=1))
        of = "probability of the class that was said"
    error = measures.calibration_error(bins)
    held = sum(each["low"] <= each["said"] <= each["high"] for each in bins)
    says = (
        f"Probabilities are off by {error:.1%} on average; in {held} of {len(bins)} groups what was said lies within "
        "the 95% interval of what happened."
    )
    return {"says": says, "of": of, "error": error, "bins": bins}


# Values


def _values(seen: _Seen, target: str) -> Part:
    rest = seen.truth - seen.told
    kept = _thinned(len(rest))
    explained = r2(seen.truth, seen.told)
    explained = 0.0 if math.isnan(explained) else explained
    half = float(np.median(np.abs(rest)))
    counts, edges = np.histogram(rest, bins=min(30, max(8, len(rest) // 15)))
    bias = float(rest.mean())
    error = float(rest.std(ddof=1) / math.sqrt(len(rest))) if len(rest) > 1 else math.inf
    low, high = np.split(np.abs(rest)[np.argsort(seen.told, kind="stable")], [len(rest) // 2])
    grows = float(np.median(high) / np.median(low)) if len(low) and np.median(low) > 0 else 1.0
    aside = f"they lean to the {'low' if bias > 0 else 'high'} side by {figure(abs(bias))} on average"
    return {
        "predicted": {
            "says": f"The model explains {explained:.1%} of the spread of {target!r} (R²); half of its answers "
            f"are within {figure(half)} of the truth.",
            "r2": explained,
            "median_error": half,
            "truth": _few(seen.truth[kept]),
            "told": _few(seen.told[kept]),
        },
        "residuals": {
            "says": "Answers are right on average: the mean residual is within its noise."
            if abs(bias) < 2 * error
            else f"Answers are not right on average: {aside}.",
            "spread_says": f"Among the higher half of the answers the middle error is {figure(grows)} times that "
            "among the lower half.",
            "spread": grows,
            "mean": bias,
            "edges": _few(edges),
            "counts": counts.tolist(),
            "told": _few(seen.told[kept]),
            "rest": _few(rest[kept]),
        },
    }


# Columns


def _importance(seen: _Seen, schema: Schema) -> Part:
    """What shuffling one column adds to the error, a mean over repeats with its 95 % interval (Breiman 2001).

    The error is log-loss, or the root mean squared error, which has the target's units.
    """
    rng = np.random.default_rng(0)
    names = [column.name for column in schema.columns if column.used]
    order = rng.permutation(len(seen.truth))
    first = _added(seen, names, order[: seen.affordable(len(names), _BRIEF)], 1, rng)
    leading = [names[place] for place in np.argsort(-first[:, 0], kind="stable")[:_LEADING]]
    rows = order[: seen.affordable(len(leading) * _REPEATS, _WELL)]
    added = _added(seen, leading, rows, _REPEATS, rng)
    half = _T * added.std(axis=1, ddof=1) / math.sqrt(_REPEATS)
    columns = [
        {"name": name, "value": float(mean), "low": float(mean - wide), "high": float(mean + wide)}
        for name, mean, wide in zip(leading, added.mean(axis=1), half, strict=True)
    ]
    columns.sort(key=lambda each: -each["value"])
    unit = "log-loss" if seen.classes else "root mean squared error"
    clear = [each for each in columns if each["low"] > 0]
    most = columns[0]
    says = f"With the cells of {most['name']} shuffled, the {unit} grows by {figure(most['value'])}"
    if len(clear) < len(columns):
        says += f"; {len(clear) or 'none'} of the {len(columns)} leading columns clearly count"
    return {"says": says + ".", "unit": unit, "rows": len(rows), "repeats": _REPEATS, "columns": columns}


def _added(
    seen: _Seen, names: Sequence[str], rows: np.ndarray, repeats: int, rng: np.random.Generator
) -> np.ndarray:
    """float (names, repeats): the error with the column shuffled, less that without."""
    import polars as pl

    frame, truth = seen.frame[rows.tolist()], seen.truth[rows]
    base = row_losses(truth, seen.told[rows]).mean()
    variants = [
        frame.with_columns(frame[name][rng.permutation(len(rows)).tolist()])
        for name in names
        for _ in range(repeats)
    ]
    told = _tell(seen.model, pl.concat(variants))
    losses = row_losses(np.tile(truth, len(variants)), told)
    shuffled = losses.reshape(len(names), repeats, len(rows)).mean(axis=2)
    return shuffled - base if seen.classes else np.sqrt(shuffled) - np.sqrt(base)


def _effects(seen: _Seen, schema: Schema, names: Sequence[str]) -> list[Part]:
    """Mean answers with one column set to each of several values in all rows (Friedman 2001), and their quarters.

    For more than two classes the answer is the probability of the most frequent one.
    """
    import polars as pl

    columns = [next(c for c in schema.columns if c.name == name) for name in names]
    rows = np.random.default_rng(1).permutation(len(seen.truth))[
        : seen.affordable(_GRID * len(names), _BRIEF)
    ]
    frame = seen.frame[np.sort(rows).tolist()]
    grids = [_grid(seen.frame[column.name], column) for column in columns]
    variants = [
        frame.with_columns(pl.Series(column.name, [cell] * frame.height, frame[column.name].dtype))
        for column, (cells, _) in zip(columns, grids, strict=True)
        for cell in cells
    ]
    told = _tell(seen.model, pl.concat(variants)).reshape(len(variants), frame.height, -1)
    ends = np.cumsum([len(cells) for cells, _ in grids])
    parts = np.split(told, ends[:-1])
    return [
        _effect(seen, column, shown, part)
        for column, (_, shown), part in zip(columns, grids, parts, strict=True)
    ]


def _effect(seen: _Seen, column: Column, shown: list[Any], told: np.ndarray) -> Part:
    """The facts of one column; `told` (values, rows, classes or 1)."""
    code = 1 if len(seen.classes) == 2 else (_frequent(seen.truth)[0] if seen.classes else 0)
    answers = told[:, :, code]
    mean = answers.mean(axis=1)
    low, high = np.quantile(answers, [0.25, 0.75], axis=1)
    of = f"probability of {seen.classes[code]!r}" if seen.classes else "answer"
    a, b = int(mean.argmin()), int(mean.argmax())
    number = "{:.0%}".format if seen.classes else figure
    says = (
        f"The mean {of} goes from {number(mean[a])} at {column.name} = {_word(shown[a])} "
        f"to {number(mean[b])} at {_word(shown[b])}."
    )
    return {
        "says": says,
        "column": column.name,
        "kind": "numeric" if column.kind == "numeric" else "levels",
        "of": of,
        "values": shown,
        "mean": _few(mean),
        "low": _few(low),
        "high": _few(high),
    }


def _grid(cells: pl.Series, column: Column) -> tuple[list[Any], list[Any]]:
    """Cells to put in, and the same as numbers or words to show."""
    if column.kind == "numeric":
        from honed.table.cells import numbers

        own = numbers(cells, np.arange(1, len(cells) + 1))
        own = own[np.isfinite(own)]
        places = (
            np.quantile(own, np.linspace(0.02, 0.98, _GRID), method="nearest") if len(own) else np.zeros(1)
        )
        shown = [float(value) for value in np.unique(places)]
        is_text = not cells.dtype.is_numeric()
        return [repr(value) if is_text else value for value in shown], shown
    counts = cells.drop_nulls().alias("cell").value_counts(name="rows")  # whatever the column is called
    counts = counts.sort(["rows", "cell"], descending=[True, False])
    levels = counts["cell"].to_list()[:_MOST_LEVELS]
    return levels, [str(level) for level in levels]


def _worst(seen: _Seen, names: Sequence[str]) -> Part:
    """The rows whose loss is greatest, with the cells of the leading columns."""
    losses = row_losses(seen.truth, seen.told)
    rows = []
    for place in np.argsort(-losses, kind="stable")[:_WORST]:
        cells = {
            name: None if (cell := seen.frame[name][int(place)]) is None else str(cell) for name in names
        }
        row: Part = {"row": int(seen.places[place]), "loss": float(losses[place]), "cells": cells}
        if seen.classes:
            said = int(seen.told[place].argmax())
            row |= {
                "truth": seen.classes[int(seen.truth[place])],
                "said": seen.classes[said],
                "sure": float(seen.told[place, said]),
            }
        else:
            row |= {"truth": float(seen.truth[place]), "said": float(seen.told[place]), "sure": None}
        rows.append(row)
    share = (
        float(np.sort(losses)[::-1][: max(1, len(losses) // 20)].sum() / losses.sum())
        if losses.sum()
        else 0.0
    )
    return {
        "says": f"The worst twentieth of the rows makes {share:.0%} of the loss.",
        "share": share,
        "rows": rows,
    }


def _thinned(count: int) -> np.ndarray:
    """Positions of at most `_MOST_POINTS` of so many points, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(int))


def _few(values: np.ndarray) -> list[float]:
    """Numbers with six digits: more would only make the page longer."""
    return [float(f"{value:.6g}") for value in values]


def _word(value: Any) -> str:
    return figure(value) if isinstance(value, float) else repr(value)
