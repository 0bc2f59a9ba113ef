"""From one whole number to named, independent random generators.

A generator depends on the seed and its own name alone, so a new name never changes the others.
"""

from __future__ import annotations

import hashlib

import numpy as np


def number(seed: int, *names: str | int) -> int:
    """A 32-bit whole number for `names` under `seed`."""
    text = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A NumPy generator for `names` under `seed`: ``generator(0, "order", 3)``."""
    text = "/".join(str(part) for part in (seed, *names))
    key = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))
