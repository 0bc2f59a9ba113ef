"""Exported modules of PyTorch as a user has them: written to files, imported, and trained one step further."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@contextmanager
def imported(
    files: Mapping[str, bytes], stem: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The module of the networks and that of their encoder."""
    for end, content in files.items():
        (folder / f"{stem}{end}").write_bytes(content)
    monkeypatch.syspath_prepend(folder)
    try:
        yield importlib.import_module(stem), importlib.import_module(f"{stem}_encoder")
    finally:
        for name in (stem, f"{stem}_encoder"):
            sys.modules.pop(name, None)


def check_a_step(network: Any, rows: Any, loss: Callable[[Any], Any], fixed: tuple[str, ...] = ()) -> None:
    """One step of gradient descent reaches every weight but those that are `fixed`, and lowers the loss.

    `loss` takes the outputs of one network.
    """
    import torch

    before = network(rows).detach()
    network.train()
    learned = [value for value in network.parameters() if value.requires_grad]
    optimizer = torch.optim.SGD(learned, lr=1e-3)

    def total() -> Any:
        pairs = zip(network.members, network.encoders, strict=True)
        return sum(loss(member(*rows[place])) for member, place in pairs)

    first = total()
    first.backward()
    lacking = {name for name, value in network.named_parameters() if value.grad is None}
    assert all(any(part in name for part in fixed) for name in lacking), lacking
    optimizer.step()
    assert total() < first
    assert not torch.equal(network.eval()(rows), before)
