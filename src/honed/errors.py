"""Errors that a user can meet; each message says what was found, why it matters, what to do.

::

    HonedError
    ├── InputError (also a ValueError)   the data or the words are wrong      exit status 2
    └── RunError                         a run folder or the machine refuses  exit status 1

    DataWarning (a UserWarning)          the data are probably not what they should be; work goes on
"""


class HonedError(Exception):
    """Base of all errors that honed raises on purpose."""


class InputError(HonedError, ValueError):
    """The input data or a setting is wrong; nothing has been written."""


class DataWarning(UserWarning):
    """The data are probably not what they should be; what honed took them for is said, and work goes on."""


class RunError(HonedError):
    """A run cannot start or go on: locked, damaged or full."""
