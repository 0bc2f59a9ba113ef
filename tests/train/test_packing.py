"""Parameters by role in vectors, and back."""

import numpy as np

from honed.nets import mlp
from honed.train.packing import Packing

PARAMS = {
    "numeric.frequency": np.arange(6.0).reshape(2, 3),
    "0.weight": np.arange(6.0, 18).reshape(3, 4),
    "0.bias": np.arange(4.0),
    "1.weight": np.arange(20.0, 24).reshape(4, 1),
    "1.bias": np.array([9.0]),
}


def test_arrays_of_one_role_lie_in_one_vector() -> None:
    packed = Packing.of(PARAMS, mlp.role).pack(PARAMS, np)
    assert set(packed) == {"embedding", "weight", "bias"}
    np.testing.assert_array_equal(packed["weight"], np.arange(6.0, 24)[[*range(12), *range(14, 18)]])
    np.testing.assert_array_equal(packed["bias"], [0, 1, 2, 3, 9])


def test_unpacking_gives_the_arrays_in_their_order() -> None:
    packing = Packing.of(PARAMS, mlp.role)
    again = packing.unpack(packing.pack(PARAMS, np))
    assert list(again) == list(PARAMS)
    for name, value in PARAMS.items():
        np.testing.assert_array_equal(again[name], value)
