"""The folder of a new run with its journal, and what its workers do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from honed import addresses
from honed.errors import RunError
from honed.report.columns import FILE
from honed.report.progress import Progress
from honed.run import paths
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.search import opening, versions
from honed.search.options import Options
from honed.search.prepare import Prepared
from honed.table.document import document

PERFORM = "honed.search.job:Worker"  # what a worker does; by its address, as the caller needs no JAX


@contextlib.contextmanager
def new_run(prepared: Prepared, out: str | Path, trials: int | None) -> Iterator[tuple[RunFolder, Journal]]:
    """A new folder, locked, with its journal; taken away again where an error leaves nothing to go on with.

    It stays once a network has been trained, and where nothing has failed yet, as when the disk is full: `resume`
    then goes on. Where each one failed, a new run loses nothing.
    """
    options = prepared.options
    said = {"options": asdict(options), **versions.versions(prepared)}
    folder = RunFolder.create(out, {**said, "paths": _paths(options, out)})
    journal = None
    try:
        with folder:
            start = {"budget": options.budget, "trials": trials}
            journal = Journal.create(folder.path / "journal.jsonl", start)
            with journal:
                yield folder, journal
    except BaseException as error:
        if journal is not None and not isinstance(error, Exception):
            raise  # Ctrl-C: `resume` goes on
        done = (
            [] if journal is None else [e["outcome"]["ok"] for e in journal.events if e["kind"] == "result"]
        )
        can_go_on = journal is not None and isinstance(error, RunError) and not done
        if not any(done) and not can_go_on:
            folder.remove()
        raise


def begin(prepared: Prepared, folder: RunFolder, progress: Progress) -> None:
    """Tell what was understood of the data, and write it into the run's folder, unless that has been done."""
    versions.know_again(prepared, folder)
    if not (folder.path / FILE).exists():
        folder.write_json(FILE, document(prepared.schema))
        opening.tell(prepared, progress)


def _paths(options: Options, out: str | Path) -> dict[str, str]:
    """Where run and data lie as absolute paths, so that `resume` finds them from any folder."""
    data = addresses.file_of(options.data) if addresses.is_address(options.data) else options.data
    named = {"data": data, "valid": options.valid}
    named |= {f"more/{place}": path for place, path in enumerate(options.more)}
    absolute = {name: paths.each(path, os.path.abspath) for name, path in named.items() if path is not None}
    return {"run": os.path.abspath(out), **absolute}
