"""What one training run left behind: `Record`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from honed.train.batch_search import BatchSearch
from honed.train.range_test import RangeTest
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_LOST = 0.9  # of the loss of a constant answer


@dataclass(frozen=True)
class Record:
    """Curves by epoch, or of many rows by part of an epoch, and the costs of one training run.

    Attributes
    ----------
    train_loss, valid_loss, monitored, rate : by epoch that was run; the losses are means over rows, penalties left
        out, train_loss as seen while the epoch went on. valid_loss and `monitored`, what the setting `monitor`
        names, are NaN without validation rows.
    best_epoch : number of the epoch whose parameters were kept, from 1; 0 where there is none to keep.
    steps : optimizer steps taken.
    passes : over the training rows, made when each entry of the curves was; None where each is an epoch. Where it is
        not, `best_epoch` and all other numbers of epochs are of such parts of an epoch.
    parts : of a training that ended with its time, rows of each part and the share of the schedule at its end.
    compile_seconds, run_seconds : wall time, of a training beside others its share; compile covers trace, lower,
        compile and cache load.
    diverged : whether the loss stopped being a finite number.
    batch_size, learning_rate : rows in one step in the end, and the rate that schedules multiply.
    range_test, batch_search : what was measured where one of the two was "auto".
    lanes : of its program, in each of which another network could be trained.
    notes : sentences on what did not go as asked.
    probes, probe_epochs : what was measured inside the network, by name, and the numbers of the epochs before whose
        first step it was; see `honed.diagnosis.case.Case`.
    chance, valid_chance : loss of the best constant answer on the training rows, and of that on the validation rows.
    trouble : of a diverged training, where it began; see `honed.train.examine.trouble`.
    memorised : loss that a few rows alone reach, over that of a constant answer; None where it was not tried.
    """

    train_loss: Float[np.ndarray, " epochs"]
    valid_loss: Float[np.ndarray, " epochs"]
    monitored: Float[np.ndarray, " epochs"]
    rate: Float[np.ndarray, " epochs"]
    best_epoch: int
    steps: int
    compile_seconds: float
    run_seconds: float
    diverged: bool
    batch_size: int
    learning_rate: float
    range_test: RangeTest | None = None
    batch_search: BatchSearch | None = None
    notes: tuple[str, ...] = ()
    probes: dict[str, Float[np.ndarray, "probed ..."]] = field(default_factory=dict)
    probe_epochs: Int[np.ndarray, " probed"] = field(default_factory=lambda: np.zeros(0, np.int64))
    chance: float = float("nan")
    valid_chance: float = float("nan")
    trouble: dict[str, JSON] = field(default_factory=dict)
    memorised: float | None = None
    passes: Float[np.ndarray, " epochs"] | None = None
    parts: tuple[tuple[int, float], ...] = ()
    lanes: int = 1

    @property
    def is_lost(self) -> bool:
        """Whether the network learned next to nothing of its own training rows."""
        finite = self.train_loss[np.isfinite(self.train_loss)]
        return self.diverged or not len(finite) or float(finite.min()) > _LOST * self.chance

    @property
    def best_loss(self) -> float:
        """Validation loss of the kept epoch, NaN without validation rows."""
        return float(self.valid_loss[self.best_epoch - 1]) if self.best_epoch else float("nan")

    def to_json(self) -> dict[str, JSON]:
        """Plain values; curves rounded to six digits."""
        return {
            "train_loss": [float(f"{x:.6g}") for x in self.train_loss],
            "valid_loss": [float(f"{x:.6g}") for x in self.valid_loss],
            "best_epoch": self.best_epoch,
            "steps": self.steps,
            "compile_seconds": round(self.compile_seconds, 4),
            "run_seconds": round(self.run_seconds, 4),
            "diverged": self.diverged,
            "batch_size": self.batch_size,
            "learning_rate": float(f"{self.learning_rate:.6g}"),
            "notes": list(self.notes),
            "rate": [float(f"{x:.6g}") for x in self.rate],
            "chance": float(f"{self.chance:.6g}"),
            "valid_chance": float(f"{self.valid_chance:.6g}"),
            "trouble": self.trouble,
            "memorised": self.memorised,
            "probe_epochs": self.probe_epochs.tolist(),
            **({} if self.passes is None else {"passes": [float(f"{x:.6g}") for x in self.passes]}),
            **({"parts": [list(part) for part in self.parts]} if self.parts else {}),
            **({"lanes": self.lanes} if self.lanes > 1 else {}),
            **({"range_test": self.range_test.to_json()} if self.range_test else {}),
            **({"batch_search": self.batch_search.to_json()} if self.batch_search else {}),
        }
