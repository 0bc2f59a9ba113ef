"""Findings for training code of one's own: `diagnose`, for any loss written in JAX.

A copy of the parameters is trained for a while, and what the rules look at is measured on the way. Hidden values are
those that a relu, tanh or sigmoid inside the loss gives to a layer behind it: they are seen by walking through its
traced program.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from honed import seeds
from honed.diagnosis import training
from honed.diagnosis.asked import check_positive
from honed.diagnosis.case import Case
from honed.errors import InputError
from honed.figures import counted
from honed.findings import Finding
from honed.optional import optional
from honed.units import FLAT, RARE, SILENT, STEEPNESS

if TYPE_CHECKING:
    import optax
    from jaxtyping import Float

_EPOCHS, _LEAST_STEPS = 20, 200
_PROBE_ROWS, _PARTS = 256, 4
_HELD_OUT = 0.2  # of the rows, where none are given to validate on
_CALLS = ("jit", "pjit", "custom_jvp_call", "custom_vjp_call", "remat", "checkpoint")
_PRODUCTS = ("dot_general", "conv_general_dilated")
_CARRIERS = (  # what a layer may do to its inputs before it multiplies them by its weights
    *(
        "reshape",
        "convert_element_type",
        "transpose",
        "broadcast_in_dim",
        "squeeze",
        "slice",
        "concatenate",
        "pad",
    ),
    *("add", "sub", "reduce_max", "reduce_sum", "reduce_window_max", "reduce_window_sum", "copy"),
)


Tree = Any  # arrays in lists, tuples and dictionaries, as `jax.tree` knows them
Loss = Callable[[Tree, Tree], Any]  # (parameters, batch) to an array ()


def diagnose(
    loss_fn: Loss,
    params: Tree,
    data: Tree,
    *,
    valid: Tree = None,
    optimizer: optax.GradientTransformation | None = None,
    learning_rate: float = 1e-3,
    batch_size: int = 64,
    epochs: int | None = None,
    chance: float | None = None,
    seed: int = 0,
) -> list[Finding]:
    """What is wrong with a training: findings, errors first, for any loss written in JAX.

    Parameters
    ----------
    loss_fn : ``loss_fn(params, rows)`` gives the mean loss of these rows, a scalar. Without randomness.
    params : parameters to start with, a tree of float arrays; a copy is trained, they stay as they are. Arrays of
        two and more axes count as layers, in the order of the tree; where there are none, those of one axis.
    data : rows to learn from, a tree of arrays with the rows along the first axis, such as ``(X, y)``.
    valid : rows of the same form to validate on; None holds out a fifth of `data`.
    optimizer : an Optax rule with its own learning rate; None is Adam with `learning_rate`.
    learning_rate : of Adam, and what advice starts from.
    batch_size : rows in one step. epochs : passes over the rows; None is at least 20 and 200 steps.
    chance : loss of the best constant answer, which tells whether anything was learned; None takes the loss of the
        untrained parameters in its place, and the findings say so.
    seed : decides the order of the rows.

    Raises
    ------
    InputError
        The data are no arrays with equally many rows, at least two, the parameters are no float arrays, either holds a
        number that is not finite, the loss is no scalar, or a setting is out of range.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    >>> def loss(params, rows):
    ...     inputs, targets = rows
    ...     return ((jnp.maximum(inputs @ params["in"] - 9, 0) @ params["out"] - targets) ** 2).mean()
    >>> params = {"in": 0.1 * np.ones((3, 8), np.float32), "out": np.ones(8, np.float32)}
    >>> "dead-units" in [finding.id for finding in diagnose(loss, params, (X, X[:, 0]))]
    True
    """
    import jax
    import jax.numpy as jnp
    import optax as rules

    _check(loss_fn, params, optimizer, learning_rate=learning_rate, batch_size=batch_size, epochs=epochs)
    count = _rows(data)
    if count < 2 or (valid is not None and not _rows(valid)):
        raise InputError(f"The data hold {counted(count, 'row')}, too few to train on. Give more.")
    for name, tree in (("data", data), ("validation data", valid), ("parameters", params)):
        _check_finite(name, tree)
    order = seeds.generator(seed, "held out").permutation(count)
    held = 0 if valid is not None else int(_HELD_OUT * count)
    rows = jax.tree.map(lambda part: jnp.asarray(part)[order[held:]], data)
    others = jax.tree.map(lambda part: jnp.asarray(part)[order[:held]], data) if valid is None else valid
    count, size = count - held, min(batch_size, count - held)
    rule = rules.adam(learning_rate) if optimizer is None else optimizer
    params = jax.tree.map(jnp.asarray, params)
    value = jax.eval_shape(loss_fn, params, rows)
    if getattr(value, "shape", None) != ():
        given = f"an array of shape {value.shape}" if hasattr(value, "shape") else "no array"
        raise InputError(
            f"loss_fn gives {given}, but training needs one number: return the mean loss of the rows."
        )
    steps = max(1, count // size)
    is_own_length, epochs = epochs is None, epochs or max(_EPOCHS, math.ceil(_LEAST_STEPS / steps))
    every = max(1, epochs // 20)
    slope = jax.jit(jax.value_and_grad(loss_fn))

    @jax.jit
    def step(params: Tree, memory: optax.OptState, batch: Tree) -> Any:
        loss, gradient = jax.value_and_grad(loss_fn)(params, batch)
        change, memory = rule.update(gradient, memory, params)
        return rules.apply_updates(params, change), memory, loss

    probe = jax.tree.map(lambda part: part[np.resize(np.arange(count), _PROBE_ROWS)], rows)
    names = _names(params)
    seen, hidden_seen, probed, train_loss, valid_loss = [], [], [], [], []
    memory, loss_valid = rule.init(params), jax.jit(loss_fn)
    for epoch in range(epochs):
        if epoch % every == 0 or epoch < 3:
            hidden = optional("The look at hidden values", partial(_hidden, loss_fn, params, probe), [])
            hidden_seen = hidden_seen or hidden
            look = partial(_measure, slope, rule, params, memory, probe, hidden)
            if measured := optional("A look inside the network", look, {}):
                seen.append(measured)
                probed.append(epoch + 1)
        order = seeds.generator(seed, "order", epoch).permutation(count)
        losses = []
        for number in range(steps):
            batch = jax.tree.map(lambda part, n=number, o=order: part[o[n * size : (n + 1) * size]], rows)
            params, memory, loss = step(params, memory, batch)
            losses.append(float(loss))
        train_loss.append(float(np.mean(losses)))
        valid_loss.append(float(loss_valid(params, others)) if _rows(others) else float("nan"))
        if not math.isfinite(train_loss[-1]):
            break
    common = [name for name in seen[0] if all(name in one for one in seen)] if seen else []
    probes = {name: np.stack([one[name] for one in seen]) for name in common}
    finite = np.where(np.isfinite(valid_loss), valid_loss, np.inf)
    case = Case(
        rows=count,
        classes=0,
        train_loss=np.array(train_loss),
        valid_loss=np.array(valid_loss),
        rate=np.full(len(train_loss), learning_rate) if optimizer is None else np.zeros(0),
        chance=(float(probes["loss"][0]) if seen else train_loss[0]) if chance is None else chance,
        baseline="the untrained network" if chance is None else "a constant answer",
        valid_rows=_rows(others),
        best_epoch=int(np.argmin(finite)) + 1 if np.isfinite(finite).any() else 0,
        batch_size=size,
        diverged=not math.isfinite(train_loss[-1]),
        probes=probes,
        probe_epochs=np.array(probed),
        names=tuple(names),
        hidden_names=tuple(f"{kind} {place + 1}" for place, (kind, _) in enumerate(hidden_seen)),
    )
    found = training.findings(case)
    return [one for one in found if not (is_own_length and one.id == "stopped-early")]


def _measure(
    slope: Any,
    rule: Any,
    params: Tree,
    memory: optax.OptState,
    probe: Tree,
    hidden: list[tuple[str, Float[np.ndarray, "probed ..."]]],
) -> dict[str, Float[np.ndarray, "*layers"]]:
    """What `honed.train.probes.measure` gives, by name, but for single values of hidden units."""
    import jax
    import optax as rules

    size = _PROBE_ROWS // _PARTS
    parts = [jax.tree.map(lambda part, i=i: part[i * size : (i + 1) * size], probe) for i in range(_PARTS)]
    found = [slope(params, part) for part in parts]
    gradient = jax.tree.map(lambda *own: sum(own) / _PARTS, *(own for _, own in found))
    change, _ = rule.update(gradient, memory, params)
    moved = rules.apply_updates(params, change)
    _, after = slope(moved, probe)
    flat = [np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(own)]) for _, own in found]
    mean = np.mean(flat, axis=0)
    square, mean_square = float(np.mean([(own**2).sum() for own in flat])), float((mean**2).sum())
    following = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(after)])
    layers = [np.asarray(leaf) for leaf in _layers(params)]
    slopes = [np.asarray(leaf) for leaf in _layers(gradient)]
    changes = [np.asarray(leaf) for leaf in _layers(change)]
    norms = np.array([np.linalg.norm(layer) for layer in layers])
    measured = {
        "loss": np.array(np.mean([float(loss) for loss, _ in found])),
        "gradient": np.array([np.linalg.norm(own) for own in slopes]),
        "gradient_zeros": np.array([(own == 0).mean() for own in slopes]),
        "update": np.array([np.linalg.norm(own) for own in changes]) / np.maximum(norms, 1e-30),
        "weight": norms,
        "signal": np.array((_PARTS * mean_square - square) / (_PARTS - 1)),
        "noise": np.array((square - mean_square) / (1 / size - 1 / _PROBE_ROWS)),
        "agreement": np.array(
            (mean * following).sum() / max(np.sqrt(mean_square) * np.linalg.norm(following), 1e-30)
        ),
    }
    if not hidden:
        return measured
    return measured | {
        "activation_mean": np.array([values.mean() for _, values in hidden]),
        "activation_std": np.array([values.std() for _, values in hidden]),
        "dead": np.array([(_awake(values) <= RARE).mean() for _, values in hidden]),
        "saturated": np.array(
            [(STEEPNESS[kind](v) < FLAT).mean() if kind in STEEPNESS else 0.0 for kind, v in hidden]
        ),
    }


def _awake(values: Float[np.ndarray, "probed *places units"]) -> Float[np.ndarray, " units"]:
    """Share of rows for which a unit gives a value at any place."""
    largest = np.abs(values).max(axis=tuple(range(1, values.ndim - 1)))
    return (largest >= SILENT).mean(axis=0)


def _hidden(loss_fn: Loss, params: Tree, probe: Tree) -> list[tuple[str, Float[np.ndarray, "probed ..."]]]:
    """Values of each relu, tanh and sigmoid that a layer takes up and that has the rows first, in order.

    The sigmoid within a silu, that of an output, and the maximum of a hinge are no hidden units.
    """
    import jax

    closed = jax.make_jaxpr(loss_fn)(params, probe)
    walk = _Walk()
    walk.run(closed.jaxpr, closed.consts, jax.tree.leaves((params, probe)))
    return [walk.seen[number] for number in sorted(walk.taken)]


class _Walk:
    """A traced program, run step by step, and what its activations gave; loops are run whole.

    Attributes
    ----------
    seen : kind and values of everything that may be a hidden layer. taken : numbers of those that a product took up.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[str, np.ndarray]] = []
        self.taken: set[int] = set()
        # By the id of an array; the array is held, so that its id stays its own.
        self._sources: dict[int, tuple[Any, set[int]]] = {}

    def run(self, jaxpr: Any, consts: Any, arguments: Any) -> list[Any]:
        """What the program gives."""
        from jax.extend.core import Literal

        values: dict[Any, Any] = dict(zip(jaxpr.constvars, consts, strict=True))
        values |= dict(zip(jaxpr.invars, arguments, strict=True))

        def read(variable: Any) -> Any:
            return variable.val if isinstance(variable, Literal) else values[variable]

        for equation in jaxpr.eqns:
            inputs = [read(variable) for variable in equation.invars]
            inner = equation.params.get("jaxpr") or equation.params.get("call_jaxpr")
            name = equation.primitive.name
            if name in _CALLS and inner is not None:
                outputs = self.run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), inputs)
            else:
                outputs = equation.primitive.bind(*inputs, **equation.params)
                outputs = outputs if equation.primitive.multiple_results else [outputs]
                self._follow(name, inputs, outputs)
            values |= dict(zip(equation.outvars, outputs, strict=True))
        return [read(variable) for variable in jaxpr.outvars]

    def _follow(self, name: str, inputs: list[Any], outputs: list[Any]) -> None:
        """Which activations the outputs hold."""
        sources = set().union(*(self._sources.get(id(one), (None, set()))[1] for one in inputs))
        kind = _kind(name, inputs)
        if kind and getattr(outputs[0], "ndim", 0) >= 2 and outputs[0].shape[0] == _PROBE_ROWS:
            self._sources[id(outputs[0])] = (outputs[0], {len(self.seen)})
            self.seen.append((kind, np.asarray(outputs[0], np.float64)))
        elif name in _PRODUCTS:
            self.taken |= sources
        elif sources and (name in _CARRIERS or (name in ("mul", "div") and min(map(np.size, inputs)) == 1)):
            for one in outputs:
                self._sources[id(one)] = (one, sources)


