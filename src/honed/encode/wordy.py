"""Texts to numbers: what their words say of the target, and the directions in which the texts of training rows differ.

A word weighs the more the fewer texts have it (tf-idf with logarithmic counts, rows of length 1; Salton & Buckley
1988). A ridge regression of the target on these weights gives a score, of classes one for each. So that the scores of
training rows are as good as those of new ones, and no better, there are as many regressions as parts of the texts, each
learned from the texts of all other parts, and each of these texts is scored by the one that does not know its part
(out-of-fold predictions as inputs: Wolpert 1992, Stacked generalization). New ones are scored by all, on average, which
is surer than one of them. The directions are those of a truncated factorisation (latent semantic analysis; Deerwester
et al. 1990), by a randomised range finder (Halko, Martinsson & Tropp 2011).
"""

from __future__ import annotations

import base64
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honed import typed
from honed.encode.goals import MOST as MOST_GOALS
from honed.lazily import pl
from honed.table import wordy
from honed.table.wordy import PARTS

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int64
    from scipy.sparse import csr_matrix

MOST_DIRECTIONS = 32
_ROWS = 20_000  # whose texts are learned from
_PENALTIES = np.array([0.3, 1.0, 3.0, 10.0])  # of which the one with the least error is taken
_STEPS = 15  # of conjugate gradients
_TINY = 1e-30
_MOST_WEIGHT = 6e4  # that float16 holds
# Of the longest direction's sum of squares, and of a direction's mean square: below, texts do not differ in it.
_NOTHING, _ALIKE = 1e-9, 1e-8
_MORE, _ROUNDS = 10, 4  # directions beside those asked for, and rounds of the range finder


@dataclass(frozen=True)
class Wordy:
    """One column of texts.

    Attributes
    ----------
    words : those that are known, frequent ones first.
    rarity : what each of them weighs, by the share of training rows that have it.
    scores : how many there are.
    weights : of each word its part in each score by each of `PARTS` regressions, and in each direction, (words, PARTS *
        scores + directions) float16, in base 64.
    by_all : whether all regressions score a new text; in models of before it was the one that did not know its part.
    """

    name: str
    words: tuple[str, ...]
    rarity: tuple[float, ...]
    scores: int
    weights: str
    by_all: bool = False

    @property
    def width(self) -> int:
        """The number of its inputs."""
        return self.scores + directions(self.words)

    @functools.cached_property
    def matrix(self) -> Float64[np.ndarray, "words weights"]:
        """The weights."""
        found = np.frombuffer(base64.b64decode(self.weights), "<f2")
        return found.reshape(len(self.words), -1).astype(np.float64)

    @functools.cached_property
    def _rarity(self) -> Float64[np.ndarray, " words"]:
        return np.array(self.rarity)

    def encode(self, cells: pl.Series, *, has_taught: bool = False) -> list[Float32[np.ndarray, " rows"]]:
        """The scores of each text, then its place in each direction; 0 for an empty cell.

        Texts that `has_taught` says may have taught the scores have them by the regression that does not know its part.
        """
        counts = wordy.count(cells, self.words)
        weights = _weights(counts, self._rarity)[:, None] * self.matrix[counts.places]
        found, split = _summed(counts.rows, weights, len(cells)), PARTS * self.scores
        by_part = found[:, :split].reshape(len(cells), PARTS, self.scores)
        scores = (
            by_part[np.arange(len(cells)), counts.parts]
            if has_taught or not self.by_all
            else by_part.mean(axis=1)
        )
        return list(np.concatenate([scores, found[:, split:]], axis=1).T.astype(np.float32))

    def check(self, place: str) -> None:
        """Raise `Misfit` where no training can have left it so."""
        typed.require(len(self.rarity) == len(self.words), place, "has not one `rarity` for each word")
        typed.finite(self.rarity, f"{place}.rarity")
        wanted = (len(self.words), PARTS * self.scores + directions(self.words))
        try:
            fits = self.matrix.shape == wanted and bool(np.isfinite(self.matrix).all())
        except ValueError:
            fits = False
        typed.require(fits, f"{place}.weights", "are not those of its words")


