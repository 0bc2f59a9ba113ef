"""Pictures that the scored model has not seen, in the report of a run."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import metrics
from untrained_models import IMAGE, PICTURES, PIXELS, SCALES, model

import honed
from honed.families.image.source import from_files
from honed.families.image.thumbnails import filters
from honed.families.image.unseen import first_filters, unseen
from honed.report.folds import outer_rows
from honed.report.html import page
from honed.search.options import Options


def test_measures_are_those_of_scikit_learn_and_pictures_are_shown(run: Path) -> None:
    part: Any = unseen(run, json.loads((run / "summary.json").read_text()), False)
    source, rows = from_files(Options(str(run.parent / "photos"), "class"), {}), outer_rows(run)
    assert rows is not None
    told, truth = honed.load(run).predict_proba(source.take(rows)), source.y[rows]
    wanted = metrics.confusion_matrix(truth, told.argmax(axis=1))
    assert part["confusion"]["matrix"] == wanted.tolist() and part["rows"] == len(rows)
    worst = part["worst"]["rows"][0]
    place = int(np.argmin(told[np.arange(len(rows)), truth]))
    assert worst["row"] == rows[place] + 1 and worst["name"] == source.names[rows[place]]
    assert worst["picture"].startswith("data:image/png;base64,")
    assert sum(each["count"] for each in part["confusion"]["mistakes"]) == wanted.sum() - np.trace(wanted)
    assert len(part["filters"]["pictures"]) == 4
    assert worst["picture"] in page(run)


def test_first_filters_are_those_of_whitening_where_a_network_has_it() -> None:
    spec = PICTURES["plain"]
    for network in (spec, replace(spec, whitening=True)):
        made = model(IMAGE, SCALES[:1], [network], PIXELS)
        found, params = first_filters(made), made.members[0].params
        first = params["whitening.fixed" if network.whitening else "0.weight"]
        assert found["pictures"] == filters(first)
        assert ("Whitening took them" in found["says"]) == network.whitening
        assert found["says"].startswith(
            f"{first.shape[-1]} filters of {first.shape[0]} × {first.shape[1]} pixels"
        )
        assert "mean over" not in found["says"]


def test_pictures_that_have_changed_or_are_gone_are_not_shown(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run.parent, tmp_path / "moved")
    moved, summary = tmp_path / "moved/run", json.loads((run / "summary.json").read_text())
    about = json.loads((moved / "run.json").read_text())
    (moved / "run.json").write_text(json.dumps(about | {"fingerprint": "0" * 64}))
    assert "have changed" in unseen(moved, summary, False)["says"]
    about["options"]["data"] = about["paths"]["data"] = str(tmp_path / "gone")
    (moved / "run.json").write_text(json.dumps(about))
    shutil.rmtree(tmp_path / "moved/photos")
    assert "cannot be read any more" in unseen(moved, summary, False)["says"]
