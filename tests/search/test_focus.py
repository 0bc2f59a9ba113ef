"""Of several targets the best candidate for each, trained for it alone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from search_helpers import Make, candidate, prepared, trees

from honed.heads import apart
from honed.search import first_network
from honed.search.explored import Explored
from honed.search.focus import focus
from honed.search.prepare import Prepared
from honed.search.training import Training

pytestmark = pytest.mark.slow


def several(**more: object) -> Prepared:
    """A value and two classes, which hang on other columns."""
    rng = np.random.default_rng(1)
    other = rng.normal(size=200)
    frame = trees(200).with_columns(other=pl.Series(other), z=pl.Series(np.where(other > 0, "up", "down")))
    return prepared(frame, further=("z",), **more)


def test_each_target_has_a_network_that_learned_nothing_of_the_others(runners: Make) -> None:
    runner = runners(several())
    space, known = first_network.space(runner, 30), Explored(2)
    made = space.defaults()[:2]
    known.ask(made)
    for each in made:
        known.record_full(list(runner.train([Training("full", each, fold) for fold in "01"]).values()))
    found = focus(runner, known, None)
    wanted = [(target, fold) for fold in "01" for target in "yzyz"]
    assert [(t.candidate.focus, t.fold) for t in found] == wanted
    numbers = {(c.name, c.number) for c in known.asked[2:]}
    assert numbers == {
        (f"{c.name} for {t}", 1_000_000 + 2 * c.number + p) for c in made for p, t in enumerate("yz")
    }
    names = {f"{c.name} for {target}" for c in made for target in "yz"}
    assert {c.name for c in known.asked[2:]} == names
    assert all(t.candidate.program in [c.program for c in made] for t in found)
    heads, truth = runner.prepared.heads, runner.fold("0").truth
    for training in [t for t in found if t.fold == "0"]:
        value, shares = apart(runner.predictions(training), heads)
        right = float((shares.argmax(axis=1) == truth[:, 1]).mean())
        explained = 1 - float(((value - truth[:, 0]) ** 2).mean() / truth[:, 0].var())
        if training.candidate.focus == "y":
            assert explained > 0.8 and right < 0.8
        else:
            assert explained < 0.5 and right > 0.9


def test_one_target_and_a_single_network_have_no_others(runners: Make) -> None:
    for ready in (prepared(trees()), several(single=True)):
        runner = runners(ready)
        known = Explored(1)
        known.ask([candidate()])
        assert focus(runner, known, None) == {}
