"""Training mode and evaluation mode give other losses on the same rows, or evaluation mode throws dice."""

from __future__ import annotations

import math

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_TIMES, _APART = (
    2.0,
    0.25,
)  # the loss in evaluation mode over that in training mode; of a constant answer's, between them
_NOISE = 1e-2  # of the outputs' deviation


def rule(facts: Facts) -> list[Finding]:
    """After training, a loss in evaluation mode far above that in training mode, or outputs that change by chance."""
    if facts.eval_mode_noise > _NOISE:
        return [
            Finding(
                id="modes-disagree",
                severity="warning",
                what="In evaluation mode the same rows get other outputs each time, apart by "
                f"{figure(100 * facts.eval_mode_noise)} % of their deviation.",
                evidence={"noise": facts.eval_mode_noise},
                why="Something random does not know the mode, such as F.dropout without training=self.training.",
                action="Use nn.Dropout, or F.dropout(x, p, training=self.training).",
                reference="PyTorch, functional.dropout",
            )
        ]
    training, evaluation, case = facts.train_mode_loss, facts.eval_mode_loss, facts.case
    if not math.isfinite(training + evaluation) or evaluation < _TIMES * training:
        return []
    if evaluation - training < _APART * case.chance:
        return []
    return [
        Finding(
            id="modes-disagree",
            severity="error" if evaluation > 0.9 * case.chance else "warning",
            what=f"On the same rows the loss is {figure(training)} in training mode and {figure(evaluation)} in "
            "evaluation "
            "mode.",
            evidence={"training": training, "evaluation": evaluation},
            why="Batch normalization predicts with running statistics, which a few steps, tiny batches, a small "
            "momentum or "
            "rows of another kind leave far from those of a batch."
            if facts.has_batch_norm
            else "Some part of the model computes something else in evaluation mode.",
            action="Take larger batches or momentum=0.1 in nn.BatchNorm, train longer, or use nn.GroupNorm or "
            "nn.LayerNorm."
            if facts.has_batch_norm
            else "Look at every self.training in the model.",
            reference="Wu & He 2018, arXiv 1803.08494; Ioffe 2017, arXiv 1702.03275",
        )
    ]
