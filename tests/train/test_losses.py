"""Losses against scikit-learn's and the textbook's."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import log_loss

from honed.model.model import softmax
from honed.train.losses import LOSSES

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(30, 4)).astype(np.float32) * 3
CLASSES = np.arange(30) % 4


def test_cross_entropy_is_the_log_loss() -> None:
    got = np.asarray(LOSSES["cross_entropy"](LOGITS, CLASSES, np.float32(0)))  # type: ignore[arg-type]
    assert abs(got.mean() - log_loss(CLASSES, softmax(LOGITS))) < 1e-5


def test_smoothing_is_the_loss_against_softened_targets() -> None:
    got = np.asarray(LOSSES["cross_entropy"](LOGITS, CLASSES, np.float32(0.2)))  # type: ignore[arg-type]
    wanted = 0.8 * np.eye(4)[CLASSES] + 0.2 / 4
    np.testing.assert_allclose(got, -(wanted * np.log(softmax(LOGITS))).sum(axis=1), rtol=1e-4)


def test_squared_error_has_no_half() -> None:
    got = LOSSES["squared"](LOGITS[:, :1], LOGITS[:, 1], np.float32(0))  # type: ignore[arg-type]
    np.testing.assert_allclose(np.asarray(got), (LOGITS[:, 0] - LOGITS[:, 1]) ** 2, rtol=1e-5)
