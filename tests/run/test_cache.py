import os
import subprocess
import sys
from pathlib import Path

import pytest

from honed.run import cache


def test_the_oldest_programs_go_when_the_cache_is_too_large(tmp_path: Path) -> None:
    for age in range(6):
        file = tmp_path / f"{age}"
        file.write_bytes(bytes(100))
        os.utime(file, (1000 - age, 1000 - age))
    cache.prune(tmp_path, bound=600)
    assert len(list(tmp_path.iterdir())) == 6
    cache.prune(tmp_path, bound=500)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0", "1"]


def test_no_cache_is_no_error(tmp_path: Path) -> None:
    for path in (None, tmp_path / "nothing", Path("/dev/null/nothing")):
        cache.prune(path, bound=0)


@pytest.mark.parametrize("home", ["/dev/null", "/proc", None])
def test_a_user_without_a_home_has_no_cache(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> None:
        raise KeyError("no such user")

    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
        monkeypatch.setattr("pwd.getpwuid", nobody)
    else:
        monkeypatch.setenv("HOME", home)
    assert cache.folder() is None
    assert "JAX_COMPILATION_CACHE_DIR" not in cache.environment()


def test_a_cache_that_may_not_be_written_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "honed"
    monkeypatch.setattr("os.access", lambda *_: False)
    assert cache.folder() is None


@pytest.mark.slow
def test_a_worker_trains_where_its_cache_cannot_be_made(tmp_path: Path) -> None:
    program = "import jax; print(jax.jit(lambda x: x + 1)(jax.numpy.ones(3)).sum())"
    for name in ("/dev/null/cache", "/proc/cache"):
        words = {**cache.environment(), "JAX_COMPILATION_CACHE_DIR": name}
        done = subprocess.run([sys.executable, "-c", program], env=words, capture_output=True, text=True)
        assert done.stdout == "6.0\n", done.stderr


def test_a_users_own_cache_folder_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.environment()["JAX_COMPILATION_CACHE_DIR"] == str(cache.folder())
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "elsewhere")
    assert cache.environment()["JAX_COMPILATION_CACHE_DIR"] == "elsewhere"


def test_what_other_work_has_set_for_jax_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JAX_ENABLE_X64", "JAX_DEBUG_NANS", "JAX_PLATFORMS", "XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS"):
        monkeypatch.setenv(name, "1")
    for name in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "7")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    found = cache.environment()
    assert not {"JAX_ENABLE_X64", "JAX_DEBUG_NANS", "XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS"} & set(found)
    assert (found["JAX_PLATFORMS"], found["OPENBLAS_CORETYPE"]) == ("cpu", "Haswell")
    assert found["NPROC"] == found["OMP_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == "1"


def test_a_worker_on_a_gpu_sees_its_own_and_takes_memory_as_it_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("XLA_FLAGS", "JAX_ENABLE_X64", "JAX_CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"):
        monkeypatch.setenv(name, "cpu")
    monkeypatch.delenv("XLA_PYTHON_CLIENT_PREALLOCATE", raising=False)
    monkeypatch.setenv("XLA_CLIENT_MEM_FRACTION", ".5")
    found = cache.environment_of_gpu(1)
    assert not {"XLA_FLAGS", "JAX_ENABLE_X64", "JAX_PLATFORMS"} & set(found)
    assert found["JAX_CUDA_VISIBLE_DEVICES"] == found["JAX_ROCM_VISIBLE_DEVICES"] == "1"
    assert (found["XLA_PYTHON_CLIENT_PREALLOCATE"], found["XLA_CLIENT_MEM_FRACTION"]) == ("false", ".5")
    assert "JAX_CUDA_VISIBLE_DEVICES" not in cache.environment_of_gpu()
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")
    assert cache.environment_of_gpu()["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true"


def test_a_process_can_take_on_the_environment_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"HOME": "/root", "XLA_FLAGS": "--xla", "JAX_ENABLE_X64": "1"})
    cache.enter()
    assert os.environ["HOME"] == "/root" and os.environ["NPROC"] == os.environ["OMP_NUM_THREADS"] == "1"
    assert not {"XLA_FLAGS", "JAX_ENABLE_X64"} & os.environ.keys()
