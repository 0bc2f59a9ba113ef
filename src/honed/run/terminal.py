"""Where text meets the terminal: results whole on standard output, messages on standard error.

Names and cells come from files that may hold anything, so control characters are shown and not obeyed.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
from typing import TextIO

from honed.errors import RunError, bounded
from honed.run import disk

# Control characters but for tab and newline, marks that turn or break lines, and bytes that are no UTF-8.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    r"""The text with each control character written out, such as ``\x1b``.

    Examples
    --------
    >>> print(visible("red\x1b[31m"))
    red\x1b[31m
    """
    return _UNSAFE.sub(lambda found: _written_out(found[0]), text)


def tell(text: str, stream: TextIO | None) -> None:
    """A message in one or more lines on standard error (or `stream`); where nobody can read it, nothing happens."""
    if stream is None:
        return
    try:
        stream.write(visible(bounded(text)) + "\n")  # in one piece, as other threads tell theirs
        stream.flush()
    except (OSError, ValueError):  # its reader has left, its disk is full, it is closed
        _silence(stream)


def show(text: str) -> None:
    """A page for people on standard output; errors as `write`."""
    write(visible(text).encode())


def write(data: bytes) -> None:
    """Bytes on standard output, all of them.

    Raises
    ------
    RunError
        The disk is full or refuses: what is there is cut off.
    BrokenPipeError
        The reader has left.
    """
    if sys.stdout is None:
        raise RunError("Standard output is closed, so there is nowhere to put the result. Leave it open.")
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # something that is no file, in the place of standard output
        sys.stdout.write(data.decode())
        return
    try:
        sys.stdout.flush()
        _write_whole(descriptor, memoryview(data))
    except BrokenPipeError:
        _silence(sys.stdout)
        raise
    except OSError as error:
        raise refusal(error) from error


def refusal(error: OSError) -> RunError:
    """What to say when standard output refuses; nothing more is written there."""
    if sys.stdout is not None:
        _silence(sys.stdout)
    why, more = disk.shortage(error) or (error.strerror, "free some space")
    return RunError(
        f"Standard output could not be written: {why}. What is there is cut off; {more}, or write to another "
        "place, and run the command again."
    )


def _write_whole(descriptor: int, rest: memoryview) -> None:
    """A pipe or a disk may take a part at a time."""
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def _silence(stream: TextIO) -> None:
    """Nothing more goes there, also not when Python flushes at its end, which would be an error once more."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _written_out(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte of a name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
