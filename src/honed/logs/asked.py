"""Where a user asks to log to, in words such as `mlflow:http://host:5000` or `tensorboard:folder`."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Sequence
from typing import Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from honed.errors import InputError
from honed.logs.destination import Destination
from honed.settings import close

_KINDS = {
    "mlflow": ("honed.logs.to_mlflow", "mlflow or mlflow:URI"),
    "tensorboard": ("honed.logs.to_tensorboard", "tensorboard:DIR"),
}
_SECRET = ("password", "passwd", "pwd", "token", "secret")
_SQLITE = "sqlite:///"


class _Module(Protocol):
    """What a module of a destination has."""

    def destination(self, where: str) -> Destination:
        """The destination at that place; it writes nothing yet."""
        ...


def words(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """What was asked for, each once, with paths that hold from any folder.

    Raises
    ------
    InputError
        There is no such destination, it lacks a place, or the address holds a secret.
    """
    texts = [given] if isinstance(given, str) else list(given or ())
    return tuple(dict.fromkeys(map(_word, texts)))


def opened(texts: Sequence[str]) -> dict[str, Destination]:
    """The destinations of words that `words` gave, by these; nothing is written and no server is asked yet.

    Raises
    ------
    InputError
        What writes there is not installed, or does not know such an address.
    """
    found = {}
    for text in texts:
        kind, _, where = text.partition(":")
        module, _ = _KINDS[kind]
        try:
            made = cast(_Module, importlib.import_module(module))
        except ModuleNotFoundError as missing:
            raise InputError(
                f"Logging to {kind} needs {missing.name}, which is not installed; install it with: "
                f"pip install 'honed[{kind}]'"
            ) from missing
        found[text] = made.destination(where)
    return found


def _word(text: object) -> str:
    known = ", ".join(form for _, form in _KINDS.values())
    if not isinstance(text, str):
        raise InputError(f"{text!r} is no text that says where to log to. There are: {known}.")
    kind, _, where = text.partition(":")
    if kind not in _KINDS:
        raise InputError(
            f"{kind!r} is nothing that a run can be logged to.{close(kind, _KINDS)} There are: {known}."
        )
    if kind == "tensorboard":
        if not where:
            raise InputError(
                "tensorboard is given without the folder that TensorBoard reads; give tensorboard:DIR."
            )
        if os.path.exists(where) and not os.path.isdir(where):
            raise InputError(
                f"{where} is no folder, and TensorBoard reads one. Give tensorboard:DIR with another."
            )
        return f"{kind}:{os.path.abspath(where)}"
    return f"{kind}:{_address(where)}" if where else kind


def _address(where: str) -> str:
    """An address of MLflow; a relative path becomes one that holds from any folder."""
    address = urlsplit(where)
    asked = [name.lower() for name, _ in parse_qsl(address.query)]
    if address.password is not None or any(word in name for name in asked for word in _SECRET):
        raise InputError(
            "The address of the MLflow server holds a password, which run.json would keep for everybody to read. Put "
            "it into MLFLOW_TRACKING_URI, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and give mlflow "
            "alone, or the address without it."
        )
    if where.startswith(_SQLITE):
        return _SQLITE + os.path.abspath(where.removeprefix(_SQLITE))
    return where if address.scheme or where == "databricks" else os.path.abspath(where)
