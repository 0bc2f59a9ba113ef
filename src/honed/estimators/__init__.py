"""The faces for scikit-learn's users: one network by hand (`Network*`, `Image*`), and a tuned one (`Tuned*`).

`__init__` only stores; `fit` turns the flat keywords into specs at once, calls the stages in order and holds no
mathematics. A plain NumPy array is a table of numbers; a DataFrame (pandas, Polars, Arrow) may hold anything, with
empty cells for missing values; those for images take arrays of three or four axes. Read `network.py` first, then
`tabular.py` (inputs) and `answers.py` (targets).
"""

from honed.estimators.image_network import ImageClassifier, ImageRegressor
from honed.estimators.image_tuned import TunedImageClassifier, TunedImageRegressor
from honed.estimators.network import NetworkClassifier, NetworkRegressor
from honed.estimators.tuned import TunedClassifier, TunedRegressor

__all__ = [
    "ImageClassifier",
    "ImageRegressor",
    "NetworkClassifier",
    "NetworkRegressor",
    "TunedClassifier",
    "TunedImageClassifier",
    "TunedImageRegressor",
    "TunedRegressor",
]
