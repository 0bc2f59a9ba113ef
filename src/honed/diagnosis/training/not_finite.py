"""The loss stopped being a number."""

from __future__ import annotations

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_PARTS = {
    "value": "a value that is too large for its number format",
    "loss": "a loss that is no number",
    "gradient": "a gradient that is no number",
    "weight": "a weight that is no number",
    "validation": "validation rows with outputs that are no numbers",
}


def rule(case: Case) -> list[Finding]:
    """A diverged training, with the layer and the step where it began."""
    if not case.diverged:
        return []
    where = case.trouble
    if where:
        began = f"{case.when.called(where['epoch'])}, step {where['step']}, in {case.called(where['layer'])}"
        place = f" It began in {began}: "
        place += _PARTS[where["part"]] + "."
    else:
        place = ""
    return [
        Finding(
            id="not-finite",
            severity="error",
            what=f"The loss stopped being a number in {case.when.called(case.epochs)}.{place}",
            evidence={"epochs": case.epochs, **where},
            why="Once one number is infinite or undefined, every weight that it touches becomes so too. Most often the "
            "steps were too long" + (f" (rate {figure(float(case.rate.max()))})." if len(case.rate) else "."),
            action="Lower the learning rate to a tenth, clip the gradient, and look at the inputs' scale.",
            advice=case.rate_times(0.1),
            layers=(int(where["layer"]),) if where else (),
            reference="Karpathy, A Recipe for Training Neural Networks",
        )
    ]
