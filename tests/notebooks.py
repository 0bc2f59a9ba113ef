"""A cell that runs in a notebook's own kernel, and all that the kernel says meanwhile."""

from __future__ import annotations

from typing import Any

import pytest


def run(cell: str) -> list[dict[str, Any]]:
    """Run a cell; its outputs in order, each with its `kind` ("stream", "display_data", "error" …) and content."""
    pytest.importorskip("ipykernel")
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(kernel_name="python3")
    said: list[dict[str, Any]] = []
    try:
        client.execute_interactive(
            cell,
            timeout=300,
            output_hook=lambda message: said.append(
                {"kind": message["header"]["msg_type"], **message["content"]}
            ),
        )
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    return said


def lines(said: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What each place below the cell showed, one text after another."""
    places: dict[str, list[str]] = {}
    for one in said:
        if one["kind"] in ("display_data", "update_display_data"):
            shown = places.setdefault(one["transient"]["display_id"], [])
            assert (one["kind"] == "display_data") is (not shown)
            shown.append(one["data"]["text/plain"])
    return places
