"""What a run pins down, and what must be the same where it goes on."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import cast

import pytest
from threadpoolctl import threadpool_info

from honed.device import Device
from honed.errors import InputError
from honed.search.options import Options
from honed.search.prepare import prepare
from honed.search.versions import Begun, check_device, check_versions, versions
from honed.typed import take


def test_a_run_from_before_an_option_opens() -> None:
    options = asdict(Options("t.csv", "y", categorical=("shop",)))
    assert take(Begun, {"options": json.loads(json.dumps(options)), "fingerprint": ""})["options"] == Options(
        "t.csv", "y", categorical=("shop",)
    )
    del options["categorical"], options["numeric"]
    assert take(Begun, {"options": options, "fingerprint": ""})["options"] == Options("t.csv", "y")


def test_what_decides_the_last_bits_is_named(tmp_path: Path) -> None:
    data = tmp_path / "t.csv"
    data.write_text("a,y\n" + "".join(f"{row},{row / 7}\n" for row in range(40)))
    found = versions(prepare(Options(str(data), "y")))
    assert found["processor"] and found["machine"]
    (name,) = {each["internal_api"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert found["blas"].startswith(name)
    assert found["device"] == {"kind": "cpu", "precision": "float32", "names": ()}


@pytest.mark.parametrize("name", ["honed", "jax", "jaxlib", "numpy", "optax"])
def test_a_library_of_another_version_that_changes_results_is_refused_by_name(name: str) -> None:
    begun = cast(Begun, {"versions": {each: version(each) for each in ("numpy", "optuna")} | {name: "0.0.1"}})
    with pytest.raises(
        InputError, match=rf"started with {name} 0\.0\.1, and here is {name} \d.*{name}==0\.0\.1"
    ):
        check_versions(begun, "fit", print)


def test_another_optuna_is_said_and_the_run_goes_on() -> None:
    said: list[str] = []
    check_versions(cast(Begun, {"versions": {"optuna": "0.0.1", "polars": "0.0.1"}}), "fit", said.append)
    assert len(said) == 1 and said[0].startswith("This run was started with Optuna 0.0.1, and here is ")
    check_versions(cast(Begun, {}), "fit", said.append)
    assert len(said) == 1


def test_another_device_is_said_and_the_run_goes_on() -> None:
    said: list[str] = []
    begun = cast(Begun, {"device": Device("gpu", names=("A100",))})
    on = check_device(begun, Options("t.csv", "y"), said.append)
    assert on == {"device": {"kind": "cpu", "precision": "float32", "names": ()}}
    (sentence,) = said
    assert (
        "started on 1 GPU (A100), products of matrices in float32, and goes on here on the proc" in sentence
    )
    assert check_device(cast(Begun, {}), Options("t.csv", "y"), said.append) == {}
    assert len(said) == 1


def test_a_run_that_knows_nothing_of_lanes_and_devices_goes_on_as_it_was_begun() -> None:
    """As they were before there were such options."""
    options = json.loads(json.dumps(asdict(Options("t.csv", "y", trials=3))))
    for name in ("lanes", "device", "precision"):
        del options[name]
    begun = take(Begun, {"options": options, "fingerprint": "f"})
    assert begun["options"] == Options("t.csv", "y", trials=3)
    said: list[str] = []
    assert check_device(begun, begun["options"], said.append) == {} and not said
