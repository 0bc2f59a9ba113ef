"""Networks by hand that are logged when they are trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from honed import NetworkRegressor
from honed.errors import InputError

X = np.linspace(-1, 1, 80).reshape(-1, 1)
Y = 2 * X[:, 0] + 1


def test_a_network_by_hand_logs_the_curves_that_it_keeps_as_its_history(tmp_path: Path) -> None:
    model = NetworkRegressor(hidden_sizes=(4,), epochs=3, random_state=0, log=f"tensorboard:{tmp_path}")
    model.fit(X, Y)
    found = EventAccumulator(str(tmp_path / "NetworkRegressor"))
    found.Reload()
    told = [each.tensor_proto.float_val[0] for each in found.Tensors("valid_loss")]
    assert told == pytest.approx(model.history_["valid_loss"], rel=1e-5)
    (loss,) = found.Tensors("loss")
    assert loss.tensor_proto.float_val[0] == pytest.approx(model.score_, rel=1e-5)


def test_words_that_name_no_place_are_refused_before_anything_trains() -> None:
    with pytest.raises(InputError, match="Did you mean 'tensorboard'"):
        NetworkRegressor(log="tensorbord:x").fit(X, Y)
