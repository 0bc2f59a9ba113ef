from __future__ import annotations

import numpy as np
import torch

from honed.pytorch.curves import Curves


def test_windows_grow_and_keep_every_loss() -> None:
    curves = Curves()
    losses = np.linspace(1, 0, 1000)
    for step, loss in enumerate(losses):
        curves.add(torch.tensor(loss), 0.1 if step < 500 else 0.01)
        if step in (499, 999):
            curves.validate(float(step))
    ends, train, rate, valid = curves.arrays()
    assert len(ends) <= 80 and ends[-1] == 1000
    sizes = np.diff([0, *ends])
    np.testing.assert_allclose((train * sizes).sum(), losses.sum(), rtol=1e-6)
    assert set(rate) == {0.1, 0.01}
    assert valid[np.isfinite(valid)].tolist() == [499, 999]
    assert ends[np.flatnonzero(valid == 499)[0]] >= 500


def test_few_steps_are_entries_too() -> None:
    curves = Curves()
    for loss in (3.0, 1.0):
        curves.add(loss, 0.1)
    ends, train, _, valid = curves.arrays()
    assert (ends.tolist(), train.tolist(), np.isnan(valid).all()) == ([2], [2.0], True)


def test_losses_of_several_types_are_read_alike() -> None:
    curves = Curves()
    for loss in (
        1.0,
        torch.tensor([2.0]),
        torch.tensor(3.0, dtype=torch.float64),
        torch.tensor(4, dtype=torch.bfloat16),
    ):
        curves.add(loss, 0.1)
    assert curves.arrays()[1].tolist() == [2.5]
