"""`honed.doctor` as a callback of Lightning: findings at the end of a training, written and, if asked for, an error.

    trainer = pl.Trainer(callbacks=[Doctor("findings.txt", fail_on="error")])

Needs pytorch-lightning beside 'honed[torch]'; automatic optimization with one optimizer, and a training_step that calls
the module itself, `self(x)`, since passes are seen there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytorch_lightning as pl  # pyright: ignore[reportMissingImports]

import honed


class Doctor(pl.Callback):
    """Looks at the training that it is a callback of.

    Parameters
    ----------
    path : where the findings are written, .json or text.
    fail_on : "error" or "warning" ends the program with status 3 where there is such a finding; None does not.
    every : steps between looks; None looks as often as 3 % of the time allow.
    """

    def __init__(
        self, path: str | Path, fail_on: Literal["error", "warning"] | None = None, every: int | None = None
    ) -> None:
        self.path, self.fail_on, self.every = path, fail_on, every
        self.doctor: Any = None

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.doctor = honed.doctor(module, trainer.optimizers[0], every=self.every).__enter__()

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, *_: Any
    ) -> None:
        loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
        if loss is not None:  # else training_step left the batch out
            self.doctor.step(loss)

    def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        loss = trainer.callback_metrics.get("val_loss")  # what validation_step logged under that name
        if self.doctor is not None and loss is not None:
            self.doctor.validate(loss)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.doctor.__exit__(None, None, None)
        self.doctor.report(self.path)
        if self.fail_on is not None:
            self.doctor.check(self.fail_on)

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        if self.doctor is not None:
            self.doctor.__exit__(None, None, None)
