"""JAX is asked for GPUs, in this process or another; what keeps it from seeing one is said."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from honed.device import CPU
from honed.errors import InputError
from honed.run import gpus
from honed.run.gpus import Gpus


class Stated:
    def __init__(self, says: dict[str, int] | None) -> None:
        self._says = says

    def memory_stats(self) -> dict[str, int] | None:
        return self._says


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """What other tests have seen is forgotten before, and what this one sees behind it."""
    gpus.seen.cache_clear()
    yield
    gpus.seen.cache_clear()


@pytest.mark.parametrize(
    ("plugin", "why"),
    [
        ("def initialize(): pass", "'gpu' requested"),
        ("import os\ndef initialize(): os._exit(3)", "status 3"),
        ("import sys\ndef initialize(): sys.exit('no driver')", "no driver"),
    ],
)
def test_a_package_that_brings_no_gpu_is_none_with_jaxs_reason(
    plugin: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_anew: None
) -> None:
    (tmp_path / "jax_plugins" / "broken").mkdir(parents=True)
    (tmp_path / "jax_plugins" / "broken" / "__init__.py").write_text(plugin)
    monkeypatch.syspath_prepend(tmp_path)
    found = gpus.seen()
    assert found.names == () and why in found.why_none


def test_this_process_sees_what_jax_in_it_sees() -> None:
    """Tests run on the processor, whatever else there is."""
    assert gpus.here().names == () and gpus.here().why_none
    assert gpus.chosen_here("cpu", "float32") == gpus.chosen_here("auto", "float32") == CPU
    with pytest.raises(InputError, match="JAX sees none here"):
        gpus.chosen_here("gpu", "float32")
    with pytest.raises(InputError, match="device is 'tpu'"):
        gpus.chosen_here("tpu", "float32")


def test_packages_are_told_with_their_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = gpus.packages()
    folder = tmp_path / "jax_rocm7_plugin-99.5.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: jax-rocm7-plugin\nVersion: 99.5\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert set(gpus.packages()) - set(before) == {"jax-rocm7-plugin 99.5"}


@pytest.mark.parametrize(
    ("says", "free"),
    [({"bytes_limit": 100, "bytes_in_use": 30}, 70), ({"bytes_limit": 100, "bytes_in_use": 130}, 0)],
)
def test_free_is_what_a_gpu_may_take_but_for_what_it_has(says: dict[str, int], free: int) -> None:
    assert gpus.free_on(Stated(says)) == free


@pytest.mark.parametrize("says", [None, {}, {"bytes_in_use": 3}])
def test_what_a_gpu_does_not_say_is_not_known(says: dict[str, int] | None) -> None:
    assert gpus.free_on(Stated(says)) is None


def test_another_process_tells_names_and_free_memory(
    monkeypatch: pytest.MonkeyPatch, asked_anew: None
) -> None:
    """Through the line that such a process prints, as there is no GPU here."""
    told = Gpus(("A100", "A100"), "", (900, 600))
    monkeypatch.setattr(gpus, "_has_package", lambda: True)
    done = subprocess.CompletedProcess([], 0, stdout=json.dumps(told) + "\n", stderr="")
    monkeypatch.setattr(gpus.subprocess, "run", lambda *_, **__: done)
    assert gpus.seen() == told
