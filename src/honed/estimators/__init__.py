"""The faces for users of scikit-learn: a network by hand (`Network*`, `Image*`, `Sequence*`), or tuned (`Tuned*`).

`__init__` only stores; `fit` turns the flat keywords into specs at once, calls the stages in order and holds no
mathematics. A plain NumPy array is a table of numbers; a DataFrame (pandas, Polars, Arrow) may hold anything, with
empty cells for missing values; those for images take arrays of three or four axes, those for sequences of three, or
lists. Read `network.py` first, then `tabular.py` (inputs) and `answers.py` (targets).
"""

from honed.estimators.image_network import ImageClassifier, ImageRegressor
from honed.estimators.image_tuned import TunedImageClassifier, TunedImageRegressor
from honed.estimators.network import NetworkClassifier, NetworkRegressor
from honed.estimators.sequence_network import SequenceClassifier, SequenceRegressor
from honed.estimators.sequence_tuned import TunedSequenceClassifier, TunedSequenceRegressor
from honed.estimators.tuned import TunedClassifier, TunedRegressor

__all__ = [
    "ImageClassifier",
    "ImageRegressor",
    "NetworkClassifier",
    "NetworkRegressor",
    "SequenceClassifier",
    "SequenceRegressor",
    "TunedClassifier",
    "TunedImageClassifier",
    "TunedImageRegressor",
    "TunedRegressor",
    "TunedSequenceClassifier",
    "TunedSequenceRegressor",
]