def _kind(name: str, inputs: list[Any]) -> str | None:
    """The activation that a primitive is, if it is one."""
    if name == "max" and any(np.ndim(one) == 0 and float(one) == 0 for one in inputs if np.size(one) == 1):
        return "relu"
    return {"tanh": "tanh", "logistic": "sigmoid"}.get(name)


def _check(loss_fn: object, params: Tree, optimizer: object, **numbers: Any) -> None:
    """Refuse what cannot be trained, before anything is."""
    import jax

    if not callable(loss_fn):
        raise InputError(f"loss_fn is {loss_fn!r}, but it must be a function of (params, rows).")
    if optimizer is not None and not hasattr(optimizer, "update"):
        raise InputError(f"optimizer is {optimizer!r}, but it must be an Optax rule, such as optax.sgd(0.1).")
    for name, value in numbers.items():
        check_positive(name, value, is_whole=name != "learning_rate", is_optional=name == "epochs")
    leaves = jax.tree.leaves(params)
    if not leaves:
        raise InputError("params hold no arrays, so there is nothing to train.")
    for leaf in leaves:
        kind = leaf.dtype if hasattr(leaf, "dtype") else np.asarray(leaf).dtype
        if not jax.numpy.issubdtype(kind, jax.numpy.floating):
            raise InputError(
                f"params hold an array of {kind}, which has no gradient. Give float arrays, and keep everything else "
                "in loss_fn."
            )


