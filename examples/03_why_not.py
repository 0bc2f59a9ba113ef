"""Why does it not learn? A finding says what was seen, why that happens and what to change; here its advice is taken.

python examples/03_why_not.py
"""

import warnings

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from honed import NetworkClassifier
from honed.errors import FindingWarning

warnings.simplefilter("ignore", FindingWarning)  # what it would say is printed below

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)

# Eight layers of sigmoids: hardly anything of the gradient arrives at the first.
network = NetworkClassifier(
    depth=8, width=32, activation="sigmoid", epochs=15, learning_rate=0.003, probes="quick", random_state=0
)
for attempt in range(1, 5):
    network.fit(X_train, y_train)
    print(f"{attempt}. accuracy on {len(y_test)} rows it has not seen: {network.score(X_test, y_test):.3f}")
    errors = [finding for finding in network.findings_ if finding.severity == "error" and finding.advice]
    if not errors:
        break
    worst = errors[0]
    print("   what:", worst.what)
    print("   why: ", worst.why)
    print("   so:  ", ", ".join(f"{name}={value!r}" for name, value in worst.advice.items()))
    network.set_params(**worst.advice)
