"""From trainings to a model, and when one on the way is saved."""

from __future__ import annotations

import numpy as np
import pytest
from search_helpers import Make, candidate, prepared, trees

from honed.model.model import Model
from honed.run.journal import Journal
from honed.search import save
from honed.search.training import Training

pytestmark = pytest.mark.slow


def test_networks_of_one_fold_predict_together_by_their_shares(runners: Make) -> None:
    runner = runners(prepared(trees()))
    one, two = (Training("full", candidate(), "0", seed) for seed in (0, 1))
    runner.train([one, two])
    alone = [save.model(runner, [(each, (1.0,))]).values(trees()) for each in (one, two)]
    both = save.model(runner, [(one, (0.25,)), (two, (0.75,))]).values(trees())
    np.testing.assert_allclose(both, 0.25 * alone[0] + 0.75 * alone[1], rtol=1e-5)


def test_a_model_on_the_way_takes_the_place_of_a_lesser_one_and_never_after_the_end(runners: Make) -> None:
    journal, saved = Journal.create(None, {}), list[Model]()
    runner = runners(prepared(trees()), journal)
    only = Training("full", candidate(), "0")
    runner.train([only])
    for loss in (2.0, None, 2.0, 3.0, 1.0):
        save.save_once(runner, saved.append, [only], "trial 0", loss)
    assert len(saved) == 2
    others = [Training("full", candidate(), fold) for fold in ("0", "1")]
    runner.train(others)
    save.save_once(runner, saved.append, others, "trial 0", 5.0)
    assert len(saved) == 3  # on more folds, which say more
    save.save_once(runner, saved.append, [only], "trial 0", 0.5)
    assert len(saved) == 3
    journal.event("done")
    save.save_once(runner, saved.append, others, "trial 0", 0.5)
    assert len(saved) == 3
