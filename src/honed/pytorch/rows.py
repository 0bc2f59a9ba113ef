"""Rows to train on, from arrays, a dataset or a loader, as batches of (inputs, targets): `rows`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, SequentialSampler

from honed import seeds
from honed.errors import InputError
from honed.pytorch.trace import tensors

Tree = Any  # arrays in lists, tuples and dictionaries
Batch = tuple[Tree, Tree]  # inputs and targets
Change = Callable[[Any], Tensor]

_PART, _PARTS = 64, 4  # rows that are looked at, and in how many parts
_KEPT = 200  # batches of what can be gone through once only


@dataclass(frozen=True)
class Rows:
    """Rows in batches.

    Attributes
    ----------
    count : of rows in a pass; of a loader that does not say it, of those seen. size : of a batch.
    steps : batches in a pass. shuffled : whether each pass has an order of its own.
    """

    count: int
    size: int
    steps: int
    shuffled: bool
    _source: Arrays | Loader

    def passes(self, seed: int, number: int) -> Iterator[Batch]:
        """The batches of one pass, all full where they are of arrays."""
        return self._source.passes(seed, number)

    def once(self) -> Iterator[Batch]:
        """All rows, in batches."""
        return self._source.once()

    def parts(self) -> list[Batch]:
        """The rows that probes look at, in parts, the same each time."""
        return self._source.parts()


@dataclass(frozen=True)
class Arrays:
    """Rows of arrays, of which a batch is some."""

    inputs: Tree
    targets: Tree
    count: int
    size: int

    def passes(self, seed: int, number: int) -> Iterator[Batch]:
        order = seeds.generator(seed, "order", number).permutation(self.count)
        for start in range(0, self.count - self.size + 1, self.size):
            yield self._some(order[start : start + self.size])

    def once(self) -> Iterator[Batch]:
        for start in range(0, self.count, self.size):
            yield self._some(np.arange(start, min(start + self.size, self.count)))

    def parts(self) -> list[Batch]:
        order = np.resize(np.arange(self.count), _PART * _PARTS)
        return [self._some(order[at : at + _PART]) for at in range(0, len(order), _PART)]

    def _some(self, numbers: Any) -> Batch:
        chosen = torch.as_tensor(numbers)
        return tuple(
            mapped(part, lambda one: one[chosen.to(one.device)]) for part in (self.inputs, self.targets)
        )  # type: ignore[return-value]


@dataclass(frozen=True)
class Loader:
    """Batches as a loader gives them."""

    batches: Iterable[Any]

    def passes(self, seed: int, number: int) -> Iterator[Batch]:
        return (pair(batch) for batch in self.batches)

    def once(self) -> Iterator[Batch]:
        return self.passes(0, 0)

    def parts(self) -> list[Batch]:
        parts = [pair(batch) for batch in itertools.islice(iter(self.batches), _PARTS)]
        if len(parts) > 1 or length(parts[0][1]) < 2 * _PARTS:
            return parts
        size = length(parts[0][1]) // _PARTS
        return [
            tuple(mapped(part, lambda one, n=at: one[n * size : (n + 1) * size]) for part in parts[0])
            for at in range(_PARTS)
        ]  # type: ignore[return-value]


def rows(data: Tree, model: nn.Module, size: int, *, held: float, seed: int) -> tuple[Rows, Rows | None]:
    """The rows of `data`, and those held out of arrays; a loader has all of them to train."""
    if isinstance(data, tuple | list) and len(data) == 2:
        kind = floating(model)
        inputs, targets = (mapped(part, lambda one: array(one, kind)) for part in data)
        count = _count(inputs, targets)
        order = seeds.generator(seed, "held out").permutation(count)
        out = int(held * count)
        if count - out < 2:
            raise InputError(f"The data hold {count} rows, too few to train on. Give more.")

        def some(numbers: Any) -> Rows:
            chosen = torch.as_tensor(numbers)
            own, their = (mapped(part, lambda one: one[chosen.to(one.device)]) for part in (inputs, targets))
            batch = min(size, len(numbers))
            return Rows(
                len(numbers), batch, len(numbers) // batch, True, Arrays(own, their, len(numbers), batch)
            )

        return some(order[out:]), some(order[:out]) if out else None
    if isinstance(data, Dataset) and not isinstance(data, torch.utils.data.IterableDataset):
        data = DataLoader(data, batch_size=size, shuffle=True, generator=torch.Generator().manual_seed(seed))
    if not hasattr(data, "__iter__") or isinstance(data, dict | str | Tensor | np.ndarray):
        raise InputError(
            f"The data are {type(data).__name__}, from which no inputs and targets can be told. Give (X, y), a Dataset "
            "or a DataLoader whose batches are (inputs, targets)."
        )
    return _of_loader(data), None


def _of_loader(data: Any) -> Rows:
    batches = list(itertools.islice(data, _KEPT)) if iter(data) is data else data
    first = next(iter(batches), None)
    if first is None:
        raise InputError("The loader gives no batch, so there is nothing to train on.")
    size = length(pair(first)[1])
    steps = len(batches) if hasattr(batches, "__len__") else _KEPT
    own = getattr(batches, "dataset", None)
    count = len(own) if own is not None and hasattr(own, "__len__") else steps * size
    sampler = getattr(batches, "sampler", None)
    is_fixed = isinstance(batches, list) or isinstance(sampler, SequentialSampler)
    return Rows(
        count, size, max(1, steps), not is_fixed or isinstance(sampler, RandomSampler), Loader(batches)
    )


def pair(batch: Tree) -> Batch:
    """A batch's inputs and targets."""
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    if isinstance(batch, tuple | list) and len(batch) > 2:
        return tuple(batch[:-1]), batch[-1]
    raise InputError(
        "A batch of the loader is "
        f"{type(batch).__name__}{f' of {len(batch)}' if hasattr(batch, '__len__') else ''}, but "
        "each needs to be (inputs, targets). Wrap the loader in a generator that gives such pairs."
    )


