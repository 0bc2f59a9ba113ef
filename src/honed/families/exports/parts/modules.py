"""Layers and answers of networks as modules of PyTorch; see `honed.nets`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch  # pyright: ignore[reportMissingImports]
from torch import Tensor, nn  # pyright: ignore[reportMissingImports]


class Periodic(nn.Module):
    """Each number x beside a mix of learned cosines of it; (rows, columns) to (rows, columns * size)."""

    def __init__(self, columns: int, waves: int, size: int) -> None:
        super().__init__()
        self.frequency = nn.Parameter(0.1 * torch.randn(columns, waves))
        self.phase = nn.Parameter(torch.rand(columns, waves) - 0.5)
        self.mix = nn.Parameter((2 * torch.rand(columns, waves, size - 1) - 1) / math.sqrt(waves))
        self.offset = nn.Parameter((2 * torch.rand(columns, size - 1) - 1) / math.sqrt(waves))

    def forward(self, numbers: Tensor) -> Tensor:
        """The values of all columns, side by side."""
        waves = torch.cos(2 * math.pi * (numbers[:, :, None] * self.frequency + self.phase))
        mixed = torch.einsum("rcw,cws->rcs", waves, self.mix) + self.offset
        return torch.cat([numbers[:, :, None], mixed], dim=-1).flatten(1)


def one_hot(codes: Tensor, size: int) -> Tensor:
    """1 at each row's code, 0 elsewhere; (rows,) to (rows, size)."""
    return nn.functional.one_hot(codes, size).float()


class RareEmbedding(nn.Embedding):
    """An embedding in which rare words share the last codes.

    One has the values for rare cells, which are code 1, and a part of its code's own: 0.3 n / (n + 1) of n training
    rows. `frequency` is 0.3 log(1 + n).
    """

    def __init__(self, codes: int, size: int, shared: int) -> None:
        super().__init__(codes, size)
        self.shared = shared

    def forward(self, codes: Tensor, frequency: Tensor) -> Tensor:  # type: ignore[override]
        """Values of each row."""
        own, rows = super().forward(codes), torch.expm1(frequency / 0.3)
        part = (0.3 * rows / (rows + 1.0))[:, None]
        is_rare = (codes >= self.num_embeddings - self.shared)[:, None]
        return torch.where(is_rare, self.weight[1] + part * own, own)


class Scale(nn.Module):
    """A learned factor for each input."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(size))

    def forward(self, values: Tensor) -> Tensor:
        """Values times the factors."""
        return values * self.factor


class Departure(nn.Module):
    """An activation that departs from the identity as far as each unit has learned."""

    def __init__(self, size: int, activation: nn.Module) -> None:
        super().__init__()
        self.slope, self.activation = nn.Parameter(torch.ones(size)), activation

    def forward(self, values: Tensor) -> Tensor:
        """Between the values and their activations, or beyond."""
        return values + self.slope * (self.activation(values) - values)


@dataclass(frozen=True)
class Classes:
    """Outputs are logits of classes; `are_shares` says that they were trained to be shares by squared error."""

    are_shares: bool = False

    def of(self, outputs: Tensor) -> Tensor:
        """Probabilities (rows, classes), float64."""
        if not self.are_shares:
            return torch.softmax(outputs.double(), dim=1)
        kept = outputs.double().clamp(min=1e-6)
        return kept / kept.sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class Values:
    """Outputs are standardised values, which end at `low` and `high`.

    Attributes
    ----------
    mean, scale : of the target in training, or of the logarithm of the target plus `offset` where there is one.
    middle : which outputs, in what proportion, are the answer.
    is_rate : whether what was learned is the target as a part of its mean, and outputs are logarithms of that.
    """

    mean: float
    scale: float
    low: float
    high: float
    offset: float | None = None
    middle: tuple[tuple[int, float], ...] = ((0, 1.0),)
    is_rate: bool = False

    def of(self, outputs: Tensor) -> Tensor:
        """Values (rows,), float64."""
        parts = [part * self.units(outputs[:, place]) for place, part in self.middle]
        return torch.stack(parts).sum(dim=0)

    def units(self, outputs: Tensor) -> Tensor:
        """Outputs in the target's units."""
        values = outputs.double() * self.scale + self.mean
        if self.offset is not None:
            values = torch.exp(values.clamp(max=700.0)) - self.offset
        return values.clamp(self.low, self.high)

    def standardised(self, targets: Tensor) -> Tensor:
        """Targets as the outputs are, float32: what to train a network on."""
        values = targets.double()
        if self.is_rate:
            return (values / math.exp(self.mean)).float()
        if self.offset is not None:
            values = torch.log(values.clamp(min=self.low) + self.offset)
        return ((values - self.mean) / self.scale).float()