def directions(words: tuple[str, ...]) -> int:
    """How many there are, which follows from the schema alone, so that all folds have as many."""
    return min(MOST_DIRECTIONS, len(words) // 8)


def most_inputs(words: tuple[str, ...]) -> int:
    """How many inputs a column of texts can have."""
    return MOST_GOALS + directions(words)


def learn(
    name: str, cells: pl.Series, words: tuple[str, ...], goals: Float64[np.ndarray, "rows scores"]
) -> Wordy:
    """What the texts of training rows say of those words, and of the goals, which have mean 0 and spread 1."""
    from scipy.sparse import csr_matrix  # here: who predicts needs NumPy alone

    if len(cells) > _ROWS:
        some = np.linspace(0, len(cells) - 1, _ROWS).astype(np.int64)
        cells, goals = cells.gather(some), goals[some]
    counts = wordy.count(cells, words)
    rarity = 1.0 + np.log((1 + len(cells)) / (1 + np.bincount(counts.places, minlength=len(words))))
    rarity = rarity.astype(np.float32).astype(np.float64)  # as exports keep it
    entries = (_weights(counts, rarity), (counts.rows, counts.places))
    texts = csr_matrix(entries, shape=(len(cells), len(words)))
    scores = _scores(texts, counts.parts, goals) if goals.shape[1] else np.zeros((len(words), 0))
    found = np.concatenate([scores, _directions(texts, len(words), directions(words))], axis=1)
    text = base64.b64encode(np.clip(found, -_MOST_WEIGHT, _MOST_WEIGHT).astype("<f2").tobytes()).decode()
    return Wordy(name, words, tuple(rarity.tolist()), goals.shape[1], text, by_all=True)


def _weights(counts: wordy.Counts, rarity: Float64[np.ndarray, " words"]) -> Float64[np.ndarray, " found"]:
    """What the words weigh in their texts; those of a text have the length 1."""
    weights = (1.0 + np.log(counts.counts)) * rarity[counts.places]
    lengths = np.sqrt(np.bincount(counts.rows, weights**2))
    return weights / lengths[counts.rows]


def _summed(
    rows: Int64[np.ndarray, " found"], values: Float64[np.ndarray, "found many"], count: int
) -> Float64[np.ndarray, "count many"]:
    """Sums of the values of each row, which are next to each other."""
    found = np.zeros((count, values.shape[1]))
    if len(rows):
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        found[rows[starts]] = np.add.reduceat(values, starts, axis=0)
    return found


def _scores(
    texts: csr_matrix, parts: Int64[np.ndarray, " texts"], goals: Float64[np.ndarray, "texts scores"]
) -> Float64[np.ndarray, "words _"]:
    """Weights of ridge regressions, each from the texts of all parts but one; by part, then by score."""
    rows, many = goals.shape
    penalties = np.repeat(_PENALTIES, PARTS * many)
    is_known = np.tile(np.repeat(parts[:, None] != np.arange(PARTS), many, axis=1), len(_PENALTIES))
    back = texts.T.tocsr()
    residual = back @ np.where(is_known, np.tile(goals, PARTS * len(_PENALTIES)), 0.0)
    found, step = np.zeros_like(residual), residual
    size = (residual**2).sum(axis=0)
    for _ in range(_STEPS):
        ahead = back @ np.where(is_known, texts @ step, 0.0) + penalties * step
        length = size / np.maximum((step * ahead).sum(axis=0), _TINY)
        found, residual = found + length * step, residual - length * ahead
        before, size = size, (residual**2).sum(axis=0)
        step = residual + size / np.maximum(before, _TINY) * step
    told = np.where(is_known, 0.0, texts @ found).reshape(rows, len(_PENALTIES), PARTS, many).sum(axis=2)
    errors = ((told - goals[:, None]) ** 2).sum(axis=(0, 2))
    best = int(errors.argmin()) * PARTS * many
    return found[:, best : best + PARTS * many]


def _directions(texts: csr_matrix, words: int, many: int) -> Float64[np.ndarray, "words directions"]:
    """The leading right singular vectors, each by what makes the places of the texts spread by 1.

    Zeros where there are fewer directions in which texts differ.
    """
    if not many:
        return np.zeros((words, 0))
    back = texts.T.tocsr()
    basis, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((words, min(words, many + _MORE))))
    for _ in range(_ROUNDS):
        basis, _ = np.linalg.qr(back @ (texts @ basis))
    places = texts @ basis
    values, turn = np.linalg.eigh(places.T @ places)
    order = np.argsort(-values, kind="stable")[:many]
    found = basis @ turn[:, order]
    largest = found[np.abs(found).argmax(axis=0), np.arange(many)]
    size, variance = values[order], (texts @ found).var(axis=0)
    differs = (size > _NOTHING * values.max()) & (variance > _ALIKE * size / len(places))
    scale = np.where(largest < 0, -1.0, 1.0) / np.sqrt(np.where(differs, variance, 1.0))
    return np.where(differs, found * scale, 0.0)
