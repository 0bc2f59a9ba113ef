"""Confirming the leaders."""

from __future__ import annotations

import math

from search_helpers import candidate, found

from honed.search.confirm import whole_rounds
from honed.search.training import Training


def test_half_a_round_of_confirmation_counts_for_nobody() -> None:
    one, two = candidate(0), candidate(1)
    rounds = [[Training("confirm", c, "0", seed) for c in (one, two)] for seed in (1, 2)]
    done = {t: found(t, 1.0) for t in (*rounds[0], rounds[1][0])}
    assert whole_rounds(rounds, done) == {0: [rounds[0][0]], 1: [rounds[0][1]]}


def test_a_failure_in_confirmation_is_left_out_and_ends_no_round() -> None:
    one, two = candidate(0), candidate(1)
    rounds = [[Training("confirm", c, "0", 1) for c in (one, two)]]
    done = {rounds[0][0]: found(rounds[0][0], math.inf), rounds[0][1]: found(rounds[0][1], 1.0)}
    assert whole_rounds(rounds, done) == {1: [rounds[0][1]]}
