"""What pictures are drawn with: a `Scale` along an axis, a `Plot` with two of them, and marks and words in SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 440  # units
LEFT, RIGHT, _TOP, BOTTOM = 64, 12, 12, 40
LETTER = 6.9  # units that one letter of a label takes on average


@dataclass(frozen=True)
class Scale:
    """A range of numbers to be laid along an axis; `log` needs a positive one, `whole` has no halves to point at."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high end; values beyond stop there."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(value, self.low))
        return min(1.0, max(0.0, (at - low) / (high - low))) if high > low else 0.5

    def ticks(self, most: int = 5) -> list[float]:
        """Round numbers inside the range."""
        if self.log:
            return self._log_ticks(most)
        if self.high <= self.low:
            return [self.low]
        rough = (self.high - self.low) / most
        power = 10 ** math.floor(math.log10(rough))
        step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough * 0.7)
        step = max(step, 1) if self.whole else step
        first = math.ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def _log_ticks(self, most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        units = (1, 2, 5) if last - first <= 2 else (1,)
        every = max(1, math.ceil((last - first) / most))
        found = [unit * 10.0**power for power in range(first, last + 1, every) for unit in units]
        return [tick for tick in found if self.low * 0.999 <= tick <= self.high * 1.001]


@dataclass(frozen=True)
class Series:
    """One line of a chart; `kind` is a colour class with "dash" or "faint" added where wanted."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    kind: str = "c1"


def spread(values: Iterable[float], *, log: bool = False, zero: bool = False, margin: float = 0.05) -> Scale:
    """A scale that holds all finite values with some margin; `zero` includes 0."""
    kept = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    low, high = min(kept, default=0.0 if not log else 1.0), max(kept, default=1.0)
    if log:
        room = (high / low) ** margin if high > low else 2.0
        return Scale(low / room, high * room, log=True)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = margin * (high - low) if high > low else abs(high) * 0.1 or 1.0
    return Scale(low - (0 if zero and low == 0 else room), high + (0 if zero and high == 0 else room))


@dataclass(frozen=True)
class Plot:
    """A pair of axes in a picture of some height."""

    x: Scale
    y: Scale
    height: int

    def px(self, value: float) -> float:
        return LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)

    def py(self, value: float) -> float:
        return self.height - BOTTOM - self.y.place(value) * (self.height - _TOP - BOTTOM)

    def path(self, x: Sequence[float], y: Sequence[float]) -> str:
        """Straight lines through the points, broken where one is not a number."""
        found, pen = [], "M"
        for a, b in zip(x, y, strict=True):
            if math.isfinite(a) and math.isfinite(b):
                found.append(f"{pen}{self.px(a):.1f} {self.py(b):.1f}")
                pen = "L"
            else:
                pen = "M"
        return "".join(found)

    def dot(self, x: float, y: float, kind: str, radius: float = 3.5) -> str:
        return f'<circle class="dot {kind}" cx="{self.px(x):.1f}" cy="{self.py(y):.1f}" r="{radius}"/>'

    def mark(self, at: float, words: str) -> str:
        x = self.px(at)
        side = " end" if x > WIDTH * 0.7 else ""
        where = x - 5 if side else x + 5
        return f'<path class="guide" d="M{x:.1f} {_TOP}V{self.height - BOTTOM}"/>' + text(
            where, _TOP + 10, words, f"soft{side}"
        )

    def axes(self, x: str, y: str, *, x_ticks: bool = True) -> str:
        """Grid lines with numbers, and what the axes show in words."""
        bottom, right, parts = self.height - BOTTOM, WIDTH - RIGHT, []
        for tick in self.y.ticks(4):
            at = self.py(tick)
            parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{right}"/>')
            parts.append(text(LEFT - 6, at + 4, _tick(tick), "end number soft"))
        if x_ticks:
            for tick in self.x.ticks(5):
                parts.append(text(self.px(tick), bottom + 16, _tick(tick), "middle number soft"))
        parts.append(f'<path class="axis" d="M{LEFT} {bottom}H{right}"/>')
        parts.append(text((right + LEFT) / 2, self.height - 4, x, "middle soft"))
        parts.append(text(0, 0, y, "middle soft", f"translate(11 {(bottom + _TOP) / 2:.0f}) rotate(-90)"))
        return "".join(parts)


def svg(content: str, height: float, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}" '
        f'preserveAspectRatio="xMidYMid meet">{content}</svg>'
    )


def text(x: float, y: float, words: str, kind: str = "", transform: str = "") -> str:
    where = f'transform="{transform}"' if transform else f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {where} class="{kind}">{escape(words)}</text>'


def rectangle(x: float, y: float, width: float, height: float, kind: str, radius: int = 2) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}"/>'


def title(words: str) -> str:
    return f"<title>{escape(words)}</title>"


def group(content: str) -> str:
    return f"<g>{content}</g>"


def title_of(mark: str, words: str) -> str:
    return group(title(words) + mark)


def along(scale: Scale, value: float, left: float, right: float) -> float:
    return left + scale.place(value) * (right - left)


def ends(scale: Scale) -> tuple[float, float]:
    return scale.low, scale.high


def short(words: str, room: float) -> str:
    """Cut to what fits into that many units."""
    most = max(2, int(room / LETTER))
    return words if len(words) <= most else words[: most - 1] + "…"


def _tick(value: float) -> str:
    if abs(value) >= 1e12:
        return f"{value:.1e}".replace("e+", "e")
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:,.10g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.0e}".replace("e-0", "e-")
