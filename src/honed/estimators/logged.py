"""One network trained by hand, logged once it is there: `log_training`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.metadata import version

from honed.errors import warn
from honed.family import Family, Specification
from honed.logs.destination import Destination, Ended, Run
from honed.logs.follower import followed
from honed.run.journal import Journal
from honed.search.candidate import plain
from honed.train.record import Record
from honed.train.spec import TrainingSpec
from honed.trials import Key


def log_training(
    places: Mapping[str, Destination],
    name: str,
    family: Family,
    network: Specification,
    training: TrainingSpec,
    record: Record,
) -> None:
    """Log settings, curves and score to these destinations as a run of that name; a warning where that fails."""
    if not places:
        return
    loss, said = record.best_loss, list[str]()
    value = {
        **record.to_json(),
        "loss": loss if math.isfinite(loss) else None,
        "candidate": name,
        "settings": {"network": plain(network), "training": plain(training)},
    }
    journal = Journal.create(None, {})
    at = journal.start["at"] - record.compile_seconds - record.run_seconds
    run = Run(name, {"metric": "loss", "honed": version("honed")}, at, "loss", 1)

    def end(_: object) -> Ended:
        return Ended("done" if record.best_epoch else "failed", journal.events[-1]["at"])

    with followed(places, run, family, journal, None, end, said.append):
        journal.record(str(Key("by hand", 0, "0", 0)), {"ok": True, "value": value})
    for sentence in said:
        warn(sentence, UserWarning)
