"""Stage 6: what predicts: encoders, networks, weights and calibration, with NumPy alone.

In: the members that the search chose. Out: probabilities, labels or values for a table, and a folder of JSON
and safetensors. Read `model.py`.
"""

from honed.model.model import Member, Model, load

__all__ = ["Member", "Model", "load"]
