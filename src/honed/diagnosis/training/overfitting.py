"""The network learns its rows by heart: training loss falls, validation loss rises."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_RISE = 0.1  # of the least validation loss, that it rises by afterwards (AUTOTRAINER: gap of a tenth)
_GAP = 0.5  # training loss over validation loss, below which they are apart
# The same, with the share of the chance loss that the gap has to be.
_WITHOUT_RISE = (0.25, 0.15), (0.1, 0.05)
_DROPOUT, _DECAY = 0.3, 0.01  # the notes' usual values, where there is none


def rule(case: Case) -> list[Finding]:
    """The validation loss has risen by a tenth from its least, or the training loss is a small part of it."""
    valid = case.valid_loss[np.isfinite(case.valid_loss)]
    if len(valid) < 3 or case.diverged or case.last_train > case.chance:
        return []
    best, last = case.best_valid, float(np.median(valid[-case.end :]))
    at = int(np.nanargmin(np.where(np.isfinite(case.valid_loss), case.valid_loss, np.nan))) + 1
    train = case.last_train
    rose = last > (1 + _RISE) * best and train < _GAP * last and last - train > 0.05 * case.chance
    apart = any(train < gap * last and last - train > least * case.chance for gap, least in _WITHOUT_RISE)
    if not rose and not apart:
        return []
    network, training = case.network, case.training
    advice: dict[str, object] = {}
    if training is not None and (network is not None or case.own is not None):
        if not (any(network.dropouts) if network is not None else case.has_dropout):
            advice["dropout"] = _DROPOUT
        elif not training.decay:
            advice["weight_decay"] = _DECAY
        elif network is not None and network.hidden_sizes is None and network.width > 32:
            advice["width"] = network.width // 2
    return [
        Finding(
            id="overfitting",
            severity="warning" if rose else "note",
            what=f"Overfitting: the validation loss was least in {case.when.called(at)} ({figure(best)}) and "
            f"{'has risen to' if rose else 'ends at'} {figure(last)}, while the training loss fell to {figure(train)}.",
            evidence={
                "best_valid": best,
                "last_valid": last,
                "last_train": train,
                "best_epoch": at,
                "rows": case.rows,
            },
            why=f"The network has more freedom than {case.rows:,} rows can pin down, and spends it on their accidents.",
            action="More dropout or weight decay, a smaller network, earlier stopping, or more rows.",
            advice=advice,
            reference="Srivastava et al. 2014 (dropout); Prechelt 1998 (early stopping); gap: AUTOTRAINER (ICSE 2021)",
        )
    ]
