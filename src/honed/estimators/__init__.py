"""The faces for scikit-learn's users: one network by hand (`Network*`), and a tuned one (`Tuned*`).

`__init__` only stores; `fit` turns the flat keywords into specs at once, calls the stages in order and holds no
mathematics. A plain NumPy array is a table of numbers; a DataFrame (pandas, Polars, Arrow) may hold anything, with
empty cells for missing values. Read `network.py` first, then `tabular.py` (inputs) and `answers.py` (targets).
"""

from honed.estimators.network import NetworkClassifier, NetworkRegressor
from honed.estimators.tuned import TunedClassifier, TunedRegressor

__all__ = ["NetworkClassifier", "NetworkRegressor", "TunedClassifier", "TunedRegressor"]
