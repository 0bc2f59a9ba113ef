"""Logs a run to MLflow: one run, with one child run a candidate; `destination` makes it.

It speaks through MLflow's client alone, so that no active run, address or experiment of the user's own code is touched.
"""

from __future__ import annotations

import functools
import logging
import math
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from urllib.parse import urlsplit

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_SOURCE_NAME, MLFLOW_SOURCE_TYPE, MLFLOW_USER

from honed.errors import InputError
from honed.logs.destination import THREAD, Best, Ended, Run, State, Training
from honed.settings import Value

EXPERIMENT = "honed"  # unless MLFLOW_EXPERIMENT_NAME says otherwise

_SCHEMES = ("", "file", "http", "https", "databricks", "uc", "sqlite", "postgresql", "mysql", "mssql")
_METRICS, _PARAMS = 1_000, 100  # most that MLflow takes at a time
_LONGEST = 500  # characters of a value; MLflow before 2.8 takes no more
_STATUS = {"done": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}


class _Once(logging.Filter):
    """Drops what is said of each attempt to reach a server for a run, which says itself that it is away."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is of another thread."""
        return not (record.threadName or "").startswith(THREAD)


logging.getLogger("urllib3.connectionpool").addFilter(_Once())


def destination(where: str) -> MLflow:
    """The tracking server or database at that address; empty for the one that MLflow is set to.

    Raises
    ------
    InputError
        MLflow knows no such kind of address, or keeps no runs in folders any more.
    """
    scheme = urlsplit(where).scheme.partition("+")[0]
    allowed = os.environ.get("MLFLOW_ALLOW_FILE_STORE", "").lower() in ("true", "1")
    if where and where != "databricks" and scheme in ("", "file") and not allowed:
        raise InputError(
            f"{where} is a folder, in which MLflow keeps no runs any more unless MLFLOW_ALLOW_FILE_STORE=true is set. "
            "Give a database, mlflow:sqlite:///mlflow.db, or a server, mlflow:http://host:5000."
        )
    plugins = {plugin.name for plugin in entry_points(group="mlflow.tracking_store")}
    if scheme not in {*_SCHEMES, *plugins}:
        raise InputError(
            f"MLflow does not know the address {where!r}. Give one such as mlflow:http://host:5000 or "
            "mlflow:sqlite:///mlflow.db."
        )
    return MLflow(where)


class MLflow:
    """A run of MLflow and its children.

    `state` has their numbers, "run" and "children" by that of the candidate, and whether the run "has_settings", which
    MLflow would not let change.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._experiment = ""
        self.state: State = {}

    @functools.cached_property
    def _client(self) -> MlflowClient:
        return MlflowClient(
            self._where or None
        )  # makes a database that is not there yet, which takes seconds

    def begin(self, run: Run) -> None:
        """Make the run, or go on with that of `state`."""
        if "run" in self.state:
            self._experiment = self._client.get_run(self.state["run"]).info.experiment_id
            self._client.update_run(self.state["run"], status="RUNNING")
        else:
            name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
            found = self._client.get_experiment_by_name(name)
            self._experiment = self._client.create_experiment(name) if found is None else found.experiment_id
            tags = {MLFLOW_SOURCE_NAME: "honed", MLFLOW_SOURCE_TYPE: "LOCAL", MLFLOW_USER: _user()}
            made = self._client.create_run(self._experiment, _moment(run.began), tags, run.name)
            self.state = {"run": made.info.run_id, "children": {}, "has_settings": False}
        if not self.state["has_settings"]:
            self._write(self.state["run"], 0, run.began, params=run.settings)
            self.state = {**self.state, "has_settings": True}

    def training(self, training: Training) -> None:
        """A child's curves, scores and settings; those of the run's only network are the run's own."""
        number = training.number
        run = self.state["run"] if number is None else self._child(training)
        points = [
            Metric(name, value, _moment(training.ended), step)
            for name, curve in training.curves.items()
            for step, value in enumerate(curve, 1)
            if value is not None
        ]
        for start in range(0, len(points), _METRICS):
            self._client.log_batch(run, metrics=points[start : start + _METRICS])
        tags = {"failed": training.failed} if training.failed else {}
        self._write(run, training.step, training.ended, training.scores, training.settings, tags)
        if number is not None:
            status = "FAILED" if training.failed else "FINISHED"
            self._client.set_terminated(run, status, _moment(training.ended))

    def best(self, best: Best) -> None:
        """A point of the run's own curve."""
        self._write(self.state["run"], best.step, best.at, {"best_so_far": best.score})

    def end(self, ended: Ended) -> None:
        """Scores, facts as tags, files as artefacts, and the status."""
        run = self.state["run"]
        self._write(run, 0, ended.at, ended.scores, tags=ended.facts)
        for name, content in ended.files.items():
            self._client.log_text(run, content.decode(), name)
        self._client.set_terminated(run, _STATUS[ended.how], _moment(ended.at))

    def _child(self, training: Training) -> str:
        key = str(training.number)
        if key not in self.state["children"]:
            tags = {
                MLFLOW_PARENT_RUN_ID: self.state["run"],
                MLFLOW_SOURCE_NAME: "honed",
                MLFLOW_USER: _user(),
            }
            made = self._client.create_run(self._experiment, _moment(training.began), tags, training.name)
            self.state["children"] = {**self.state["children"], key: made.info.run_id}
        return self.state["children"][key]

    def _write(
        self,
        run: str,
        step: int,
        at: float,
        scores: Mapping[str, float] | None = None,
        params: Mapping[str, Value] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        metrics = [
            Metric(name, value, _moment(at), step)
            for name, value in (scores or {}).items()
            if math.isfinite(value)
        ]
        said = [Param(name, _text(value)) for name, value in (params or {}).items()]
        noted = [RunTag(name, _text(value)) for name, value in (tags or {}).items()]
        self._client.log_batch(run, metrics=metrics, params=said[:_PARAMS], tags=noted[:_PARAMS])
        for more in _parts(said[_PARAMS:]):
            self._client.log_batch(run, params=more)
        for more in _parts(noted[_PARAMS:]):
            self._client.log_batch(run, tags=more)


def _parts(values: Sequence) -> list[Sequence]:
    return [values[start : start + _PARAMS] for start in range(0, len(values), _PARAMS)]


def _moment(at: float) -> int:
    """Milliseconds since 1970, as MLflow counts."""
    return round(1000 * at)


def _text(value: Value) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _user() -> str:
    return os.environ.get("MLFLOW_TRACKING_USERNAME") or os.environ.get("USER") or ""
