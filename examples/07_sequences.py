"""Sequences of any lengths: which of two things came first, which no mean over the steps can tell.

python examples/07_sequences.py
"""

import numpy as np

from honed import NetworkClassifier, SequenceClassifier

rng = np.random.default_rng(0)


def recording(kind: int) -> np.ndarray:
    """Two channels of 20 to 40 steps: a rise in the first comes before one in the second (0), or after it (1)."""
    steps = rng.integers(20, 41)
    values = rng.normal(0, 0.3, (steps, 2))
    early, late = rng.integers(2, steps // 2 - 3), rng.integers(steps // 2, steps - 3)
    values[early : early + 3, kind] += 2
    values[late : late + 3, 1 - kind] += 2
    return values


kinds = np.arange(400) % 2
recordings = [recording(int(kind)) for kind in kinds]
train, test = slice(0, 300), slice(300, None)

means = np.array([values.mean(axis=0) for values in recordings])
table = NetworkClassifier(epochs=20, random_state=0).fit(means[train], kinds[train])
print(f"accuracy on 100 sequences: {table.score(means[test], kinds[test]):.2f} by their means")

network = SequenceClassifier(
    cell="gru", width=8, epochs=15, learning_rate=0.02, gradient_clip=1.0, random_state=0
)
network.fit(recordings[train], kinds[train])
print(f"accuracy on 100 sequences: {network.score(recordings[test], kinds[test]):.2f} step by step")

# Any length will do, and what is not measured is NaN.
for values in recordings[300:303]:
    print(len(values), "steps:", network.predict_proba([values]).round(3)[0])
