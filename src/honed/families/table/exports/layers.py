"""A network as a Python function of NumPy that a person reads: `function`."""

from __future__ import annotations

import math

from honed.encode.encoder import Encoder
from honed.family import Parameters
from honed.nets.spec import NetworkSpec


def function(name: str, spec: NetworkSpec, encoder: Encoder, params: Parameters, title: str) -> str:
    """The source of a function that gives the outputs for encoded rows; `title` says what it is in few words."""
    lines = [
        f"def {name}(w: Arrays, numeric: np.ndarray, codes: np.ndarray) -> np.ndarray:",
        f'    """{title}"""',
        *_features(spec, encoder),
    ]
    before = params["0.weight"].shape[0]
    for layer in range(spec.layers):
        size = params[f"{layer}.weight"].shape[1]
        lines += ["", f"    # hidden layer {layer + 1}: {before} to {size}"]
        lines += _hidden(spec, layer, params)
        before = size
    last = spec.layers
    lines += ["", f"    # outputs: {before} to {params[f'{last}.weight'].shape[1]}"]
    outputs = f'{_product(spec, f"{last}.weight", before)} + w["{last}.bias"]'
    lines.append(
        f"    return {spec.output_activation}({outputs})"
        if spec.output_activation
        else f"    return {outputs}"
    )
    return "\n".join(lines) + "\n"


def _features(spec: NetworkSpec, encoder: Encoder) -> list[str]:
    """What the first layer sees, part by part, each with what it is."""
    inputs = encoder.inputs
    count, parts = inputs.continuous, []
    if count:
        values = f"numeric[:, :{count}]"
        is_periodic = spec.numeric_embedding is not None
        note = f"{count} numbers" + (f", {spec.embedding_size} values each" if is_periodic else "")
        parts.append((f"periodic(w, {values})" if is_periodic else values, note))
    if inputs.flags:
        parts.append((f"numeric[:, {count}:]", f"{inputs.flags} flags"))
    for place, (column, size) in enumerate(zip(encoder.onehot, inputs.onehot, strict=True)):
        parts.append((f"one_hot(codes[:, {place}], {size})", column.name))
    tails = len(inputs.embedded) - len(inputs.buckets)
    for place, names in enumerate(encoder.embeddings):
        codes, note = (
            f"codes[:, {len(inputs.onehot) + place}]",
            f"{' × '.join(names)}, {spec.category_size} values",
        )
        table = f'w["category.{place}"]'
        if place < tails:
            parts.append((f"embedded({table}, {codes})", note))
        else:
            frequency = f"numeric[:, {place - len(inputs.embedded)}]"
            parts.append(
                (f"embedded_rare({table}, {codes}, {frequency}, {inputs.buckets[place - tails]})", note)
            )
    noted = [f"            {part},  # {' '.join(note.split())[:60]}" for part, note in parts]
    lines = ["    h = np.concatenate(", "        [", *noted, "        ],", "        axis=1,", "    )"]
    if len(parts) == 1:
        lines = [f"    h = {parts[0][0]}"]
    return lines + (['    h = h * w["scale"]'] if spec.feature_scale else [])


def _hidden(spec: NetworkSpec, layer: int, params: Parameters) -> list[str]:
    """The statements of one hidden layer."""
    before, act = params[f"{layer}.weight"].shape[0], spec.activations[layer]
    lines = [f"    z = {_product(spec, f'{layer}.weight', before)}"]
    if spec.normalization == "layer":
        lines.append(f'    z = layer_norm(z) * w["{layer}.gain"]')
    elif spec.normalization:
        lines.append(
            f'    z = (z - w["{layer}.mean"]) / np.sqrt(w["{layer}.variance"] + 1e-5) * w["{layer}.gain"]'
        )
    if spec.normalization:
        lines.append(f'    z = z + w["{layer}.bias"]')
    else:
        lines[0] += f' + w["{layer}.bias"]'
    active = f"{act}(z)"
    if spec.parametric_activation:
        active = f'z + w["{layer}.slope"] * ({act}(z) - z)'
    if spec.residual and layer:
        skip = f"{layer}.skip"
        active += f" + {_product(spec, skip, before)}" if skip in params else " + h"
    return [*lines, f"    h = {active}"]


def _product(spec: NetworkSpec, name: str, before: int) -> str:
    product = f'product(h, w["{name}"])'
    return f"{product} * {1 / math.sqrt(before)!r}" if spec.parametrization == "ntk" else product


def words(spec: NetworkSpec, params: Parameters) -> str:
    """Such as "39 inputs, 256 and 64 hidden units, 1 output"."""
    sizes = [params[f"{layer}.weight"].shape for layer in range(spec.layers + 1)]
    hidden = ", ".join(str(size[1]) for size in sizes[:-1]) or "no"
    return f"{sizes[0][0]} inputs, {hidden} hidden units, {sizes[-1][1]} output{'s' * (sizes[-1][1] > 1)}"
