"""Errors that a user can meet; each message says what was found, why it matters, what to do.

::

    HonedError
    ├── InputError (also a ValueError)   the data or the words are wrong      exit status 2
    └── RunError                         a run folder or the machine refuses  exit status 1
"""


class HonedError(Exception):
    """Base of all errors that honed raises on purpose."""


class InputError(HonedError, ValueError):
    """The input data or a setting is wrong; nothing has been written."""


class RunError(HonedError):
    """A run cannot start or go on: locked, damaged or full."""
