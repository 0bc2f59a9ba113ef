"""How a network is trained, as a frozen value: `TrainingSpec`."""

from __future__ import annotations

from dataclasses import dataclass

from honed.errors import InputError
from honed.settings import check, setting

OPTIMIZER_NAMES = ("sgd", "rmsprop", "adam", "nadam")
SCHEDULE_NAMES = (
    "constant",
    "plateau",
    "step",
    "exponential",
    "linear",
    "cosine",
    "one_cycle",
    "coslog4",
    "flat_cosine",
)
_BATCH_BY_ROWS = ((1024, 64), (8192, 128), (30_000, 256), (100_000, 512))  # RealMLP, arXiv 2407.04491


@dataclass(frozen=True, kw_only=True)
class TrainingSpec:
    """Loss, penalties, optimizer, schedule, batch and stopping.

    Losses are means over rows: cross-entropy in nats for classes, squared error without the half on the
    standardised target for numbers. `l1` adds l1·Σ|w| and `l2` adds l2·Σw² over weights, never biases.
    """

    label_smoothing: float = setting(
        0.0, float, valid="[0, 1)", help="Share of the target's certainty spread evenly over the classes."
    )
    optimizer: str = setting("adam", str, choices=OPTIMIZER_NAMES, search=("adam",), help="The update rule.")
    learning_rate: float = setting(
        1e-3, float, valid="(0, 100]", search=(3e-4, 2e-2), log=True, help="Size of a step."
    )
    momentum: float = setting(0.0, float, valid="[0, 1)", help="Share of the last step kept; SGD only.")
    nesterov: bool = setting(False, bool, help="Look ahead along the momentum; SGD only.")
    rho: float = setting(0.9, float, valid="[0, 1)", help="Memory of squared gradients; RMSProp only.")
    beta1: float = setting(0.9, float, valid="[0, 1)", help="Memory of gradients; Adam only.")
    beta2: float = setting(
        0.999, float, valid="[0, 1)", search=(0.95, 0.999), help="Memory of squared gradients; Adam only."
    )
    epsilon: float = setting(1e-8, float, valid="(0, 1]", help="Guard of the divisor in RMSProp and Adam.")
    l1: float = setting(
        0.0, float, valid="[0, inf)", search=(1e-7, 1e-2), log=True, help="Penalty on Σ|w| (the notes: 0.01)."
    )
    l2: float = setting(
        0.0, float, valid="[0, inf)", search=(1e-7, 1e-2), log=True, help="Penalty on Σw² (the notes: 0.01)."
    )
    weight_decay: float = setting(
        0.0,
        float,
        valid="[0, 100]",
        search=(1e-4, 0.3),
        log=True,
        help="Weights shrink by rate × this at each step, apart from the gradient.",
    )
    gradient_clip: float | None = setting(
        None, float, valid="(0, inf)", optional=True, help="Longest gradient allowed (Euclidean norm)."
    )
    schedule: str = setting(
        "constant",
        str,
        choices=SCHEDULE_NAMES,
        search=("cosine", "coslog4", "flat_cosine", "one_cycle"),
        help="How the learning rate moves over training.",
    )
    warmup: float = setting(
        0.0, float, valid="[0, 1)", help="Share of the steps in which the rate first rises from zero."
    )
    plateau_factor: float = setting(
        0.5, float, valid="(0, 1)", help="The rate is multiplied by this on a plateau; plateau schedule only."
    )
    plateau_patience: int = setting(
        5, int, valid="[1, inf)", help="Epochs without progress that make a plateau; plateau schedule only."
    )
    penalty_schedule: str = setting(
        "constant",
        str,
        choices=("constant", "flat_cosine"),
        help="How dropout and weight decay move over training.",
    )
    bias_rate: float = setting(1.0, float, valid="[0, 100]", help="Learning rate of biases, as a factor.")
    scale_rate: float = setting(1.0, float, valid="[0, 100]", help="Rate of input factors, as a factor.")
    embedding_rate: float = setting(1.0, float, valid="[0, 100]", help="Rate of embeddings, as a factor.")
    slope_rate: float = setting(1.0, float, valid="[0, 100]", help="Rate of activation slopes, as a factor.")
    batch_size: int | str = setting(
        "auto",
        int,
        valid="[1, inf)",
        words=("auto", "full"),
        search=(64, 128, 256, 512),
        help="Rows in one step; 'auto' goes by the number of rows, 'full' takes all.",
    )
    epochs: int = setting(100, int, valid="[1, 1000000]", help="Most passes over the training rows.")
    early_stopping: bool = setting(
        True, bool, help="Hold rows out, stop when they no longer improve, keep the best epoch."
    )
    patience: int | None = setting(
        None,
        int,
        valid="[1, inf)",
        optional=True,
        help="Epochs without progress before stopping; None trains to the end of the schedule.",
    )
    min_delta: float = setting(
        0.0, float, valid="[0, inf)", help="Least improvement that counts as progress."
    )

    def __post_init__(self) -> None:
        check(self)
        if self.momentum and self.optimizer != "sgd":
            raise InputError(
                f"The setting 'momentum' is {self.momentum}, but optimizer {self.optimizer!r} has its own memory "
                "of gradients. Leave momentum at 0 (beta1 is Adam's), or choose optimizer 'sgd'."
            )
        if self.nesterov and not self.momentum:
            raise InputError(
                "The setting 'nesterov' needs momentum: set optimizer 'sgd' and momentum, say 0.9."
            )
        if self.patience is not None and not self.early_stopping:
            raise InputError(
                f"The setting 'patience' is {self.patience}, but early_stopping is off, so nothing would wait. "
                "Turn early_stopping on, or leave patience out."
            )

    def batch(self, rows: int) -> int:
        """Rows in one step when training on `rows` rows."""
        if self.batch_size == "full":
            return rows
        if self.batch_size == "auto":
            wanted = next((size for limit, size in _BATCH_BY_ROWS if rows <= limit), 1024)
        else:
            wanted = int(self.batch_size)
        return max(1, min(wanted, rows))

    @property
    def has_penalties(self) -> bool:
        """Whether the program needs L1, L2 or weight decay at all."""
        return bool(self.l1 or self.l2 or self.weight_decay)
