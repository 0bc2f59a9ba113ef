"""What `run.json` pins down: the data, the versions and the machine; and what of them a run that goes on must share."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from typing import NotRequired, TypedDict

from honed.device import CPU, Device
from honed.errors import InputError
from honed.run import machine, paths
from honed.run.folder import RunFolder
from honed.search import devices
from honed.search.options import Options
from honed.search.prepare import Prepared
from honed.typed import JSON

_LIBRARIES = ("honed", "jax", "jaxlib", "numpy", "optax", "optuna", "polars")
_DECISIVE = ("honed", "jax", "jaxlib", "numpy", "optax")  # those that decide what comes of a training


def versions(prepared: Prepared) -> dict[str, JSON]:
    """What `run.json` holds beside the options: fingerprint of the data, versions, machine, device.

    Processor and BLAS kernels are named because they decide the last bits of a sum.
    """
    return {
        "fingerprint": prepared.source.fingerprint,
        "versions": {name: version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processor": machine.processor(),
        "blas": machine.kernels(),
        "device": asdict(devices.found(prepared.options)),
    }


def know_again(prepared: Prepared, folder: RunFolder) -> None:
    """Complete `run.json` once all rows have been read, where the run was begun before."""
    said = folder.read_json("run.json", dict[str, JSON])
    if not said["fingerprint"]:
        folder.write_json("run.json", {**said, "fingerprint": prepared.source.fingerprint})


def decisive() -> dict[str, str]:
    """The versions here of those libraries that decide what comes of a training."""
    return {name: version(name) for name in _DECISIVE}


class Begun(TypedDict):
    """What going on with a run needs of its `run.json`: the options it was started with, its data's fingerprint, …"""

    options: Options
    fingerprint: str
    versions: NotRequired[dict[str, str]]
    paths: NotRequired[dict[str, str]]
    device: NotRequired[Device]


def check_unchanged(run: Begun, prepared: Prepared, again: str) -> None:
    """Refuse to go on with other data than the run was started with; before it had read all of them, none are other.

    Parameters
    ----------
    again : as of `check_versions`.
    """
    if run["fingerprint"] and run["fingerprint"] != prepared.source.fingerprint:
        files = [prepared.options.named, *map(paths.shown, prepared.options.more)]
        names = " or ".join(map(repr, files))
        is_file = prepared.options.query is None
        have, what = (
            ("have changed", "file") if is_file else ("have changed, or come in another order,", "rows")
        )
        raise InputError(
            f"The data in {names} {have} since this run was started, so its trials and new ones could not be "
            f"compared. Put the earlier {what} back, or start a new run with `honed {again}`."
        )


def check_versions(run: Begun, again: str, say: Callable[[str], None]) -> None:
    """Refuse to go on where other versions of libraries would change what the run has seen.

    A network trained by another JAX is another network, and honed itself decides what is trained under which name.
    Optuna only proposes: what it proposed is in the journal, so with another one the run goes on, and `say` is told.

    Parameters
    ----------
    again : the command that makes a new run, for the message.
    """
    begun = run.get("versions", {})
    other = {name: was for name, was in begun.items() if name in _LIBRARIES and was != version(name)}
    if decisive := [name for name in other if name in _DECISIVE]:
        was = " and ".join(f"{name} {other[name]}" for name in decisive)
        here = " and ".join(f"{name} {version(name)}" for name in decisive)
        wanted = " ".join(f'"{name}=={other[name]}"' for name in decisive)
        raise InputError(
            f"This run was started with {was}, and here is {here}, with which the same settings give other networks, "
            f"so its trials and new ones could not be compared. Install what it was started with (pip "
            f"install {wanted}), or start a new run with `honed {again}`."
        )
    if "optuna" in other:
        say(
            f"This run was started with Optuna {other['optuna']}, and here is {version('optuna')}: what was proposed "
            "is taken from the journal, and only what comes next is proposed by the new one."
        )


def check_device(run: Begun, options: Options, say: Callable[[str], None]) -> dict[str, JSON]:
    """Tell `say` where a run goes on with another device than it was started with; that device, for the journal.

    Raises
    ------
    InputError
        There is none as the options ask for.
    """
    was, here = run.get("device", CPU), devices.found(options)
    if was == here:
        return {}
    say(
        f"This run was started on {was.words()}, and goes on here on {here.words()}: what was trained stays, and "
        "the last digits of what is trained from now on are this device's."
    )
    return {"device": asdict(here)}
