"""What networks compute, with NumPy; see `honed.nets`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from honed.families.exports.parts.names import Arrays


def product(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`values @ weights`, float32, exact to the last bit whatever the order of its sums.

    Both factors are rounded to whole numbers of a unit, so few bits long that float64 sums their products exactly. So a
    row's answer depends neither on the rows beside it nor on the processor; a plain product differs by about 1e-7.
    """
    bits = (53 - math.ceil(math.log2(max(weights.shape[-2], 1)))) // 2
    (left, unit), (right, other) = whole(values, -1, bits), whole(weights, -2, bits)
    return (left @ right * unit * other).astype(np.float32)


def whole(values: np.ndarray, axis: int, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Values as whole numbers below 2^bits, and their unit, a power of two, along an axis."""
    exponent = np.frexp(np.abs(values).max(axis=axis, keepdims=True, initial=0))[1].astype(np.int64)
    return np.rint(values * np.ldexp(1.0, bits - exponent)), np.ldexp(1.0, exponent - bits)


def periodic(w: Arrays, numbers: np.ndarray) -> np.ndarray:
    """Each number x beside a mix of learned cosines of it; (rows, columns) to (rows, columns * size)."""
    angles = (
        numbers.T[:, :, None] * w["numeric.frequency"][:, None, :] + w["numeric.phase"][:, None, :]
    ) * np.float32(2 * np.pi)
    mixed = product(np.cos(angles), w["numeric.mix"]).transpose(1, 0, 2) + w["numeric.offset"]
    return np.concatenate([numbers[:, :, None], mixed], axis=-1).reshape(len(numbers), -1)


def one_hot(codes: np.ndarray, size: int) -> np.ndarray:
    """1 at each row's code, 0 elsewhere; (rows,) to (rows, size)."""
    return (codes[:, None] == np.arange(size)).astype(np.float32)


def embedded(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The learned values of each row's code."""
    return table[codes]


def embedded_rare(table: np.ndarray, codes: np.ndarray, frequency: np.ndarray, shared: int) -> np.ndarray:
    """The same; a rare word, whose code it shares with others, has those for rare cells and a part of its code's.

    The part is 0.3 n / (n + 1) of n training rows: few rows teach little of a word.
    """
    own, rows = table[codes], np.expm1(frequency / 0.3)
    part = (0.3 * rows / (rows + 1.0))[:, None]
    return np.where((codes >= len(table) - shared)[:, None], table[1] + part * own, own)


def layer_norm(values: np.ndarray) -> np.ndarray:
    """Each row to mean 0 and variance 1."""
    mean, variance = values.mean(axis=1, keepdims=True), values.var(axis=1, keepdims=True)
    return (values - mean) / np.sqrt(variance + 1e-5)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x)."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


def tanh(x: np.ndarray) -> np.ndarray:
    """Hyperbolic tangent."""
    return np.tanh(x)


def relu(x: np.ndarray) -> np.ndarray:
    """max(x, 0)."""
    return np.maximum(x, 0)


def leaky_relu(x: np.ndarray) -> np.ndarray:
    """x where positive, 0.01 x elsewhere."""
    return np.where(x > 0, x, 0.01 * x)


def elu(x: np.ndarray) -> np.ndarray:
    """x where positive, e^x - 1 elsewhere."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def selu(x: np.ndarray) -> np.ndarray:
    """Scaled ELU."""
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))


def gelu(x: np.ndarray) -> np.ndarray:
    """x times the normal distribution function, by a tanh."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


def silu(x: np.ndarray) -> np.ndarray:
    """x times its sigmoid."""
    return x * sigmoid(x)


def mish(x: np.ndarray) -> np.ndarray:
    """x tanh(log(1 + e^x))."""
    t = np.exp(np.minimum(x, 20))
    u = t * (t + 2)
    return x * (u / (u + 2))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities by row, float64."""
    shifted = np.asarray(logits, np.float64)
    powers = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def sharpened(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities whose logarithms are divided by the temperature; never exactly 0."""
    least = np.finfo(np.float32).tiny
    if temperature == 1.0:
        kept = np.maximum(probabilities, least)
        return kept / kept.sum(axis=1, keepdims=True)
    return np.maximum(softmax(np.log(np.maximum(probabilities, least)) / temperature), least)


def arrays_of(path: Path) -> Arrays:
    """The arrays of a safetensors file: eight bytes say how long a JSON text is that says where each array lies."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    found = {}
    for name, of in json.loads(content[8:start]).items():
        if name != "__metadata__":
            first, last = of["data_offsets"]
            kind = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}[of["dtype"]]
            found[name] = np.frombuffer(content[start + first : start + last], kind).reshape(of["shape"])
    return found
