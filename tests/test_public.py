"""What is promised to everybody: the public names, light imports, the order of stages, the README's blocks."""

from __future__ import annotations

import ast
import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import typer

import honed
from honed import cli

ROOT = Path(__file__).parents[1]
PACKAGE = Path(honed.__file__).parent
README = (ROOT / "README.md").read_text()

# Each may import those before it, and what all share. `run` knows nothing of tables and networks, and `report`
# nothing of the search, which fills in its facts.
STAGES = (
    "run",
    "table",
    "metrics",
    "encode",
    "nets",
    "model",
    "train",
    "diagnosis",
    "report",
    "logs",
    "pytorch",
    "search",
    "families",
)
SHARED = {
    "addresses",
    "device",
    "errors",
    "family",
    "figures",
    "findings",
    "heads",
    "lazily",
    "optional",
    "passes",
    "seeds",
    "settings",
    "trials",
    "typed",
    "units",
}
FACES = {
    "__init__",
    "__main__",
    "answering",
    "arguments",
    "asked_table",
    "batchwise",
    "cli",
    "comparing",
    "diagnosing",
    "estimators",
    "evaluation",
    "exporting",
    "predictions",
    "refitting",
    "stopped",
    "words",
}
HEAVY = ("jax", "sklearn", "polars", "pandas", "optuna", "plotly", "numpy", "scipy", "optax", "torch")

BUDGET = "6s"  # for what readers run with 20 s or 30 s of all cores


def run(*words: object, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def test_all_is_sorted_and_every_name_is_there() -> None:
    assert honed.__all__ == sorted(honed.__all__)
    for name in honed.__all__:
        assert getattr(honed, name) is not None
    assert set(honed.__all__) <= set(dir(honed))


def test_public_names_are_those_promised() -> None:
    assert set(honed.__all__) == {
        "HonedError",
        "ImageClassifier",
        "ImageRegressor",
        "InputError",
        "NetworkClassifier",
        "NetworkRegressor",
        "RunError",
        "SequenceClassifier",
        "SequenceRegressor",
        "TunedClassifier",
        "TunedImageClassifier",
        "TunedImageRegressor",
        "TunedRegressor",
        "TunedSequenceClassifier",
        "TunedSequenceRegressor",
        "__version__",
        "diagnose",
        "doctor",
        "load",
        "refit",
    }


def test_every_public_name_is_documented() -> None:
    for name in set(honed.__all__) - {"__version__"}:
        assert (getattr(honed, name).__doc__ or "").strip(), name


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        honed.fitt  # noqa: B018


@pytest.mark.parametrize("module", ["honed", "honed.cli"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    done = run("-c", f"import sys, {module}; print(*({set(HEAVY)} & set(sys.modules)))")
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_loading_a_model_needs_no_training_library() -> None:
    heavy = set(HEAVY) - {"numpy"}
    done = run("-c", f"import sys, honed; honed.load; print(*({heavy} & set(sys.modules)))")
    assert (done.stdout.strip(), done.stderr) == ("", "")


def stage(path: Path) -> str:
    """The folder of a module, or the module's own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """Parts of honed that a module needs when it runs; not what is imported for types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("honed."))
        elif isinstance(node, ast.ImportFrom) and node.module == "honed":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("honed."):
            yield str(node.module).split(".")[1]
        else:
            yield from imported(node)


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_imports_point_one_way(path: Path) -> None:
    here = stage(path)
    if here in FACES:
        return
    assert here in {*STAGES, *SHARED}, f"{here} has no place among the stages"
    before = set(STAGES[: STAGES.index(here) + 1]) if here in STAGES else set()
    assert set(imported(ast.parse(path.read_text()))) <= before | SHARED


def module(path: Path) -> str:
    """The name to import a file by."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


@functools.cache
def all_imports() -> dict[str, set[str]]:
    """The modules that each module names in any import: at the top, in a function or for types alone."""
    trees = {module(path): ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}
    found: dict[str, set[str]] = {name: set() for name in trees}
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names} & set(trees)
            elif isinstance(node, ast.ImportFrom) and node.module in trees:
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                found[name] |= parts & set(trees)
                if not parts <= set(trees):
                    found[name].add(node.module)
    return found


def test_no_import_closes_a_circle() -> None:
    try:
        TopologicalSorter(all_imports()).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))  # each imports the next


def test_each_module_has_its_test_file() -> None:
    modules = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if not path.name.startswith("__")}
    there = {path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert not {str(path) for path in modules if path.with_name(f"test_{path.name}") not in there}


def test_no_public_signature_says_any() -> None:
    """A name for what is given, such as `TableLike`, tells a reader more; `_` begins what is not public."""
    found = [
        f"{path.relative_to(PACKAGE)}: {function.name}"
        for path in PACKAGE.rglob("*.py")
        for function in public_functions(ast.parse(path.read_text()))
        if any(isinstance(word, ast.Name) and word.id == "Any" for word in ast.walk(function.args))
        or any(
            isinstance(word, ast.Name) and word.id == "Any"
            for word in ast.walk(function.returns or function.args)
        )
    ]
    assert not found


def public_functions(place: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for node in place.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def test_the_model_does_not_need_training() -> None:
    for path in (PACKAGE / "model").glob("*.py"):
        assert not {"train", "search"} & set(imported(ast.parse(path.read_text())))


@pytest.mark.parametrize("folder", ["train", "run", "search", "report"])
def test_what_serves_all_networks_knows_no_family_of_them(folder: str) -> None:
    families = (
        "honed.nets",
        "honed.families",
        *(f"honed.encode.{of}" for of in ("encoder", "categorical", "numeric")),
    )
    known = all_imports()
    for path in (PACKAGE / folder).glob("*.py"):
        assert not [name for name in known[module(path)] if name.startswith(families)], path.name


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[str]:
    lines = [line for block in blocks("console") for line in block.splitlines()]
    return [line.removeprefix("$ honed ").split("   #")[0] for line in lines if line.startswith("$ honed ")]


@pytest.mark.parametrize("line", commands())
def test_commands_of_the_readme_exist_with_their_options(line: str) -> None:
    name, *words = shlex.split(line)
    group = typer.main.get_command(cli.app)
    command = group.commands[name]  # pyright: ignore[reportAttributeAccessIssue]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_readme_lists_every_command() -> None:
    group = typer.main.get_command(cli.app)
    assert {line.split()[0] for line in commands()} == set(group.commands)  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("python"), ids=["tuned", "by hand"])
def test_python_blocks_of_the_readme_run(block: str, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(block.replace('budget="20s"', f'budget="{BUDGET}"'))
    done = run(script)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.slow
def test_the_demo_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "examples")
    import demo

    monkeypatch.setattr(demo, "BUDGET", BUDGET)
    demo.main(tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"train.csv", "test.csv", "predictions.csv", "run"}
    assert demo.new_folder(tmp_path / "run") == tmp_path / "run-2"
