"""Packages that bring GPUs to JAX are known without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from honed.run import gpus


def test_packages_are_told_with_their_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = gpus.packages()
    folder = tmp_path / "jax_rocm7_plugin-99.5.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: jax-rocm7-plugin\nVersion: 99.5\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert set(gpus.packages()) - set(before) == {"jax-rocm7-plugin 99.5"}
