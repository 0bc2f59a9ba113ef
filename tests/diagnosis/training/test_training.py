"""What all rules have in common."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace

import numpy as np
import pytest

from honed.diagnosis import training
from honed.diagnosis.case import Case
from honed.findings import Finding
from honed.nets.spec import NetworkSpec
from honed.settings import declarations
from honed.train.spec import TrainingSpec

FILES = [part.name for part in pkgutil.iter_modules(training.__path__)]


def test_every_file_is_a_rule_of_the_list() -> None:
    listed = {rule.__module__.rsplit(".", 1)[1] for rule in training.RULES}
    assert listed == set(FILES)


def test_a_healthy_training_has_no_findings(healthy: Case) -> None:
    assert training.findings(healthy) == []


@pytest.mark.parametrize("name", FILES)
def test_a_training_without_probes_is_no_error(healthy: Case, name: str) -> None:
    rule = importlib.import_module(f"honed.diagnosis.training.{name}").rule
    assert rule(replace(healthy, probes={}, network=None, training=None)) == []


QUICK = ("loss", "gradient", "gradient_zeros", "update", "weight")


@pytest.mark.parametrize("name", FILES)
def test_quick_probes_are_enough_to_be_no_error(healthy: Case, name: str) -> None:
    rule = importlib.import_module(f"honed.diagnosis.training.{name}").rule
    probes = {probe: healthy.probes[probe] for probe in QUICK}
    assert rule(replace(healthy, probes=probes)) == []


def test_findings_travel_as_json(healthy: Case) -> None:
    (finding,) = training.findings(replace(healthy, memorised=1.0))
    assert Finding.from_json(finding.to_json()) == finding


def test_advice_names_settings_that_exist(healthy: Case) -> None:
    known = declarations(NetworkSpec) | declarations(TrainingSpec)
    bad = replace(
        healthy,
        memorised=1.0,
        diverged=True,
        probes=healthy.probes | {"dead": np.ones((10, 3)), "saturated": np.ones((10, 3))},
    )
    found = training.findings(bad)
    assert len(found) > 3
    for finding in found:
        assert set(finding.advice) <= set(known)
