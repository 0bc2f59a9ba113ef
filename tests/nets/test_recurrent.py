from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from naive_recurrence import GATES, drawn, one

from honed.nets.cells import CELLS
from honed.nets.recurrent import run


def steps(cell: str, found: dict[str, Any], **words: Any) -> Any:
    driven = found["inputs"] @ found["weight"] + found["bias"]
    return run(cell, driven, found["recurrent"], found["inner"], **words)


@pytest.mark.parametrize("cell", CELLS)
def test_each_step_is_the_textbooks(cell: str) -> None:
    found = drawn(cell)
    own = steps(cell, found)
    for row in range(3):
        expected = one(cell, **found | {"inputs": found["inputs"][:, row]})
        np.testing.assert_allclose(own[:, row], expected, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_backward_is_forward_on_what_is_turned(cell: str) -> None:
    found = drawn(cell)
    turned = found | {"inputs": found["inputs"][::-1]}
    np.testing.assert_array_equal(steps(cell, found, is_backward=True), steps(cell, turned)[::-1])


@pytest.mark.parametrize("is_backward", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_states_stay_where_a_sequence_has_no_step(cell: str, is_backward: bool) -> None:
    found, lengths = drawn(cell), np.array([7, 1, 4])
    found["inputs"][np.arange(7)[:, None] >= lengths] = np.nan
    with np.errstate(invalid="ignore"):
        own = steps(cell, found, is_step=np.arange(7)[:, None] < lengths, is_backward=is_backward)
    for row, length in enumerate(lengths):
        alone = found | {"inputs": found["inputs"][:length, row : row + 1]}
        np.testing.assert_allclose(
            own[:length, row : row + 1], steps(cell, alone, is_backward=is_backward), atol=1e-12
        )
        beyond = np.zeros(4) if is_backward else own[length - 1, row]
        np.testing.assert_array_equal(own[length:, row], np.broadcast_to(beyond, (7 - length, 4)))


@pytest.mark.parametrize("cell", CELLS)
def test_pytorch_gives_the_same(cell: str) -> None:
    torch = pytest.importorskip("torch")
    found = drawn(cell)
    net = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](2, 4).double()
    of_output = np.zeros(4 * GATES[cell])
    of_output[len(of_output) - 4 :] = 0 if found["inner"] is None else found["inner"]
    with torch.no_grad():
        for name, value in {
            "weight_ih_l0": found["weight"].T,
            "bias_ih_l0": found["bias"],
            "weight_hh_l0": np.concatenate([matrix.T for matrix in found["recurrent"]]),
            "bias_hh_l0": of_output,
        }.items():
            getattr(net, name).copy_(torch.from_numpy(np.ascontiguousarray(value)))
        expected = net(torch.from_numpy(found["inputs"]))[0].numpy()
    np.testing.assert_allclose(steps(cell, found), expected, atol=1e-12)
