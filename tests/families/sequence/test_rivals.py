"""What other models get of sequences: numbers that do not hang on padding."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from waves import listed, waves

from honed.families.sequence.encoder import SequenceEncoder, Static
from honed.families.sequence.measured import lengthened, of_arrays
from honed.families.sequence.rivals import rivals

SEQUENCES = of_arrays(listed(40)[0])
ENCODER = SequenceEncoder.of(SEQUENCES, Static.of(SEQUENCES))


def summed(own: np.ndarray) -> np.ndarray:
    """Mean, spread, ends of the range, change; then the first and the last number, and the trend over the length."""
    own = own.astype(np.float64)
    change = np.abs(np.diff(own, axis=0)).mean(axis=0)
    slope = [np.polyfit(np.arange(len(own)), channel, 1)[0] * len(own) for channel in own.T]
    parts = [
        own.mean(axis=0),
        own.std(axis=0),
        own.min(axis=0),
        own.max(axis=0),
        change,
        own[0],
        own[-1],
        slope,
    ]
    return np.concatenate(parts)


def test_summaries_are_those_of_the_steps_alone() -> None:
    rows = ENCODER.encode(SEQUENCES)
    numbers = rivals(rows, ENCODER.inputs).numbers
    wanted = np.stack([summed(own[:length]) for own, length in zip(rows.values, rows.lengths, strict=True)])
    wanted = np.column_stack([wanted, np.log(rows.lengths)])
    spread = wanted.std(axis=0)
    kept = [*range(10), *range(16, 22), len(numbers[0]) - 1]
    np.testing.assert_allclose(
        numbers[:, kept], (wanted - wanted.mean(axis=0)) / spread, rtol=1e-3, atol=1e-3
    )
    longer = rivals(ENCODER.encode(lengthened(SEQUENCES, 60)), ENCODER.inputs).numbers
    np.testing.assert_allclose(longer, numbers, rtol=1e-4, atol=1e-5)


def test_what_is_missing_is_left_out_and_boosting_learns_from_them() -> None:
    X, lengths, y = waves(80)
    X[::5, :, 1] = np.nan
    sequences = of_arrays(X, lengths=lengths)
    encoder = SequenceEncoder.of(sequences, Static.of(sequences))
    numbers = rivals(encoder.encode(sequences), encoder.inputs).for_boosting
    assert np.isfinite(numbers).all()
    model = HistGradientBoostingClassifier(min_samples_leaf=5).fit(numbers[:60], y[:60])
    assert model.score(numbers[60:], y[60:]) > 0.9
