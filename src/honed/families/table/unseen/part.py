"""What the model does on the outer rows, which neither training nor any choice has seen: `unseen`.

A finished search trains its networks once more on all rows, so the model that predicts has seen the outer rows. What
is shown here is the one that was scored, which the run keeps beside it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from honed.errors import HonedError
from honed.families.table.unseen.columns import effects, importance, worst
from honed.families.table.unseen.rows import SeenRows, look
from honed.families.unseen.classes import classes
from honed.families.unseen.values import values
from honed.figures import counted
from honed.lazily import pl
from honed.report.facts import Head, RunFacts
from honed.report.folds import outer_rows
from honed.report.parts import NotShown, OfTarget, Unseen, UnseenClasses, UnseenValues
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Int

    from honed.table.batches import Batches
    from honed.table.read import Table

Part = dict[str, JSON]  # of a file, whose words are those of `honed.report.facts`

_EFFECTS, _CELLS = 4, 4  # columns with effects, and with cells of the worst rows


def unseen(path: Path, run: RunFacts, summary: Part, trained_again: bool) -> Unseen:
    """The part "unseen" of a story; with "says" alone where it cannot be told, and why.

    Parameters
    ----------
    path : the run's folder.
    run, summary : content of run.json and summary.json.
    trained_again : whether any network was trained on all rows: what is saved may then have seen the outer ones.
    """
    from honed.families.table import streamed
    from honed.model import load
    from honed.run import paths
    from honed.run.folder import RunFolder
    from honed.table import several

    try:
        rows = outer_rows(path)
        if rows is None:
            return {
                "says": "The run has not kept which rows its score is of, as honed did not once, so the model is not "
                "shown on rows that it has not seen."
            }
        if not len(rows):
            return {
                "says": "The table is too small to keep rows apart, so there are none that the model has not seen."
            }
        data, places = RunFolder.open(path).places(run)["data"], None
        sizes = streamed.fitting(run["options"].get("memory"))
        large = streamed.in_batches_of(data, bool(run["options"].get("as_is", False)), sizes)
        if large is not None and run["fingerprint"].startswith(streamed.fingerprint(large.files)):
            places = np.sort(rows)
            table, rows = _of_batches(large, places), np.arange(len(rows))
        elif large is not None and not run["fingerprint"].startswith(several.fingerprint(data)):
            table = None
        else:
            table = _table(run, path)
    except (HonedError, OSError) as error:
        return {"says": f"The data cannot be read any more, so the model is not shown on them: {error}"}
    if table is None:
        what = "" if run["options"].get("query") is None else "What the query gives of "
        return {
            "says": f"{what}{paths.shown(run['options']['data'])} has changed since the run was started, so the model "
            "is not shown on it."
        }
    kept = path / "scored"
    model = load(kept if kept.is_dir() else path)
    table, is_sure = replace(table, frame=model.schema.read(table.frame)), kept.is_dir() or not trained_again
    if not model.schema.further:
        return _shown(look(model, table, rows, places), summary, is_sure)
    targets: list[OfTarget] = []
    for number, head in enumerate(summary["heads"]):
        seen = look(model.of_head(number), table, rows, places)
        targets.append({"target": head["target"], "unseen": _shown(seen, _of_head(summary, head), is_sure)})
    return {
        "says": f"What it does on {counted(len(rows), 'unseen row')}, target by target.",
        "targets": targets,
    }


def _of_head(summary: Part, head: Head) -> Part:
    """The summary as one of that target alone would be."""
    told = summary.get("nested", summary)["scores"].get(summary["uses"]) or {}
    value = told.get("heads", {}).get(head["target"])
    found = {"metric": head["metric"], "uses": summary["uses"], "scores": {summary["uses"]: {"value": value}}}
    return {**found, "nested": {**summary["nested"], **found}} if "nested" in summary else found


def _shown(seen: SeenRows, summary: Part, is_sure: bool) -> UnseenClasses | UnseenValues | NotShown:
    """What a model of one target does; `is_sure` where it is the one that was scored though no score says so."""
    if not seen.has_the_score(summary, if_unknown=is_sure):
        return {
            "says": "The networks that were scored are not kept any more, and those that are saved have another score, "
            "so the model is not shown on rows that it has not seen."
        }
    schema = seen.model.schema
    counts = importance(seen, schema)
    leading = [each["name"] for each in counts["columns"]]
    rounds = (
        " These are the rows of the first round alone; the score is of all rounds."
        if "nested" in summary
        else ""
    )
    before = {
        "says": f"All of this is measured on {counted(len(seen.truth), 'row')} that neither training nor any choice "
        f"has seen.{rounds}",
        "rows": len(seen.truth),
        "classes": list(seen.classes),
    }
    told = classes(seen) if seen.classes else values(seen, schema.target.name)
    after = {
        "importance": counts,
        "effects": effects(seen, schema, leading[:_EFFECTS]),
        "worst": worst(seen, leading[:_CELLS]),
    }
    return cast("UnseenClasses | UnseenValues", {**before, **told, **after})


def _of_batches(large: Batches, rows: Int[np.ndarray, " rows"]) -> Table | None:
    """Those rows of a table that is not held in memory, ascending; None where the files are others now."""
    from honed.table.batches import Irregular
    from honed.table.read import Table

    parts, before = [], 0
    try:
        for batch in large:
            frame = batch.table.frame
            inside = rows[np.searchsorted(rows, before) : np.searchsorted(rows, before + frame.height)]
            if len(inside):
                parts.append(frame[(inside - before).tolist()])
            before += frame.height
    except Irregular:
        return None
    if sum(len(part) for part in parts) < len(rows):
        return None
    return Table(pl.concat(parts, how="vertical_relaxed"), large.source, "", is_typed=large.is_typed)


def _table(run: RunFacts, path: Path) -> Table | None:
    """The table that the run read, or None when the file is another one."""
    from honed.run.folder import RunFolder
    from honed.table import read, several

    places = RunFolder.open(path).places(run)
    if run["options"].get("refit") is not None:
        return _grown(path, run)
    as_is, sheet = run["options"].get("as_is", False), run["options"].get("sheet")
    query = run["options"].get("query")
    table = several.read(places["data"], as_is=as_is, sheet=sheet, query=query)
    if "valid" in places:
        known = table.frame.columns
        given = several.read(places["valid"], least_rows=1, known=known, as_is=as_is, usual_sheet=sheet)
        table = read.joined(table, given)
    return table if table.fingerprint == run["fingerprint"] else None


def _grown(path: Path, run: RunFacts) -> Table | None:
    """The same of a run that was trained on more rows than another had."""
    from honed.families.table import grown
    from honed.run.folder import RunFolder
    from honed.search.versions import Begun
    from honed.table.columns import Schema

    folder = RunFolder.open(path)
    options = folder.read_json("run.json", Begun)["options"]
    assert options.refit is not None
    table = grown.together(grown.tables(options, folder.places(run)), Schema.from_json(options.refit.schema))
    return table if table.fingerprint == run["fingerprint"] else None
