"""How a network is trained, as a frozen value: `TrainingSpec`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from honed.encode.target import MARGIN, RATE_LOSSES, middle
from honed.errors import InputError
from honed.heads import Head, Part
from honed.settings import check, setting

OPTIMIZER_NAMES = ("sgd", "rmsprop", "adam", "nadam", "adamw", "lion")
CLASS_LOSSES = ("cross_entropy", "squared")  # the first of each is what "auto" means
VALUE_LOSSES = ("squared", "absolute", "huber", "quantile", *RATE_LOSSES)
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
PROBE_LEVELS = ("off", "quick", "usual", "full")
_BATCH_BY_ROWS = ((1024, 64), (8192, 128), (30_000, 256), (100_000, 512))  # RealMLP, arXiv 2407.04491
_NOTES_DECAY = 0.01  # what weight decay is when it is merely switched on
_FALLING = tuple(name for name in SCHEDULE_NAMES if name != "plateau")  # those that need no validation loss


@dataclass(frozen=True, kw_only=True)
class TrainingSpec:
    """Loss, penalties, optimizer, schedule, batch and stopping.

    Losses are means over rows: cross-entropy in nats for classes, squared error without the half on the
    standardised target for numbers. `l1` adds l1·Σ|w| and `l2` adds l2·Σw² over weights, never biases.
    """

    loss: str = setting(
        "auto",
        str,
        choices=("auto", *dict.fromkeys(CLASS_LOSSES + VALUE_LOSSES)),
        help="What training makes small; 'auto' is cross_entropy for classes and squared for numbers. poisson is for "
        "counts, gamma for amounts above 0.",
    )
    huber_delta: float = setting(
        1.0,
        float,
        valid="(0, inf)",
        help="Where the Huber loss turns from squared to straight, in standard deviations of the target.",
    )
    quantiles: tuple[float, ...] = setting(
        (0.1, 0.5, 0.9),
        float,
        valid="(0, 1)",
        many=True,
        help="Shares of rows that shall lie below each output; loss 'quantile' only. The median is predicted, or where "
        "0.5 is not listed what lies at 0.5 between the two around it.",
    )
    prediction_margin: float = setting(
        MARGIN,
        float,
        valid="[0, inf]",
        help="Share of the target's training range that predictions may exceed it by, on either side; inf is no "
        "bound. Where no training target is negative, no prediction is, whatever the margin.",
    )
    label_smoothing: float = setting(
        0.0, float, valid="[0, 1)", help="Share of the target's certainty spread evenly over the classes."
    )
    optimizer: str = setting(
        "adam",
        str,
        choices=OPTIMIZER_NAMES,
        search=("adam", "sgd", "lion"),
        group="optimizer",
        help="The update rule.",
    )
    learning_rate: float | str = setting(
        1e-3,
        float,
        valid="(0, 100]",
        words=("auto",),
        search=(3e-4, 2e-2),
        log=True,
        widest=(1e-8, 2.0),
        group="rate",
        help="Size of a step; 'auto' measures it by a range test.",
    )
    momentum: float = setting(0.0, float, valid="[0, 1)", help="Share of the last step kept; SGD only.")
    nesterov: bool = setting(False, bool, help="Look ahead along the momentum; SGD only.")
    rho: float = setting(0.9, float, valid="[0, 1)", help="Memory of squared gradients; RMSProp only.")
    beta1: float = setting(0.9, float, valid="[0, 1)", help="Memory of gradients; Adam's kin and Lion.")
    beta2: float = setting(
        0.999,
        float,
        valid="[0, 1)",
        help="Memory of squared gradients; Adam's kin. In Lion that of gradients, where 0.99 is usual.",
    )
    epsilon: float = setting(
        1e-8, float, valid="(0, 1]", help="Guard of the divisor in RMSProp and Adam's kin."
    )
    l1: float = setting(
        0.0,
        float,
        valid="[0, inf)",
        search=(1e-7, 1e-2),
        log=True,
        widest=(1e-7, 2.0),
        group="penalties",
        one_of="penalty",
        help="Penalty on Σ|w| (the notes: 0.01); a proximal step, so that weights become exactly zero.",
    )
    l2: float = setting(
        0.0,
        float,
        valid="[0, inf)",
        search=(1e-7, 1e-2),
        log=True,
        widest=(1e-7, 2.0),
        group="penalties",
        one_of="penalty",
        help="Penalty on Σw² (the notes: 0.01).",
    )
    weight_decay: float | None = setting(
        None,
        float,
        valid="[0, 100]",
        optional=True,
        search=(1e-4, 0.3),
        log=True,
        widest=(1e-4, 2.0),
        group="penalties",
        one_of="penalty",
        help="Weights shrink by rate × this at each step, apart from the gradient; None is 0, or 0.01 for adamw.",
    )
    noise: float = setting(
        0.0,
        float,
        valid="[0, inf)",
        help="Spread of Gaussian fuzz on weights and biases after each step, as a factor on the rate.",
    )
    gradient_clip: float | None = setting(
        None, float, valid="(0, inf)", optional=True, help="Longest gradient allowed (Euclidean norm)."
    )
    schedule: str = setting(
        "constant",
        str,
        choices=SCHEDULE_NAMES,
        search=("cosine", "coslog4", "flat_cosine", "one_cycle"),
        group="schedule",
        structure=False,
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
    plateau_threshold: float = setting(
        1e-4, float, valid="[0, 1)", help="Least improvement that is progress, as a share of the best loss."
    )
    plateau_cooldown: int = setting(
        0, int, valid="[0, inf)", help="Epochs after the rate has fallen in which no plateau is counted."
    )
    plateau_swing: float | None = setting(
        0.03,
        float,
        valid="(0, inf)",
        optional=True,
        help="The rate also falls when the loss swings to and fro by this share for plateau_patience epochs.",
    )
    dropout_schedule: str = setting(
        "constant", str, choices=_FALLING, help="How dropout moves over training, as a factor."
    )
    weight_decay_schedule: str = setting(
        "constant", str, choices=_FALLING, help="How weight decay moves over training, as a factor."
    )
    bias_rate: float = setting(1.0, float, valid="[0, 100]", help="Learning rate of biases, as a factor.")
    scale_rate: float = setting(1.0, float, valid="[0, 100]", help="Rate of input factors, as a factor.")
    embedding_rate: float = setting(1.0, float, valid="[0, 100]", help="Rate of embeddings, as a factor.")
    slope_rate: float = setting(1.0, float, valid="[0, 100]", help="Rate of activation slopes, as a factor.")
    batch_size: int | str | None = setting(
        None,
        int,
        valid="[1, inf)",
        optional=True,
        words=("auto", "full"),
        search=(0.5, 1.0, 2.0),
        by_factor=True,
        group="batch",
        help="Rows in one step; None goes by the number of rows, 'full' takes all, 'auto' measures memory, "
        "speed and gradient noise.",
    )
    accumulation: int = setting(
        1, int, valid="[1, inf)", help="Batches whose gradients are averaged into one step."
    )
    weight_average: float = setting(
        0.0,
        float,
        valid="[0, 1)",
        help="Memory of an exponential average of the parameters, which then validates and predicts; 0 is none.",
    )
    epochs: int = setting(100, int, valid="[1, 1000000]", help="Most passes over the training rows.")
    early_stopping: bool = setting(
        True, bool, help="Hold rows out, stop when they no longer improve, keep the best epoch."
    )
    monitor: str = setting(
        "loss",
        str,
        choices=("loss", "accuracy", "mean_absolute_error"),
        help="What is watched on the rows held out, to keep the best epoch, to stop and to see a plateau.",
    )
    patience: int | str | None = setting(
        None,
        int,
        valid="[1, inf)",
        optional=True,
        form=(r"\d+(\.\d+)?x", "a multiple of the best epoch such as '2x'"),
        help="Epochs without progress before stopping; '2x' stops when twice as many epochs as the best have run, "
        "and 10 at least without progress; None trains to the end of the schedule.",
    )
    min_delta: float = setting(
        0.0, float, valid="[0, inf)", help="Least improvement that counts as progress."
    )
    probes: str = setting(
        "off",
        str,
        choices=PROBE_LEVELS,
        help="What is measured inside the network, for findings: 'quick' gradients and steps, 'usual' also hidden "
        "values and noise, 'full' the same on more rows.",
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

        if self.monitor != "loss" and not self.early_stopping:
            raise InputError(
                f"The setting 'monitor' is {self.monitor!r}, but early_stopping is off, so no rows are held out to "
                "watch it on. Turn early_stopping on, or leave monitor out."
            )
        if self.accumulation > 1 and self.batch_size == "full":
            raise InputError(
                f"The setting 'accumulation' is {self.accumulation}, but batch_size 'full' is one batch an epoch, "
                "so there is nothing to add up. Give batch_size a number, or leave accumulation at 1."
            )
        if isinstance(self.patience, str) and float(self.patience[:-1]) <= 1:
            raise InputError(
                f"The setting 'patience' is {self.patience!r}, which is over as soon as the best epoch is. "
                "Give a multiple above 1, such as '2x', or a number of epochs."
            )
        if list(self.quantiles) != sorted(set(self.quantiles)) or not self.quantiles:
            raise InputError(
                f"The setting 'quantiles' is {self.quantiles!r}, but it must list different shares, the least "
                "first, such as (0.1, 0.5, 0.9)."
            )
        if self.loss == "quantile" and not middle(self.quantiles):
            whole = ", ".join(f"{share:g}" for share in sorted((0.5, *self.quantiles)))
            raise InputError(
                f"The setting 'quantiles' is {self.quantiles!r}, all on one side of 0.5, so that no output says what "
                f"to predict. Add the median: ({whole})."
            )

    def loss_for(self, classes: bool) -> str:
        """The loss by name, where `classes` says whether the target is one of several classes.

        Raises
        ------
        InputError
            The loss, the monitor or label smoothing does not fit the target.
        """
        known = CLASS_LOSSES if classes else VALUE_LOSSES
        target = "classes" if classes else "numbers"
        if self.loss not in ("auto", *known):
            raise InputError(
                f"The setting 'loss' is {self.loss!r}, but the target is {target}, for which it can be "
                f"{', '.join(known)}. Take one of these, or say the task if the target is meant otherwise "
                f"({'regression' if classes else 'multiclass'})."
            )
        if self.monitor == ("mean_absolute_error" if classes else "accuracy"):
            raise InputError(
                f"The setting 'monitor' is {self.monitor!r}, which says nothing of {target}. Leave it at 'loss', "
                f"or take {'accuracy' if classes else 'mean_absolute_error'!r}."
            )
        if self.monitor != "loss" and self.loss in RATE_LOSSES:
            raise InputError(
                f"The setting 'monitor' is {self.monitor!r}, but the outputs of loss {self.loss!r} are logarithms, "
                "which it would compare with the target. Leave it at 'loss'."
            )
        if self.label_smoothing and not classes:
            raise InputError(
                f"The setting 'label_smoothing' is {self.label_smoothing}, but the target is numbers, which have "
                "no labels to smooth. Leave it at 0."
            )
        return known[0] if self.loss == "auto" else self.loss

    def outputs(self, classes: int) -> int:
        """Outputs of the network for that many classes, 0 for numbers."""
        return classes or (len(self.quantiles) if self.loss == "quantile" else 1)

    def parts(self, heads: Sequence[Head]) -> tuple[Part, ...]:
        """How each head is learned.

        Raises
        ------
        InputError
            As `loss_for`; with several heads where a setting fits none of them, and where `monitor` is not the loss.
        """
        kinds = {bool(head.classes) for head in heads}
        if len(heads) > 1 and self.monitor != "loss":
            raise InputError(
                f"The setting 'monitor' is {self.monitor!r}, but the network has {len(heads)} targets "
                f"({', '.join(head.name for head in heads)}), of which it says nothing together. Leave it at 'loss'."
            )
        if len(kinds) == 1:  # of both kinds every loss fits one, and labels are there to smooth
            self.loss_for(kinds.pop())
        return tuple(self._part(head) for head in heads)

    def _part(self, head: Head) -> Part:
        known = CLASS_LOSSES if head.classes else VALUE_LOSSES
        loss = self.loss if head.loss == "auto" and self.loss in known else head.loss
        own = replace(self, loss=loss, label_smoothing=self.label_smoothing if head.classes else 0.0)
        return Part(own.loss_for(bool(head.classes)), own.outputs(head.classes))

    def batch(self, rows: int) -> int:
        """Rows in one step when training on `rows` rows."""
        if self.batch_size == "full":
            return rows
        if self.batch_size is None:
            wanted = next((size for limit, size in _BATCH_BY_ROWS if rows <= limit), 1024)
        else:
            assert self.batch_size != "auto", "measured before"
            wanted = int(self.batch_size)
        return max(1, min(wanted, rows))

    @property
    def decay(self) -> float:
        """Weight decay as a number."""
        if self.weight_decay is None:
            return _NOTES_DECAY if self.optimizer == "adamw" else 0.0
        return self.weight_decay

    @property
    def has_penalties(self) -> bool:
        """Whether the program needs L2 or weight decay at all."""
        return bool(self.l2 or self.decay)


def check_output(activation: str | None, parts: Sequence[Part]) -> None:
    """Raise `InputError` where the `activation` of the output layer does not fit the loss of a head."""
    if activation and any(part.loss == "cross_entropy" for part in parts):
        raise InputError(
            f"The setting 'output_activation' is {activation!r}, but cross-entropy takes the outputs as "
            "they are and turns them into probabilities itself. Set loss='squared' with it, or leave it out."
        )
