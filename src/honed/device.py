"""Where networks are trained, and how exactly: `Device`. Nothing here needs JAX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from honed.errors import InputError
from honed.figures import counted

Kind = Literal["cpu", "gpu"]  # by JAX's names
Asked = Literal["auto", "cpu", "gpu"]  # what a user says
Precision = Literal["float32", "tensorfloat32"]  # as `jax.default_matmul_precision` names them
ASKED: tuple[Asked, ...] = get_args(Asked)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@dataclass(frozen=True)
class Device:
    """Where networks are trained.

    Attributes
    ----------
    kind : "cpu" or "gpu", which may be of any maker.
    precision : in what a GPU multiplies matrices of float32; a processor does it in float32 alone.
    names : what JAX calls each of the GPUs.
    """

    kind: Kind = "cpu"
    precision: Precision = "float32"
    names: tuple[str, ...] = ()

    @property
    def products(self) -> Precision | None:
        """In what matrices are multiplied, for `jax.default_matmul_precision`; None where nothing is to be chosen."""
        return None if self.kind == "cpu" else self.precision

    def words(self) -> str:
        """The same in words.

        Examples
        --------
        >>> CPU.words()
        'the processor'
        >>> Device("gpu", names=("A100", "A100")).words()
        '2 GPUs (A100), products of matrices in float32'
        """
        if self.kind == "cpu":
            return "the processor"
        named = f" ({', '.join(dict.fromkeys(self.names))})" if self.names else ""
        return f"{counted(max(1, len(self.names)), 'GPU')}{named}, products of matrices in {self.precision}"


CPU = Device()


def check(device: str, precision: str) -> None:
    """Refuse other words than there are for where and how exactly networks are trained."""
    for name, given, known in (("device", device, ASKED), ("precision", precision, PRECISIONS)):
        if given not in known:
            raise InputError(
                f"{name} is {given!r}, but it must be one of {', '.join(known)}, or no network could be trained as "
                "asked. Give one of these, or leave it out."
            )


def choose(asked: str, precision: Precision, names: Sequence[str], why_none: str) -> Device:
    """The device for a word of `ASKED`.

    Parameters
    ----------
    names : of the GPUs that JAX sees. why_none : why it sees none, where that is so.

    Raises
    ------
    InputError
        A GPU is asked for, and there is none.
    """
    if asked != "cpu" and names:
        return Device("gpu", precision, tuple(names))
    if asked == "gpu":
        raise InputError(
            f"The device is to be a GPU, but JAX sees none here: {why_none}. Install JAX for this GPU (for NVIDIA: pip "
            "install -U 'jax[cuda13]'), or give cpu as the device."
        )
    return CPU
