"""Tables with a column to predict: `TABLE`. Read `family.py` of this folder; the network is `honed.nets.mlp`."""

from honed.families.table.family import TABLE

__all__ = ["TABLE"]
