"""How to do a run again: its command line, data, versions and machine: `reproduce`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from honed.device import Device
from honed.figures import duration
from honed.report.files import Files
from honed.report.parts import Reproduce
from honed.run import paths
from honed.settings import Value
from honed.typed import take


def reproduce(files: Files) -> Reproduce:
    """The part "reproduce" of a story."""
    return {
        "command": _command(files),
        "data": paths.listed(files.data()),
        "fingerprint": files.run["fingerprint"],
        "seed": files.options["seed"],
        "versions": files.run["versions"],
        "python": files.run["python"],
        "machine": files.run["machine"],
        "processor": files.run.get("processor", ""),
        "blas": files.run.get("blas", ""),
        "device": ", then ".join(device.words() for device in _devices(files)),
        "seconds": files.summary.get("time", {}).get("seconds"),
        "says": _repeatable(files),
    }


def _devices(files: Files) -> list[Device]:
    """That on which the run was begun, and each other one on which it went on."""
    found = [take(Device, files.run.get("device", {}))]
    for event in files.events:
        device = take(Device, event["device"]) if event.get("device") else found[0]
        if event["kind"] in ("resumed", "extended") and device != found[-1]:
            found.append(device)
    return found


def _repeatable(files: Files) -> str:
    if files.options["budget"] is None:
        if any(event["kind"] == "extended" for event in files.events):
            return (
                "This run was resumed with a budget of time (honed resume --budget), where the machine's pace decides "
                "how far it comes: the same command may give another model."
            )
        own = _devices(files)
        if len(own) > 1:
            return (
                "This run went on on another device than it was begun on, which rounds otherwise, so the same command "
                "gives scores that differ in their last digits, and where these decide, another model."
            )
        if own[0].kind == "gpu":
            return (
                "A GPU may sum in another order each time, so the same command and versions give scores that differ in "
                "their last digits, and where these decide, another model."
            )
        return "The same command, versions and type of processor give the same model, bit for bit."
    took = files.summary.get("time", {}).get("seconds")
    spent = f" (this one took {duration(took)})" if took else ""
    return (
        f"A budget of time lets the machine's pace decide how far the search comes{spent}; the journal keeps each "
        "such decision, and --trials in place of --budget leaves only the type of processor and the versions to decide."
    )


def _lanes(files: Files) -> int | None:
    """Those that honed has chosen, by the memory that was free."""
    named = (event for event in files.events if event["kind"] == "decision" and event["name"] == "lanes")
    return next((event["value"]["lanes"] for event in named), None)


def _command(files: Files) -> str:
    """The command line that started the run, with what honed has chosen by the machine."""
    options = {**files.options, "lanes": files.options.get("lanes") or _lanes(files)}
    refit = options.get("refit")
    if refit is not None:
        limit = [] if options["budget"] is None else ["--budget", f"{options['budget']:g}s"]
        return shlex.join(["honed", "refit", refit["run"], *files.new_data(), "--out", "NEW_FOLDER", *limit])
    words = ["honed", "train" if files.by_hand else "fit", *files.data()]
    for name in (options["target"], *options.get("further", ())):
        words += ["--target", name]
    words += ["--out", "NEW_FOLDER"]
    if options["budget"] is not None:
        words += ["--budget", f"{options['budget']:g}s"]
    for name in (
        "trials",
        "task",
        "metric",
        "positive",
        "threshold",
        "sheet",
        "query",
        "valid",
        "group",
        "group_stem",
        "fold",
        "time",
        "gap",
        *([] if files.by_hand else ["nested"]),
        "workers",
        "lanes",
        "cluster",
    ):
        if (value := options.get(name)) is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    for name in options.get("encodings", ()):
        words += ["--encoding", name]
    for option in ("exclude", "categorical", "numeric", "date", "lists", "texts", "missing"):
        for name in options.get(option, ()):
            words += [f"--{option.removesuffix('s') if option in ('lists', 'texts') else option}", name]
    if options.get("schema") is not None:
        words += ["--schema", str(files.path / "schema.json")]
    for name, value in (options.get("own") or {}).items():
        words += [f"--{name}", str(value)]
    if options.get("as_is"):
        words.append("--as-is")
    if options["seed"]:
        words += ["--seed", str(options["seed"])]
    if options.get("no_time"):
        words.append("--no-time")
    if (trend := options.get("trend")) is not None:
        words.append("--trend" if trend else "--no-trend")
    for name, usual in (("device", "cpu"), ("precision", "float32")):
        if (value := options.get(name, usual)) != usual:
            words += [f"--{name}", value]
    if options["single"]:
        words.append("--single")
    if options.get("proposer") == "coach":
        words.append("--coach")
    for name, value in _flat(options["settings"] or {}).items():
        words += ["--set", f"{name}={_toml(value)}"]
    return shlex.join(words)


def _flat(settings: Mapping[str, Value], prefix: str = "") -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, value in settings.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_quoted(each) for each in value)}]"
    return str(value)


def _quoted(value: Value) -> str:
    return f'"{value}"' if isinstance(value, str) else _toml(value)
