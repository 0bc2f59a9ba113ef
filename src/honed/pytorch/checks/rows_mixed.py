"""The output of one row depends on the other rows of its batch."""

from __future__ import annotations

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_MOVES = 1e-3  # of the outputs' deviation


def rule(facts: Facts) -> list[Finding]:
    """Outputs in evaluation mode that move as half of their batch is replaced."""
    if not facts.mixed > _MOVES:
        return []
    is_softmax = facts.ends_in in ("softmax", "log_softmax") and facts.ends_axis == 0
    recurrent = [
        layer.path for layer in facts.layers if layer.kind in ("lstm", "gru", "rnn_tanh", "rnn_relu")
    ]
    attention = [layer.path for layer in facts.layers if "attention" in layer.kind]
    if is_softmax:
        action = f"Take {facts.ends_in} over the classes: dim=1 in place of dim=0."
    elif recurrent or attention:
        action = f"Give {(recurrent or attention)[0]} its rows as it reads them: "
        action += "batch_first=True for (rows, steps, columns)."
    else:
        action = "Look for dim=0, for view or reshape that put rows together (permute moves axes), and for a mean over "
        action += "rows."
    return [
        Finding(
            id="rows-mixed",
            severity="error",
            what=f"The output of a row depends on the other rows of its batch: with half of them replaced it moves by "
            f"{figure(100 * facts.mixed)} % of the outputs' deviation, in evaluation mode.",
            evidence={"moves": facts.mixed},
            why="An axis of rows was taken for one of steps, classes or columns, so rows are blended, and a "
            "prediction is "
            "another one in another batch.",
            action=action,
            reference="Karpathy, A Recipe for Training Neural Networks: use backprop to chart dependencies",
        )
    ]
