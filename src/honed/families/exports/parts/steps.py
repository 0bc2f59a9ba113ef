"""Layers over time as modules of PyTorch; see `honed.nets.sequence`."""

from __future__ import annotations

from collections.abc import Sequence

import torch  # pyright: ignore[reportMissingImports]
from torch import Tensor, nn  # pyright: ignore[reportMissingImports]


def steps(lengths: Tensor, time: int) -> Tensor:
    """Where sequences of these lengths have a step; (rows, time)."""
    return torch.arange(time, device=lengths.device) < lengths[:, None]


def over_steps(layer: nn.Module, values: Tensor, is_step: Tensor) -> Tensor:
    """A layer on the steps alone, (rows, time, units): what is behind an end moves no statistics."""
    found = torch.zeros_like(values)
    found[is_step] = layer(values[is_step])
    return found


def convolved(layer: nn.Conv1d, values: Tensor) -> Tensor:
    """A convolution over time that sees zeros beyond both ends; (rows, time, units) to (rows, outputs, filters)."""
    reach = (layer.kernel_size[0] - 1) * layer.dilation[0]
    padded = nn.functional.pad(values.transpose(1, 2), (reach // 2, reach - reach // 2))
    return layer(padded).transpose(1, 2)


def recurred(layer: nn.RNNBase, values: Tensor, lengths: Tensor) -> Tensor:
    """A recurrent layer, whose steps backward begin at each sequence's own end; 0 behind it."""
    packed = nn.utils.rnn.pack_padded_sequence(values, lengths.cpu(), batch_first=True, enforce_sorted=False)
    found, _ = nn.utils.rnn.pad_packed_sequence(
        layer(packed)[0], batch_first=True, total_length=values.shape[1]
    )
    return found


def last(values: Tensor, lengths: Tensor, backward: int = 0) -> Tensor:
    """The last step of each sequence; of the last `backward` units, which went from its end, the first."""
    found = values[torch.arange(len(values), device=values.device), lengths - 1]
    if not backward:
        return found
    return torch.cat([found[:, :-backward], values[:, 0, -backward:]], dim=1)


def mean(values: Tensor, is_step: Tensor) -> Tensor:
    """The mean over the steps."""
    here = is_step[:, :, None]
    return torch.where(here, values, 0.0).sum(dim=1) / here.sum(dim=1)


def largest(values: Tensor, is_step: Tensor) -> Tensor:
    """The largest of each unit over the steps."""
    return values.masked_fill(~is_step[:, :, None], -torch.inf).amax(dim=1)


class Attention(nn.Module):
    """A learned mean over the steps."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.score = nn.Linear(units, 1, bias=False)

    def forward(self, values: Tensor, is_step: Tensor) -> Tensor:
        """(rows, time, units) to (rows, units)."""
        scores = self.score(values).masked_fill(~is_step[:, :, None], -torch.inf)
        return (torch.softmax(scores, dim=1) * torch.where(is_step[:, :, None], values, 0.0)).sum(dim=1)


class FixedKernels(nn.Module):
    """Random convolutions of 9 steps, 1, 2, 4, … apart, that do not learn.

    Of each there are the share of steps at which it is above its bound, and how far at most.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, channels: int, counts: Sequence[int]) -> None:
        super().__init__()
        convolutions = [
            nn.Conv1d(channels, count, 9, dilation=2**place) for place, count in enumerate(counts)
        ]
        self.kernels = nn.ModuleList(convolutions).requires_grad_(False)
        self.register_buffer("centre", torch.zeros(2 * sum(counts)))
        self.register_buffer("spread", torch.ones(2 * sum(counts)))

    def forward(self, values: Tensor, is_step: Tensor) -> Tensor:
        """(rows, time, channels) to (rows, 2 * kernels), standardised."""
        here, found = is_step[:, :, None], list[Tensor]()
        for kernel in self.kernels:
            assert isinstance(kernel, nn.Conv1d)
            over = torch.where(here, convolved(kernel, values), -torch.inf)
            found += [(over > 0).sum(dim=1) / here.sum(dim=1), over.amax(dim=1)]
        return (torch.cat(found, dim=1) - self.centre) / self.spread
