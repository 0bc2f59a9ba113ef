"""Reaching a cluster: what is refused at once, and in which words. A connection that works is in `test_cluster.py`."""

from __future__ import annotations

import importlib.util
import socket

import pytest

from honed.errors import InputError, RunError
from honed.run import connection


@pytest.fixture
def ray() -> None:
    pytest.importorskip("ray")


@pytest.mark.parametrize("address", ["", "head", "head:port", "http://head:1", "head:1:2:x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match=r"must be auto .*, local .* or HOST:PORT"):
        connection.check_address(address)


def test_a_client_of_ray_is_sent_to_a_machine_of_the_cluster() -> None:
    with pytest.raises(InputError, match=r"'ray://head:10001'.*a machine of the cluster"):
        connection.check_address("ray://head:10001")


def test_without_ray_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'honed\[ray\]'"):
        connection.check_address("auto")


@pytest.mark.usefixtures("ray")
def test_an_address_where_nothing_answers_is_named_at_once() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]  # nobody listens there
        with pytest.raises(RunError, match=rf"Nothing answers at 127.0.0.1:{port} "):
            connection.connect(f"127.0.0.1:{port}")


@pytest.mark.usefixtures("ray")
def test_no_cluster_on_this_machine_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(connection, "_last_started", lambda ray: None)
    with pytest.raises(RunError, match=r"No Ray cluster runs on this machine.*ray start --head"):
        connection.connect("auto")
