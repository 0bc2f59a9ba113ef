"""The diagnosis of PyTorch programs, judged on faults that others published (`faulty/`).

usage: faults.py [--part {seen,unseen,both}] [--names ...] [--train SEEDS] [--json FILE]

Needs PyTorch beside honed. Each program and its repaired twin are given to `honed.diagnose`, and those with a loop of
their own run under `honed.doctor`. A fault counts as named when a finding says it (`NAMES`), at any severity, that the
twin does not have; a twin as accused when it has a finding of severity "error". Symptoms name nothing: a program that
does not learn has other findings as well. `--train` looks for nothing: it trains both, from as many starts, and prints
the scores of their validation rows. `--json docs/diagnosis/published.json` publishes what was found in the unseen half.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import warnings
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from faulty.program import Program, Unwatched

FOLDER = Path(__file__).parent / "faulty"
PARTS = ("seen", "unseen")
NAMES: dict[str, tuple[str, ...]] = {  # what is right to say of a program: ids of findings that say it
    "axes": (),
    "batch-norm-of-few-rows": (),
    "batch-too-large": ("batch-too-large",),
    "batch-too-noisy": ("batch-too-noisy",),
    "bounded-output": ("output-range",),
    "cannot-memorise": ("cannot-memorise",),
    "clip-always": ("clip-always",),
    "clip-never": ("clip-without-effect",),
    "constant-output": ("constant-outputs", "output-range"),
    "dead-units": ("dead-units",),
    "dropout-too-strong": (),
    "exploding-gradient": ("exploding-gradient",),
    "frozen-layer": ("frozen-layer",),
    "gradients-never-zeroed": ("gradient-not-zeroed",),
    "imbalance": ("class-imbalance",),
    "left-in-evaluation": (),
    "loss-rises": (),
    "modes-disagree": ("modes-disagree",),
    "never-moves": ("no-gradient", "not-optimized"),
    "no-activation": ("no-activation",),
    "no-gradient": ("no-gradient",),
    "no-log-softmax": ("activation-before-loss",),
    "no-signal": ("no-signal",),
    "not-finite": ("not-finite",),
    "not-in-optimizer": ("not-optimized", "unregistered-layers"),
    "overfitting": ("overfitting",),
    "penalty-too-strong": ("strong-penalty",),
    "random-outputs": ("modes-disagree",),
    "rate-too-high": ("rate-too-high",),
    "rate-too-low": ("rate-too-low",),
    "relu-before-loss": ("activation-before-loss",),
    "rows-depend": ("rows-mixed",),
    "saturation": ("saturation",),
    "softmax-before-loss": ("activation-before-loss",),
    "start-scale": ("start-scale",),
    "stopped-early": ("stopped-early",),
    "sum-in-place-of-mean": ("sum-loss",),
    "symmetric-weights": ("symmetric-weights",),
    "target-shape": ("target-shape",),
    "too-few-units": ("too-few-units",),
    "underfitting": ("underfitting",),
    "unscaled-inputs": ("unscaled-inputs",),
    "unscaled-targets": ("unscaled-targets",),
    "valid-differs": ("train-validation-shift",),
    "vanishing-gradient": ("vanishing-gradient",),
    "wrong-labels": ("suspected-wrong-labels",),
    "wrong-loss": ("wrong-loss",),
}


@dataclass(frozen=True)
class Judged:
    """What was found in a program and in its twin: ids of findings, and those of the twin by severity."""

    name: str
    kind: str
    part: str
    faults: list[str]
    found: list[str]
    twin: list[str]
    twin_errors: list[str]
    twin_warnings: list[str]

    @property
    def named(self) -> list[str]:
        """The findings that name the fault and are not of the twin as well."""
        right = {name for fault in self.faults for name in NAMES[fault]}
        return [name for name in self.found if name in right and name not in self.twin]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--part", choices=(*PARTS, "both"), default="seen")
    parser.add_argument("--names", nargs="*", default=[])
    parser.add_argument("--train", type=int, default=0, metavar="SEEDS")
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    torch.set_num_threads(1)
    programs = {
        name: (part, module)
        for part in (PARTS if a.part == "both" else (a.part,))
        for name, module in modules(part).items()
        if not a.names or name in a.names
    }
    if a.train:
        for name, (_, module) in programs.items():
            trained(name, module, a.train)
        return
    judged: list[Judged] = []
    for name, (part, module) in programs.items():
        try:
            judged.append(judge(name, part, module))
        except Exception as error:  # counts as missed
            first = str(error).splitlines()[0] if str(error) else ""
            failed = [f"failed: {type(error).__name__}: {first}"]
            judged.append(Judged(name, module.KIND, part, list(module.FAULTS), failed, [], [], []))
        print(line(judged[-1]), flush=True)
        if a.json:
            write(a.json, judged)
    print("\n" + summary(judged))


def write(file: Path, judged: list[Judged]) -> None:
    """Add these to the file by name, so that a part may be judged in pieces."""
    rows = {row["name"]: row for row in json.loads(file.read_text())} if file.exists() else {}
    rows |= {one.name: asdict(one) | {"named": one.named} for one in judged}
    file.write_text(json.dumps([rows[name] for name in sorted(rows)], indent=1) + "\n")


def modules(part: str) -> dict[str, ModuleType]:
    """The programs of a part by name."""
    names = sorted(path.stem for path in (FOLDER / part).glob("*.py") if path.stem != "__init__")
    return {name: importlib.import_module(f"faulty.{part}.{name}") for name in names}


def built(module: ModuleType, *, faulty: bool, seed: int = 0) -> Program:
    """The program with its fault or its twin, from the start of a seed."""
    torch.manual_seed(seed)
    return module.build(faulty)


def trained(name: str, module: ModuleType, seeds: int) -> None:
    """Print the scores of the program and of its twin."""
    scores: list[list[float]] = []
    for faulty in (True, False):
        scores.append([])
        for seed in range(seeds):
            program = built(module, faulty=faulty, seed=seed)
            program.run(Unwatched())
            scores[-1].append(program.scored())
    texts = [" ".join(f"{score:6.2f}" for score in of_one) for of_one in scores]
    print(f"{module.KIND:<10} {name:<46} faulty {texts[0]}   repaired {texts[1]}", flush=True)


def findings(program: Program) -> list[Any]:
    """What honed finds in a program, which it trains as its author does."""
    import honed as imported

    honed: Any = imported
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if program.loop is None:
            return honed.diagnose(
                program.model,
                program.loss_fn,
                program.loader(),
                valid=program.valid,
                optimizer=program.optimizer,
                epochs=program.epochs,
            )
        with honed.doctor(program.model, program.optimizer) as doctor:
            program.run(doctor)
        return doctor.findings


def judge(name: str, part: str, module: ModuleType) -> Judged:
    """What is found in a program and its twin."""
    found, twin = (findings(built(module, faulty=faulty)) for faulty in (True, False))
    errors, warned = (
        [one.id for one in twin if one.severity == severity] for severity in ("error", "warning")
    )
    ids = [one.id for one in found], [one.id for one in twin]
    return Judged(name, module.KIND, part, list(module.FAULTS), *ids, errors, warned)


def line(one: Judged) -> str:
    """A program in a line: whether it was named, what was found in it and in its twin."""
    mark = "named " if one.named else "MISSED"
    accused = " ACCUSED" if one.twin_errors else ""
    found = ", ".join(one.found) or "nothing"
    twin = ", ".join(name if name in one.twin_warnings else f"({name})" for name in one.twin) or "nothing"
    return f"{mark} {one.name} ({one.faults[0]}): {found} | twin{accused}: {twin}"


def summary(judged: list[Judged]) -> str:
    """Counts by kind."""
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        kinds[one.kind].append(one)
    rows = [f"{'kind':<12} {'programs':>8} {'named':>6} {'twins accused':>14} {'twins with a warning':>21}"]
    for kind, those in (*sorted(kinds.items()), ("all", judged)):
        named, accused, warned = (sum(map(bool, values)) for values in columns(those))
        rows.append(f"{kind:<12} {len(those):>8} {named:>6} {accused:>14} {warned:>21}")
    return "\n".join(rows)


def columns(judged: list[Judged]) -> tuple[list[list[str]], ...]:
    """Of each program the findings that name it, and of its twin the errors and the warnings."""
    return (
        [one.named for one in judged],
        [one.twin_errors for one in judged],
        [one.twin_warnings for one in judged],
    )


if __name__ == "__main__":
    sys.exit(main())
