"""What of a machine decides the last bits of a sum: its processor and the kernels that BLAS chose for it."""

import contextlib
import platform
from pathlib import Path


def processor() -> str:
    """The model of the processor, as far as the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def kernels() -> str:
    """The BLAS libraries at work here, each with its version and the kernels that it chose for the processor."""
    from threadpoolctl import threadpool_info

    parts = ("internal_api", "version", "architecture")
    found = {
        " ".join(str(part) for name in parts if (part := each.get(name)))
        for each in threadpool_info()
        if each.get("user_api") == "blas"
    }
    return ", ".join(sorted(found))
