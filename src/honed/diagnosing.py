"""`diagnose` and `doctor`, for training code of one's own: a loss written in JAX, or a module of PyTorch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, overload

from honed.errors import InputError
from honed.findings import Finding

if TYPE_CHECKING:
    import optax
    import torch

    from honed.pytorch.doctor import Doctor

Tree = Any  # arrays in lists, tuples and dictionaries
Loss = Callable[[Tree, Tree], Any]


@overload
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
) -> list[Finding]: ...


@overload
def diagnose(
    model: torch.nn.Module,
    loss_fn: Loss,
    data: Tree,
    *,
    valid: Tree = None,
    optimizer: torch.optim.Optimizer | None = None,
    learning_rate: float = 1e-3,
    batch_size: int = 64,
    epochs: int | None = None,
    chance: float | None = None,
    seed: int = 0,
) -> list[Finding]: ...


def diagnose(*given: Tree, **named: Tree) -> list[Finding]:
    """What is wrong with a training: findings, errors first, for a loss in JAX or a module of PyTorch.

    ``diagnose(loss_fn, params, data)`` trains a copy of the parameters, ``diagnose(model, loss_fn, data)`` one of the
    module. Either takes some seconds, and leaves what it was given as it was, in PyTorch with its gradients, buffers,
    modes, hooks and all random states.

    Parameters
    ----------
    loss_fn : with JAX ``loss_fn(params, rows)``, with PyTorch ``loss_fn(outputs, targets)``; gives the mean loss of
        these rows, a scalar. Without randomness.
    params : parameters to start with, a tree of float arrays. Arrays of two and more axes count as layers, in the order
        of the tree; where there are none, those of one axis.
    model : a torch.nn.Module (pip install 'honed[torch]'); of a compiled one the module that was compiled is looked at.
    data : rows to learn from, a tree of arrays with the rows along the first axis, such as ``(X, y)``. With PyTorch
        also a Dataset or a DataLoader of (inputs, targets); several inputs, or a dictionary, are the model's arguments.
    valid : rows of the same form to validate on; None holds out a fifth of `data`, but of a DataLoader nothing.
    optimizer : an Optax rule with its own learning rate, or the model's optimizer of PyTorch, which is rebuilt with its
        groups and its state for the copy; None is Adam with `learning_rate`.
    learning_rate : of Adam, and what advice starts from.
    batch_size : rows in one step, of a DataLoader its own.
    epochs : passes over the rows; None is at least 20 and 200 steps, with PyTorch at most 3,000 steps or one pass.
    chance : loss of the best constant answer, which tells whether anything was learned; None looks for it with PyTorch,
        and otherwise takes the loss of the untrained parameters in its place, which the findings say.
    seed : decides the order of the rows, and with PyTorch all random numbers meanwhile.

    Raises
    ------
    InputError
        The data are no arrays with equally many rows, at least two, the parameters are no float arrays, either holds a
        number that is not finite, the rows do not pass through the model, the loss is no scalar, or a setting is out of
        range.

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

    The same of a module, told apart by the first argument:

    >>> from torch import nn  # doctest: +SKIP
    >>> model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))  # doctest: +SKIP
    >>> diagnose(model, nn.MSELoss(), (X, X[:, :1]))  # doctest: +SKIP
    []
    """
    torch = sys.modules.get("torch")  # who has a module has imported it
    first = given[0] if given else named.get("model")
    if torch is not None and isinstance(first, torch.nn.Module) and not _is_jax(given, named):
        from honed.pytorch import diagnosis

        return _asked(diagnosis.diagnose, given, named)
    from honed.diagnosis import anywhere

    return _asked(anywhere.diagnose, given, named)


def doctor(model: torch.nn.Module, optimizer: torch.optim.Optimizer, *, every: int | None = None) -> Doctor:
    """Findings for a training in a loop of one's own, in PyTorch (pip install 'honed[torch]').

    In some steps it looks at the pass, the gradient and the step that the loop makes anyhow, and the rules and checks
    of `honed.diagnose` read what was seen. It computes nothing twice and leaves nothing behind; of a compiled model the
    uncompiled module makes one more pass at each look, without gradients.

    Parameters
    ----------
    model, optimizer : those of the loop. Several groups, frozen and tied weights, mixed precision and accumulated
        gradients are as ever.
    every : steps between looks; None looks as often as three hundredths of the time allow, or a twentieth of a second
        where that is more, and at the steps 1, 2, 4, 8 and so on in any case.

    Returns
    -------
    Doctor
        To use in a `with`. ``step(loss)`` is called once a batch, after the backward pass, ``validate(loss)`` whenever
        validation rows were passed; ``findings`` are those so far, ``report(path)`` writes them, and
        ``check(fail_on="error")`` ends the program with status 3 where there is such a one.

    Raises
    ------
    InputError
        They are no module and optimizer of PyTorch, or `every` is no whole number above 0.

    Examples
    --------
    >>> with honed.doctor(model, optimizer) as doctor:  # doctest: +SKIP
    ...     for inputs, targets in loader:
    ...         optimizer.zero_grad()
    ...         loss = loss_fn(model(inputs), targets)
    ...         loss.backward()
    ...         optimizer.step()
    ...         doctor.step(loss)
    >>> doctor.check(fail_on="error")  # doctest: +SKIP
    """
    if "torch" not in sys.modules:
        raise InputError(
            f"honed.doctor needs a torch.nn.Module and its torch.optim.Optimizer, but got {type(model).__name__}."
        )
    from honed.pytorch.doctor import Doctor

    return Doctor(model, optimizer, every=every)


def _is_jax(given: tuple[Tree, ...], named: dict[str, Tree]) -> bool:
    """Whether a module stands where a loss does, its parameters beside it by name."""
    return "params" in named


def _asked(
    work: Callable[..., list[Finding]], given: tuple[Tree, ...], named: dict[str, Tree]
) -> list[Finding]:
    try:
        return work(*given, **named)
    except TypeError as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:
            raise  # it comes from within
        raise InputError(
            f"{error}. Give (loss_fn, params, data) of JAX, or (model, loss_fn, data) of PyTorch."
        ) from None
