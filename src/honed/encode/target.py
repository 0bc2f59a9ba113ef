"""The target on the scale that the network learns, and the way back to its own units and range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from honed import typed
from honed.errors import InputError
from honed.figures import counted
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Float64, Int32, Real

TargetKind = Literal["classes", "linear", "log", "poisson", "gamma"]
RATE_LOSSES: tuple[TargetKind, ...] = ("poisson", "gamma")  # whose outputs are logarithms of what is expected
MARGIN = 0.05  # part of the training range that predictions may exceed it by, on either side
_MOST = 1e15  # standard deviations: the square of a target farther out is beyond float32
_END = float(np.finfo(np.float64).max)  # no bound: JSON has no infinity
_SKEWED = 1.0  # skewness from which a logarithm is worth a trial


@dataclass(frozen=True)
class TargetEncoder:
    """Standardises a regression target, or its logarithm; class codes pass unchanged.

    Attributes
    ----------
    kind : "classes", "linear", "log" (of the target plus `offset`), or one of `RATE_LOSSES`: the target over its mean
        is learned by the loss of that name, and the outputs are logarithms of what is expected of that.
    mean, scale : of the (logarithm of the) training target; for `RATE_LOSSES` the logarithm of its mean, and 1.
    low, high : bounds of decoded values, in the target's units: the training range widened by a margin on either
        side, but not below 0 when no training target was.
    offset : added before the logarithm; 0 unless some training targets are 0.
    """

    kind: TargetKind
    mean: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    high: float = 0.0
    offset: float = 0.0

    def encode(
        self, y: Real[np.ndarray, " rows"]
    ) -> Float32[np.ndarray, " rows"] | Int32[np.ndarray, " rows"]:
        """Standardised values, or codes of classes. Below the range of a "log" target, as its bound.

        Targets unlike any in training end at 1e15, so that their squares stay finite.
        """
        if self.kind == "classes":
            return np.asarray(y, dtype=np.int32)
        y = np.asarray(y, dtype=np.float64)
        if self.kind in RATE_LOSSES:  # of Gamma's a logarithm is taken
            least = float(np.finfo(np.float32).tiny) if self.kind == "gamma" else 0.0
            return np.clip(y / np.exp(self.mean), least, _MOST).astype(np.float32)
        if self.kind == "log":
            y = np.log(np.maximum(y, self.low) + self.offset)
        return np.clip((y - self.mean) / self.scale, -_MOST, _MOST).astype(np.float32)

    def decode(self, outputs: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
        """Network outputs to float64 in the target's units, within `low` and `high`; logits stay as they are."""
        if self.kind == "classes":
            return np.asarray(outputs)
        values = np.asarray(outputs, dtype=np.float64) * self.scale + self.mean
        if self.is_exponential:
            values = np.exp(np.minimum(values, 700.0)) - self.offset  # exp overflows from 710
        return np.clip(values, self.low, self.high)

    def undone(self, encoded: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " rows"]:
        """Values on the scale of `encode`, as other models say them, in the target's units."""
        if self.kind not in RATE_LOSSES:
            return self.decode(encoded)
        return np.clip(np.asarray(encoded, np.float64) * np.exp(self.mean), self.low, self.high)

    @property
    def is_exponential(self) -> bool:
        """Whether outputs are logarithms of the target plus `offset`, or of what is expected of it."""
        return self.kind in ("log", *RATE_LOSSES)

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values; numbers come back exactly."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: JSON, place: str = "") -> TargetEncoder:
        """The encoder that `to_json` wrote; `Misfit` for anything else, with the `place` in the document."""
        encoder = typed.take(cls, value, place)
        typed.finite([encoder.mean, encoder.scale, encoder.offset], place)
        typed.require(encoder.scale > 0, f"{place}.scale", "is not above 0")
        typed.require(encoder.low <= encoder.high, place, "has a `low` above its `high`")
        return encoder


