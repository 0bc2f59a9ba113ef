"""Stage 6: what predicts: encoders, networks, weights and calibration, with NumPy alone.

In: the members that the search chose. Out: probabilities, labels or values for rows, and a folder of JSON
and safetensors. Polars is loaded by the first table. Read `model.py`, then `saved.py`, which takes a model out of
its folder.
"""

from honed.model.model import Member, Model
from honed.model.saved import load

__all__ = ["Member", "Model", "load"]
