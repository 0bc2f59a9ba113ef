"""What other rows do to outputs and losses, and what two sets of rows share."""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from honed.pytorch import measuring
from honed.pytorch.describing import first
from honed.pytorch.losses import Loss
from honed.pytorch.rows import Batch, Rows, Tree, called, length
from honed.pytorch.trace import tensors

BATCHES = 40  # of a loader, that are gone through for what it holds
_ROWS = 20_000  # that are compared with others


def mixed(model: nn.Module, parts: list[Batch], outputs: list[Tensor], spread: float) -> float:
    """The largest change of a row's output as the later half of its batch becomes other rows."""
    (inputs, targets), others = parts[0], parts[1][0] if len(parts) > 1 else None
    count = length(targets)
    own, other = tensors(inputs), tensors(others)
    fits = len(own) == len(other) > 0 and all(
        a.shape == b.shape and len(a) == count for a, b in zip(own, other, strict=True)
    )
    if count < 4 or not fits or len(outputs[0]) != count:
        return math.nan
    half, moves = count // 2, []
    for is_first in (True, False):  # what only looks back sees rows before it alone
        kept = slice(None, half) if is_first else slice(half, None)
        blends = [
            torch.cat([a[:half], b[half:]] if is_first else [b[:half], a[half:]])
            for a, b in zip(own, other, strict=True)
        ]
        known = dict(zip(map(id, own), blends, strict=True))
        changed = first(
            called(model, tree_map_only(Tensor, lambda one, new=known: new.get(id(one), one), inputs))
        )
        apart = (changed[kept] - outputs[0][kept]).float().abs()
        moves.append(float(apart.max()))
    return max(moves) / spread


def growth(twin: nn.Module, loss: Loss, parts: list[Batch]) -> float:
    """The loss of two parts together over the mean of both."""
    if len(parts) < 2:
        return math.nan
    with measuring.still(twin, training=False), torch.no_grad():
        outputs = [called(twin, part[0]) for part in parts[:2]]
        if not all(isinstance(one, Tensor) for one in (*outputs, *(part[1] for part in parts[:2]))):
            return math.nan
        apart = [float(loss(out, part[1])) for out, part in zip(outputs, parts, strict=False)]
        whole = float(loss(torch.cat(outputs), torch.cat([part[1] for part in parts[:2]])))
    mean = float(np.mean(apart))
    return whole / mean if mean > 0 else math.nan


def ordered(training: Rows) -> float:
    """The share of rows with the same target as the one before, over that in a random order, of a fixed order."""
    if training.shuffled:
        return math.nan
    targets = joined([batch[1] for batch in itertools.islice(training.once(), BATCHES)])
    if targets is None or (targets.ndim > 1 and targets.shape[1:].numel() > 1):
        return math.nan
    values = targets.flatten().cpu().numpy()
    _, counts = np.unique(values, return_counts=True)
    by_chance = float(((counts / len(values)) ** 2).sum())
    if len(counts) > 0.1 * len(values) or len(counts) < 2:
        return math.nan
    return float((values[1:] == values[:-1]).mean()) / by_chance


def shared(training: Rows, held: Rows) -> float:
    """The share of validation rows that are training rows."""

    def codes(own: Rows) -> list[bytes]:
        found = []
        for inputs, _ in itertools.islice(own.once(), _ROWS // max(own.size, 1) + 1):
            own_rows = tensors(inputs)
            found += [
                b"".join(one[at].cpu().numpy().tobytes() for one in own_rows)
                for at in range(len(own_rows[0]))
            ]
        return found

    known, asked = set(codes(training)), codes(held)
    return sum(code in known for code in asked) / max(len(asked), 1)


def joined(targets: list[Tree]) -> Tensor | None:
    if not targets or not all(
        isinstance(one, Tensor) and one.shape[1:] == targets[0].shape[1:] for one in targets
    ):
        return None
    return torch.cat([one if one.ndim else one[None] for one in targets])