def fit(
    y: Real[np.ndarray, " rows"],
    kind: TargetKind,
    margin: float = MARGIN,
    weights: Real[np.ndarray, " rows"] | None = None,
) -> TargetEncoder:
    """Learn mean, scale and range of the training target `y`.

    Parameters
    ----------
    kind : "log" and `RATE_LOSSES` need targets of 0 or more, see `check_rate`.
    margin : part of the training range that predictions may exceed it by, on either side; infinity for no bound.
    weights : how much each row counts in mean and scale; None for all the same.
    """
    if kind == "classes":
        return TargetEncoder("classes")
    y = np.asarray(y, dtype=np.float64)
    least, most = float(y.min()), float(y.max())
    slack = margin * (most - least) if most > least else 0.0
    low = max(least - slack, 0.0) if least >= 0 else max(least - slack, -_END)
    offset = 0.0
    if kind in RATE_LOSSES:
        mean = float(np.average(y, weights=weights)) or 1.0
        return TargetEncoder(kind, float(np.log(mean)), 1.0, low, min(most + slack, _END))
    if kind == "log":
        assert least >= 0, "the logarithm needs targets of 0 or more"
        offset = _offset(y)
        if least > 0:
            low = max(low, 0.5 * least)  # above 0, where the logarithm ends
        y = np.log(y + offset)
    mean = float(np.average(y, weights=weights))
    scale = float(y.std()) if weights is None else float(np.average((y - mean) ** 2, weights=weights)) ** 0.5
    if not scale > 1e-12 * max(float(np.abs(y).max()), 1e-280):
        scale = 1.0  # a constant target: all outputs decode to it within the bounds
    return TargetEncoder(kind, mean, scale, low, min(most + slack, _END), offset)


def kind_of(loss: str) -> TargetKind:
    """How a quantity is learned by a loss of that name."""
    by_loss: dict[str, TargetKind] = dict(zip(RATE_LOSSES, RATE_LOSSES, strict=True))
    return by_loss.get(loss, "linear")


def check_rate(y: Real[np.ndarray, " rows"], loss: str, name: str) -> None:
    """Raise `InputError` where a loss for counts or amounts is to learn a target that holds others."""
    if loss not in RATE_LOSSES:
        return
    wrong = y < 0 if loss == "poisson" else y <= 0
    if not wrong.any():
        return
    least = "0 or more, as counts are" if loss == "poisson" else "above 0, as amounts are"
    raise InputError(
        f"The loss {loss!r} is for numbers {least}, but the target {name!r} holds {float(y.min()):g} ("
        f"{counted(int(wrong.sum()), 'row')} of {len(y):,} with such values). Take another loss, such as 'squared'"
        f"{', or poisson, which takes 0' if loss == 'gamma' and y.min() >= 0 else ''}."
    )


def middle(shares: Sequence[float]) -> tuple[tuple[int, float], ...]:
    """Which of the quantiles, in what proportion, make the median: (place, part) each; empty where none can.

    Examples
    --------
    >>> middle((0.1, 0.5, 0.9)), middle((0.1, 0.9)), middle((0.7, 0.9))
    (((1, 1.0),), ((0, 0.5), (1, 0.5)), ())
    """
    if 0.5 in shares:
        return ((list(shares).index(0.5), 1.0),)
    above = sum(share < 0.5 for share in shares)  # the place of the first one above
    if not 0 < above < len(shares):
        return ()
    low, high = shares[above - 1], shares[above]
    part = (0.5 - low) / (high - low)
    return ((above - 1, 1 - part), (above, part))


def log_fits(y: Real[np.ndarray, " rows"]) -> bool:
    """Whether a logarithm is a candidate: targets of 0 or more, skewed to the right, and less so after it."""
    y = np.asarray(y, dtype=np.float64)
    if len(y) < 3 or y.min() < 0 or y.max() == y.min():
        return False
    before = _skewness(y)
    return before > _SKEWED and abs(_skewness(np.log(y + _offset(y)))) < before


def may_fit(y: Real[np.ndarray, " rows"], train: Real[np.ndarray, " learned"], kind: TargetKind) -> bool:
    """Whether to try that way to learn a quantity `y`, of which `train` are the rows learned from first.

    The logarithm where it makes a skewed target less so; Poisson's loss where such a target is counts, whole numbers
    from 0 or 1 on (prices in whole dollars are none: there it is far behind, `diamonds` and `ames_housing`); Gamma's
    where it is above 0 and holds others than whole numbers. Every row is learned from in the end, so one negative value
    anywhere rules all of them out.
    """
    y = np.asarray(y, np.float64)
    if y.min() < 0 or not log_fits(train):
        return False
    is_whole, least = bool((y == np.floor(y)).all()), float(y.min())
    return {"log": True, "poisson": is_whole and least <= 1, "gamma": least > 0 and not is_whole}.get(
        kind, False
    )


def _offset(y: Float64[np.ndarray, " rows"]) -> float:
    """0 for positive targets; else a tenth of the median positive one, so that zeros stay near the others."""
    if y.min() > 0:
        return 0.0
    positive = y[y > 0]
    return (0.1 * float(np.median(positive)) if len(positive) else 0.0) or 1.0


def _skewness(y: Float64[np.ndarray, " rows"]) -> float:
    """Third standardised moment."""
    unit = float(np.abs(y).max()) or 1.0
    centred = y / unit - float((y / unit).mean())
    spread = float(np.sqrt((centred**2).mean()))
    return 0.0 if spread < 1e-12 else float(((centred / spread) ** 3).mean())
