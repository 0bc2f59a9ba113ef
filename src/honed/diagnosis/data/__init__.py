"""What a table tells before any training: a `DataCase` comes in, findings go out, worst first.

`case.py` is what the rules look at; then one file a rule. Costly rules look at a sample of 5,000 rows and at the
first 100 columns.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

from honed.diagnosis.data.case import DataCase
from honed.diagnosis.data.coded import missing_codes
from honed.diagnosis.data.constant import constant
from honed.diagnosis.data.duplicates import duplicate_rows
from honed.diagnosis.data.far import far_values
from honed.diagnosis.data.identifier import identifier
from honed.diagnosis.data.imbalance import imbalance
from honed.diagnosis.data.labels import wrong_labels
from honed.diagnosis.data.leak import leaked_target
from honed.diagnosis.data.probable_groups import probable_groups
from honed.diagnosis.data.shift import train_validation_shift
from honed.diagnosis.data.time_order import time_order
from honed.diagnosis.data.words import missing_words
from honed.findings import Finding, worst_first
from honed.optional import optional

Rule = Callable[[DataCase], list[Finding]]

RULES: tuple[Rule, ...] = (
    leaked_target,
    duplicate_rows,
    probable_groups,
    train_validation_shift,
    identifier,
    time_order,
    constant,
    far_values,
    missing_codes,
    missing_words,
    imbalance,
    wrong_labels,
)


OF_TARGET: tuple[Rule, ...] = (leaked_target, imbalance)  # of which each of several targets has its own


def findings(case: DataCase, *, robust: bool = True, rules: tuple[Rule, ...] | None = None) -> list[Finding]:
    """What the rules see in the table, all of them by default, worst first; empty for a healthy one.

    A rule that fails is left out with a warning. `robust` says whether numbers are scaled by their quartiles.
    """
    more: dict[Rule, dict[str, bool]] = {far_values: {"robust": robust}}
    seen = [
        optional(f"The rule {rule.__name__!r}", partial(rule, case, **more.get(rule, {})), [])
        for rule in (RULES if rules is None else rules)
    ]
    return worst_first(itertools.chain(*seen))
