"""Pictures: a convolutional network beside one of plain layers, on digits as they are and moved by one pixel.

python examples/06_pictures.py
"""

import numpy as np
from sklearn.datasets import load_digits

from honed import ImageClassifier, NetworkClassifier

pixels, kinds = map(np.asarray, load_digits(return_X_y=True))
pictures = pixels.reshape(-1, 8, 8)
train, test = slice(0, 1350), slice(1350, None)
moved = np.roll(pictures[test], 1, axis=2)  # to the right

plain = NetworkClassifier(hidden_sizes=(64,), epochs=8, learning_rate=0.01, random_state=0)
plain.fit(pixels[train], kinds[train])

convolutional = ImageClassifier(
    channels=(16, 32), blocks=1, augment=("shift",), epochs=8, learning_rate=0.01, random_state=0
)
convolutional.fit(pictures[train], kinds[train])

for name, given in (("as they are", pictures[test]), ("moved", moved)):
    dense, convolutions = (
        plain.score(given.reshape(-1, 64), kinds[test]),
        convolutional.score(given, kinds[test]),
    )
    print(f"accuracy on {len(given)} digits {name}: layers {dense:.3f}, convolutions {convolutions:.3f}")
