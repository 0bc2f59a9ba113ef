"""What the checks look at: `Facts`, one training in PyTorch, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from honed.diagnosis.case import Case
from honed.findings import Severity

if TYPE_CHECKING:
    from jaxtyping import Shaped

ENTROPIES = ("cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits")
DECOUPLED = ("AdamW", "Lion")  # optimizers whose weight_decay is no part of the loss
DISTANCES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")


@dataclass(frozen=True)
class Layer:
    """One module with weights, in the order in which a pass calls them.

    Attributes
    ----------
    path : of the module, such as "features.3".
    kind : what it computes, such as "linear", "conv2d" or "lstm".
    behind : the activation, or the other layer without an activation between, that gave its inputs; "inputs" where
        these are the model's own, "" where it is something else.
    units : it gives, 0 where not known. inputs : it takes.
    """

    path: str
    kind: str
    behind: str
    units: int = 0
    inputs: int = 0


@dataclass(frozen=True)
class Parameter:
    """One parameter of the model by name.

    Attributes
    ----------
    trainable : whether it has requires_grad. optimized : whether the optimizer knows it. used : whether the loss
        depends on it.
    size : numbers in it. alike : whether all units of a layer started with the same weights.
    """

    name: str
    trainable: bool = True
    optimized: bool = True
    used: bool = True
    size: int = 1
    alike: bool = False


@dataclass(frozen=True)
class Facts:
    """One training in PyTorch. What was not measured is NaN, empty or None.

    Attributes
    ----------
    case : curves and probes, as the rules for all trainings read them.
    optimizer : its class, such as "Adam"; "" for none. rate : its learning rate.
    layers, parameters : of the model, in order. absent : weights of a pass that are no parameters of the model.
    ends_in : the call that gave the outputs, such as "softmax", or what loss_fn does to them before PyTorch's own loss;
        `ends_at` is its module, "" for the model itself, and `applied` says that it was loss_fn.
    ends_axis : of such a softmax.
    nonlinear : calls of a pass that are no linear map, in order.
    loss : the function of PyTorch that loss_fn calls, such as "cross_entropy"; "" where it is none of those known.
    reduction : of it: "mean", "sum" or "none". grows : loss of twice as many rows over the mean of the halves' losses.
    has_gradient : whether the loss depends on any parameter.
    spread_shapes : two shapes that the loss spreads over each other, such as ((64, 1), (64,)).
    inputs : the probe rows' first input, (rows, …). targets : theirs, (rows, …).
    outputs_before, outputs : of the probe rows, before and after training, in evaluation mode.
    train_mode_loss, eval_mode_loss : of the probe rows after training, by mode; eval_mode_noise : standard deviation of
        the outputs over passes of the same rows in evaluation mode, over their own.
    mixed : how far outputs of some rows move as other rows of their batch change, over their own deviation.
    has_batch_norm : whether some layer normalizes by batch. dropouts : shares of all dropouts.
    added : what loss_fn adds for the weights to the loss of the data, over that loss.
    decayed : what weight decay stands for at the start, over the loss of a constant answer; 0 where it is no part of
        the loss. weight_decay : the largest of the optimizer.
    shared_rows : share of the validation rows that are training rows. ordered : share of neighbours in the order of the
        loader with the same target, over what chance gives. shuffled : whether the rows come in a new order each pass.
    unscaled_first : whether the inputs go to a layer as they are, without a normalization before it.
    accumulated, clipped : steps whose gradient began with the last step's, and those that a clip made shorter, as
        shares, and what a clip leaves of a gradient in the middle; only a doctor sees them.
    """

    case: Case
    optimizer: str = ""
    rate: float = float("nan")
    layers: tuple[Layer, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    absent: tuple[str, ...] = ()
    ends_in: str = ""
    ends_at: str = ""
    applied: bool = False
    ends_axis: int | None = None
    nonlinear: tuple[str, ...] = ()
    loss: str = ""
    reduction: str = "mean"
    grows: float = float("nan")
    has_gradient: bool = True
    spread_shapes: tuple[tuple[int, ...], ...] = ()
    inputs: Shaped[np.ndarray, ...] = field(default_factory=lambda: np.zeros((0, 0)))
    targets: Shaped[np.ndarray, ...] = field(default_factory=lambda: np.zeros((0, 0)))
    outputs_before: Shaped[np.ndarray, ...] = field(default_factory=lambda: np.zeros((0, 0)))
    outputs: Shaped[np.ndarray, ...] = field(default_factory=lambda: np.zeros((0, 0)))
    train_mode_loss: float = float("nan")
    eval_mode_loss: float = float("nan")
    eval_mode_noise: float = float("nan")
    mixed: float = float("nan")
    has_batch_norm: bool = False
    dropouts: tuple[float, ...] = ()
    added: float = float("nan")
    decayed: float = float("nan")
    weight_decay: float = 0.0
    shared_rows: float = float("nan")
    ordered: float = float("nan")
    shuffled: bool = True
    unscaled_first: bool = True
    accumulated: float = float("nan")
    clipped: float = float("nan")
    clipped_to: float = float("nan")

    @property
    def penalty(self) -> float:
        """What loss_fn and weight decay add to the loss of the data, over that loss."""
        return float(np.nansum([self.added, self.decayed]))

    @property
    def severity(self) -> Severity:
        """Of what hinders learning: an error where nothing was learned, else a warning."""
        return "error" if self.case.is_lost else "warning"
