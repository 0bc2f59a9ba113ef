"""Where a run's networks are trained (`found`, `told`), and by how many processes (`workers`)."""

from __future__ import annotations

import math
import os

from honed import device
from honed.device import Device
from honed.errors import InputError
from honed.run import gpus
from honed.search.options import Options


def found(options: Options) -> Device:
    """The device for what was asked, looked for once in a process.

    Raises
    ------
    InputError
        No such word; or a GPU is asked for where JAX sees none, or on a cluster.
    """
    device.check(options.device, options.precision)
    if options.device == "cpu":
        return device.CPU
    if options.cluster is not None:
        raise InputError(
            f"The device is {options.device!r}, and a cluster trains on processors alone. Give cpu as the device, or "
            "leave the cluster out."
        )
    return gpus.seen().chosen(options.device, options.precision)


def told(options: Options) -> list[str]:
    """Where networks are trained, in a sentence, where it was not left to be the processor."""
    if options.device == "cpu":
        return []
    own = found(options)
    why = "" if own.names else f", as JAX sees no GPU: {gpus.seen().why_none}"
    return [f"Trained on {own.words()}{why}."]


def workers(options: Options) -> int:
    """Processes that train: those asked for, else one for each GPU or core."""
    return options.workers or len(found(options).names) or cores()


def free(options: Options) -> int:
    """Bytes that each process finds free on its GPU, of the one that leaves it least; 0 where that is not known."""
    names, each = found(options).names, gpus.seen().free
    if not names or not each:
        return 0
    return min(each) // math.ceil(workers(options) / len(names))


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
