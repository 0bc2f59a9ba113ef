"""Rows that neither training nor any choice has seen, with what the scored model says of them: `Seen`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honed.metrics import find, row_losses
from honed.report.parts import Shown, Worst, WorstRow
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Real

    from honed.model.model import Model

_MOST_POINTS = 400  # of one curve or cloud in the page
_MOST_CLASSES, _LEAST_POSITIVES = 6, 10  # classes with curves of their own; fewer rows give no curve
_WORST = 8
_SAME = 1e-6  # relative: a model that is shown must give the score that the run has told


@dataclass(frozen=True)
class Seen:
    """The outer rows with what the model says of them: probabilities (rows, classes) or values (rows,)."""

    places: Int[np.ndarray, " rows"]  # in what the user gave, from 1
    truth: Real[np.ndarray, " rows"]
    told: Float[np.ndarray, "rows ..."]
    model: Model

    @property
    def classes(self) -> tuple[str, ...]:
        """Class texts; none for values."""
        return self.model.classes

    @property
    def said(self) -> Int[np.ndarray, " rows"]:
        """The code of the class that is the answer for each row."""
        return self.model.decided(self.told)

    def has_the_score(self, summary: Mapping[str, JSON], if_unknown: bool) -> bool:
        """Whether the predictions give the score of the summary; `if_unknown` where either is not known."""
        metric, score = find(summary["metric"]), summary.get("nested", summary)["scores"].get(summary["uses"])
        if metric is None or score is None or score["value"] is None:
            return if_unknown
        if summary.get("positive") is not None:
            metric = metric.of(self.classes.index(summary["positive"]))
        return math.isclose(metric.score(self.truth, self.told), score["value"], rel_tol=_SAME)

    def worst(self, own: Callable[[int], Shown]) -> Worst:
        """The rows whose loss is greatest; `own` gives what tells a row of that position from others."""
        losses = row_losses(self.truth, self.told)
        rows: list[WorstRow] = []
        codes = self.said if self.classes else np.zeros(0, int)
        for place in np.argsort(-losses, kind="stable")[:_WORST].tolist():
            row, loss = int(self.places[place]), float(losses[place])
            if self.classes:
                code = int(codes[place])
                truth, said = self.classes[int(self.truth[place])], self.classes[code]
                sure = float(self.told[place, code])
            else:
                truth, said, sure = float(self.truth[place]), float(self.told[place]), None
            rows.append({"row": row, "loss": loss, "truth": truth, "said": said, "sure": sure, **own(place)})
        greatest = np.sort(losses)[::-1][: max(1, len(losses) // 20)]
        share = float(greatest.sum() / losses.sum()) if losses.sum() else 0.0
        return {
            "says": f"The worst twentieth of the rows makes {share:.0%} of the loss.",
            "share": share,
            "rows": rows,
        }


def frequent(truth: Int[np.ndarray, " rows"]) -> list[int]:
    """The most frequent classes, those with too few rows left out."""
    counts = np.bincount(truth)
    order = np.argsort(-counts, kind="stable")[:_MOST_CLASSES]
    return [int(code) for code in order if counts[code] >= _LEAST_POSITIVES or code == order[0]]


def thinned(count: int) -> Int[np.ndarray, " points"]:
    """Positions of at most `_MOST_POINTS` of so many points, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(int))


def few(values: Real[np.ndarray, " points"]) -> list[float]:
    """Numbers with six digits: more would only make the page longer."""
    return [float(f"{value:.6g}") for value in values]
