"""What an L1 penalty has set to zero: `zeros` gives the share of weights and the columns that no longer count."""

from __future__ import annotations

import numpy as np

from honed.encode import dates
from honed.encode.encoder import Encoder
from honed.family import Parameters
from honed.model.model import Member
from honed.nets.mlp import is_penalized
from honed.nets.spec import NetworkSpec


def zeros(member: Member, encoder: Encoder) -> tuple[float, tuple[str, ...]]:
    """The share of weights that are exactly 0, and the columns whose weights in the first layer all are."""
    weights = [value for name, value in member.params.items() if is_penalized(name)]
    share = sum(int((weight == 0).sum()) for weight in weights) / sum(weight.size for weight in weights)
    return share, zero_columns(member.params, member.network, encoder)


def zero_columns(params: Parameters, network: NetworkSpec, encoder: Encoder) -> tuple[str, ...]:
    """The columns whose weights in the first layer are all exactly 0."""
    is_zero = (params["0.weight"] == 0).all(axis=1)
    places = _places(network, encoder)
    return tuple(name for name, own in places.items() if is_zero[own].all())


def _places(network: NetworkSpec, encoder: Encoder) -> dict[str, list[int]]:
    """By column, the positions of its values among those that reach the first layer."""
    size = network.embedding_size if network.numeric_embedding else 1
    parts: list[tuple[tuple[str, ...], int]] = [((name,), size) for name in encoder.continuous]
    parts += [((column.name,), size) for column in encoder.ordered]
    parts += [(names, size) for names in dates.plain_names(encoder.dates)]
    parts += [((pair.one, pair.other), size) for pair in encoder.combined]
    parts += [((column.name,), column.width * size) for column in encoder.means]
    parts += [((column.name,), 1) for column in encoder.booleans]
    parts += [((name,), 1) for name in encoder.indicated]
    parts += [((name,), 1) for name in dates.turned_names(encoder.dates)]
    parts += [((column.name,), column.width) for column in (*encoder.lists, *encoder.texts)]
    parts += [((column.name,), 1) for column in encoder.embedded if column.tail]
    parts += [
        ((column.name,), width) for column, width in zip(encoder.onehot, encoder.inputs.onehot, strict=True)
    ]
    parts += [(names, network.category_size) for names in encoder.embeddings]
    places: dict[str, list[int]] = {}
    first = 0
    for names, width in parts:
        for name in names:
            places.setdefault(name, []).extend(np.arange(first, first + width).tolist())
        first += width
    return places