def _check_finite(name: str, tree: Tree) -> None:
    import jax

    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        values = np.asarray(leaf)
        if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
            place = jax.tree_util.keystr(path, simple=True, separator=".") or "the array"
            bad = [int(index) for index in np.argwhere(~np.isfinite(values))[0]]
            raise InputError(
                f"The {name} hold {values[tuple(bad)]} in {place} at {bad}, and one such number makes every loss "
                "undefined. Drop or fill it."
            )


def _layers(tree: Tree) -> list[Any]:
    import jax

    leaves = jax.tree.leaves(tree)
    return [leaf for leaf in leaves if leaf.ndim >= _axes(leaves)]


def _names(params: Tree) -> list[str]:
    import jax

    leaves = jax.tree_util.tree_leaves_with_path(params)
    least = _axes([leaf for _, leaf in leaves])
    return [
        jax.tree_util.keystr(path, simple=True, separator=".") for path, leaf in leaves if leaf.ndim >= least
    ]


def _axes(leaves: list[Any]) -> int:
    """Axes that an array needs in order to count as a layer."""
    return min(2, max(leaf.ndim for leaf in leaves))


def _rows(data: Tree) -> int:
    import jax

    sizes = {len(part) if np.ndim(part) else -1 for part in jax.tree.leaves(data)}
    if len(sizes) != 1 or -1 in sizes:
        seen = ", ".join(map(str, sorted(sizes - {-1}))) or "no"
        raise InputError(
            f"The data hold arrays of {seen} rows{' and single numbers' if -1 in sizes else ''}, but each needs the "
            "same rows along its first axis. Give, say, (X, y) as arrays with one target for each row of X."
        )
    return sizes.pop()
