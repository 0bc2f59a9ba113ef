"""`--all-extras`: what would be skipped because a package is missing fails.

It is for runs that have installed everything, in which a skip would say that something was forgotten. Where the option
is missing, as in a run of `src` alone, it is off.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-extras", action="store_true", help="fail what would be skipped because a package is missing"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _strict(item.config, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _strict(collector.config, (yield))


def _strict(config: pytest.Config, report: _Report) -> _Report:
    """The report, as a failure if `pytest.importorskip` has skipped."""
    if config.getoption("--all-extras") and report.skipped and isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        if "could not import" in reason:
            report.outcome = "failed"
            report.longrepr = f"{path}:{line}: {reason}; with --all-extras nothing is skipped for that"
    return report