class Ensemble(nn.Module):
    """Networks that vote.

    Attributes
    ----------
    members : the networks.
    shares : how much each counts; they sum to 1.
    encoders : the number of each one's encoder.
    outputs : what the outputs of each are.
    temperature : divides the logarithms of averaged probabilities.
    """

    def __init__(
        self,
        members: Sequence[nn.Module],
        shares: Sequence[float],
        encoders: Sequence[int],
        outputs: Sequence[Classes | Values],
        temperature: float = 1.0,
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.shares, self.encoders, self.outputs = tuple(shares), tuple(encoders), tuple(outputs)
        self.temperature = temperature

    def forward(self, encoded: Sequence[tuple[Tensor, ...]]) -> Tensor:
        """Probabilities (rows, classes), or values (rows,), of rows that each encoder has encoded."""
        given = [member(*encoded[place]) for member, place in zip(self.members, self.encoders, strict=True)]
        return voted(given, self.shares, self.outputs, self.temperature)


class EnsembleOfSeveral(nn.Module):
    """Networks that vote on several targets.

    Attributes
    ----------
    members : the networks.
    shares : of each one how much it counts, for each target.
    encoders : the number of each one's encoder.
    outputs : of each one what its outputs are, for each target.
    ends : of each one the places at which the outputs for the next target begin.
    temperatures : for each target what divides the logarithms of averaged probabilities.
    """

    def __init__(
        self,
        members: Sequence[nn.Module],
        shares: Sequence[Sequence[float]],
        encoders: Sequence[int],
        outputs: Sequence[Sequence[Classes | Values]],
        ends: Sequence[Sequence[int]],
        temperatures: Sequence[float],
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.shares, self.encoders, self.outputs = tuple(shares), tuple(encoders), tuple(outputs)
        self.ends, self.temperatures = tuple(ends), tuple(temperatures)

    def forward(self, encoded: Sequence[tuple[Tensor, ...]]) -> list[Tensor]:
        """For each target probabilities (rows, classes), or values (rows,), of rows that each encoder has encoded."""
        given = [
            torch.tensor_split(member(*encoded[place]), tuple(ends), dim=1)
            for member, place, ends in zip(self.members, self.encoders, self.ends, strict=True)
        ]
        by_target = zip(
            zip(*given, strict=True),
            zip(*self.shares, strict=True),
            zip(*self.outputs, strict=True),
            self.temperatures,
            strict=True,
        )
        return [voted(*own) for own in by_target]


def voted(
    given: Sequence[Tensor],
    shares: Sequence[float],
    outputs: Sequence[Classes | Values],
    temperature: float,
) -> Tensor:
    """What networks say together whose outputs are `given`."""
    pairs = zip(given, shares, outputs, strict=True)
    total = torch.stack([share * own.of(each) for each, share, own in pairs if share]).sum(dim=0)
    if isinstance(outputs[0], Values):
        return total
    kept = total.clamp(min=torch.finfo(torch.float32).tiny)
    if temperature == 1.0:
        return kept / kept.sum(dim=1, keepdim=True)
    return torch.softmax(torch.log(kept) / temperature, dim=1)
