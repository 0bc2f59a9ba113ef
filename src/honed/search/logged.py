"""A search or a training that is logged while it lasts: `logged` in a folder, `logged_in_memory` without one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Literal

from honed.errors import warn
from honed.logs.destination import Destination, Ended, Run
from honed.logs.follower import followed
from honed.logs.told import ended
from honed.report.facts import Facts
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.search.options import Options
from honed.search.prepare import Prepared
from honed.settings import Value

# Of the network, of the data, of the machine, and of no use to who reads the log.
_UNTOLD = {"settings", "schema", "memory", "log"}


@contextlib.contextmanager
def logged(
    places: Mapping[str, Destination],
    prepared: Prepared,
    journal: Journal,
    folder: RunFolder,
    say: Callable[[str], None],
) -> Iterator[None]:
    """Log what happens in the run of that folder, and in the end what came of it."""

    def end(error: BaseException | None) -> Ended:
        has_facts = error is None and (folder.path / "summary.json").exists()
        facts = folder.read_json("summary.json", Facts) if has_facts else None
        return ended(_how(error, journal), journal.events[-1]["at"], facts, folder.path)

    run = _about(prepared, journal, folder.path.resolve().name)
    with followed(places, run, prepared.family, journal, folder, end, say):
        yield


@contextlib.contextmanager
def logged_in_memory(
    places: Mapping[str, Destination], prepared: Prepared, journal: Journal, name: str
) -> Iterator[list[Facts]]:
    """Log what happens in a search that no folder keeps, and in the end the facts that were put into the list.

    What cannot be logged is a warning at the end.
    """
    found, said = list[Facts](), list[str]()

    def end(error: BaseException | None) -> Ended:
        return ended(_how(error, journal), journal.events[-1]["at"], found[-1] if found else None, None)

    run = _about(prepared, journal, name)
    with followed(places, run, prepared.family, journal, None, end, said.append):
        yield found
    for sentence in said:
        warn(sentence, UserWarning)


def _how(error: BaseException | None, journal: Journal) -> Literal["done", "stopped", "failed"]:
    if isinstance(error, KeyboardInterrupt) or journal.events[-1]["kind"] == "stopped":
        return "stopped"
    return "done" if error is None else "failed"


def _about(prepared: Prepared, journal: Journal, name: str) -> Run:
    metric = prepared.metric
    sign = -1 if metric.higher_is_better else 1
    return Run(name, _asked(prepared), journal.start["at"], metric.name, sign)


def _asked(prepared: Prepared) -> dict[str, Value]:
    """What the user asked for, but for defaults, and what was understood of the data."""
    usual = asdict(Options("", ""))
    options = asdict(prepared.options).items()
    asked = {name: value for name, value in options if name not in _UNTOLD and value != usual[name]}
    known = {"task": prepared.schema.target.task, "metric": prepared.metric.name, "rows": len(prepared.y)}
    return {**asked, **known, "honed": version("honed")}
