from __future__ import annotations

from typing import Any

import numpy as np
import torch
from small_modules import KIND, X, seen, stack
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def loader(shuffle: bool) -> DataLoader[Any]:
    order = np.argsort(KIND, kind="stable")
    rows = TensorDataset(torch.from_numpy(X[order]), torch.from_numpy(KIND[order]))
    return DataLoader(rows, batch_size=32, shuffle=shuffle)


def test_a_loader_sorted_by_class_is_named() -> None:
    assert "shuffle=True" in seen(stack(5, 16, 3), nn.CrossEntropyLoss(), loader(False))["sorted-rows"].action
    assert "sorted-rows" not in seen(stack(5, 16, 3), nn.CrossEntropyLoss(), loader(True))
