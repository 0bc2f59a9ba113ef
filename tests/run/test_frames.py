import numpy as np
import pytest

from honed.run import arrays as packed
from honed.run.frames import Inbox, pack, prefixed, unpack

ARRAYS = {
    "flags": np.array([True, False, True]),
    "codes": np.arange(6, dtype=np.int32).reshape(2, 3),
    "none": np.zeros((0, 4), np.float32),
    "one": np.array(0.1),
    "turned": np.arange(6.0).reshape(2, 3).T,
}


def test_a_frame_comes_back_with_types_and_shapes() -> None:
    frame = unpack(pack({"loss": 1 / 3, "nothing": None}, ARRAYS))
    assert frame.message == {"loss": 1 / 3, "nothing": None}
    assert frame.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert frame.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(frame.arrays[name], array)


def test_numpy_numbers_travel_as_numbers() -> None:
    message = {"a": np.float32(0.5), "b": np.int64(3), "c": np.bool_(True), "d": np.arange(2)}
    assert unpack(pack(message, {})).message == {"a": 0.5, "b": 3, "c": True, "d": [0, 1]}


def test_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="'names' has dtype object"):
        pack({}, {"names": np.array(["a", None], object)})
    with pytest.raises(TypeError, match="set cannot be written"):
        pack({"a": {1}}, {})


def test_part_of_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="not a whole file"):
        unpack(pack({}, ARRAYS)[:20])
    with pytest.raises(ValueError, match="header"):
        unpack(packed.pack(ARRAYS))


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_pieces_of_any_size_make_the_same_frames(size: int) -> None:
    data = b"".join(prefixed(pack({"n": n}, ARRAYS)) for n in range(3))
    inbox = Inbox()
    frames = [
        frame for start in range(0, len(data), size) for frame in inbox.take(data[start : start + size])
    ]
    assert [frame.message["n"] for frame in frames] == [0, 1, 2]
    np.testing.assert_array_equal(frames[2].arrays["turned"], ARRAYS["turned"])
