"""Work on several items at once gives what work on one after the other gives."""

import numpy as np
import pytest

from honed.encode import threads


@pytest.mark.parametrize("rows", [10, 1_000_000])
def test_results_come_in_the_order_of_the_items(rows: int) -> None:
    assert threads.each(lambda number: number**2, range(100), rows) == [number**2 for number in range(100)]


@pytest.mark.parametrize("rows", [10, 1_000_000])
def test_the_error_of_the_first_item_with_one_is_raised(rows: int) -> None:
    def work(number: int) -> None:
        if number >= 3:
            raise ValueError(number)

    with pytest.raises(ValueError, match=r"^3$"):
        threads.each(work, range(9), rows)


def test_blocks_hold_each_row_once() -> None:
    rows = np.arange(10)
    assert [len(rows[block]) for block in threads.blocks(10, 4)] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([rows[block] for block in threads.blocks(10, 4)]), rows)
    assert threads.blocks(0, 4) == []