def called(model: nn.Module, inputs: Tree) -> Tree:
    """The model's outputs; several inputs are several arguments."""
    if isinstance(inputs, dict):
        return model(**inputs)
    return model(*inputs) if isinstance(inputs, tuple | list) else model(inputs)


def moved(batch: Batch, device: torch.device) -> Batch:
    """The batch on a device."""
    return tuple(mapped(part, lambda one: one.to(device, non_blocking=True)) for part in batch)  # type: ignore[return-value]


def mapped(tree: Tree, change: Change) -> Tree:
    """The same tree of changed arrays."""
    if isinstance(tree, dict):
        return {name: mapped(one, change) for name, one in tree.items()}
    if isinstance(tree, tuple | list) and not (tree and isinstance(tree[0], int | float)):
        return type(tree)([mapped(one, change) for one in tree]) if type(tree) in (list, tuple) else tree
    return change(tree) if isinstance(tree, Tensor | np.ndarray) or hasattr(tree, "__array__") else tree


def array(value: Tree, kind: torch.dtype) -> Tensor:
    """An array as a tensor; floats of NumPy get the kind of the model's."""
    if isinstance(value, Tensor):
        return value.detach()
    value = np.asarray(value)
    if value.dtype.kind not in "fiub":
        raise InputError(
            f"The data hold an array of {value.dtype}, but a network needs numbers. Encode it first."
        )
    made = torch.as_tensor(np.ascontiguousarray(value))
    return made.to(kind) if value.dtype.kind == "f" else made


def floating(model: nn.Module) -> torch.dtype:
    """The number format of the model's parameters."""
    return next(
        (one.dtype for one in model.parameters() if one.is_floating_point()), torch.get_default_dtype()
    )


def length(tree: Tree) -> int:
    """Rows of the first array."""
    found = tensors(tree)
    return len(found[0]) if found and found[0].ndim else 1


def _count(inputs: Tree, targets: Tree) -> int:
    sizes = {len(one) if one.ndim else -1 for one in (*tensors(inputs), *tensors(targets))}
    if len(sizes) != 1 or -1 in sizes:
        seen = ", ".join(map(str, sorted(sizes - {-1}))) or "no"
        raise InputError(
            f"The data hold arrays of {seen} rows, but each needs the same rows along its first axis. Give (X, y) with "
            "one target for each row of X."
        )
    for name, tree in (("inputs", inputs), ("targets", targets)):
        for one in tensors(tree):
            if one.is_floating_point() and not bool(one.isfinite().all()):
                place = (~one.isfinite()).nonzero()[0].tolist()
                raise InputError(
                    f"The {name} hold {one[tuple(place)].item()} at {place}, and one such number makes every loss "
                    "undefined. Drop or fill it."
                )
    return sizes.pop()
