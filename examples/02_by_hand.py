"""One network by hand: every knob is a keyword, with its usual name, and it works in scikit-learn's tools.

python examples/02_by_hand.py
"""

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import cross_val_score, train_test_split

from honed import NetworkClassifier

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)

network = NetworkClassifier(
    hidden_sizes=(64, 32),
    activation="silu",
    dropout=0.1,
    optimizer="adam",
    learning_rate=0.003,
    schedule="cosine",
    epochs=60,
    random_state=0,
)
network.fit(X_train, y_train)
print(f"accuracy on {len(y_test)} rows it has not seen: {network.score(X_test, y_test):.3f}")

# The same network without dropout, both judged on the same five folds.
for dropout in (0.1, 0.0):
    scores = cross_val_score(network.set_params(dropout=dropout), X_train, y_train, cv=5)
    print(f"dropout {dropout}: {scores.mean():.3f} ± {scores.std():.3f}")
