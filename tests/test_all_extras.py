"""With `--all-extras` nothing is left out because a package is missing: real runs of pytest on small test files."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent
NO_TORCH = "import sys\nsys.modules['torch'] = None\n"  # an import fails, and `find_spec` finds nothing


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder whose runs know the option, and have no PyTorch."""
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{pytester.path}")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # of packages that have nothing to do with it
    pytester.makepyfile(no_torch=NO_TORCH)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "no_torch", "-p", "all_extras", *arguments)


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "--numprocesses", "1"]], ids=["alone", "workers"])
def test_a_missing_package_skips_and_with_the_option_fails(
    project: pytest.Pytester, workers: list[str]
) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.fixture
        def package():
            return pytest.importorskip("torch")

        def test_in_a_fixture(package): ...

        def test_in_the_test():
            pytest.importorskip("torch")

        def test_of_what_is_there():
            pytest.importorskip("json")

        def test_of_a_tool():
            pytest.skip("no Chromium is installed")
        """
    )
    run(project, *workers).assert_outcomes(passed=1, skipped=3)
    strict = run(project, "--all-extras", *workers)
    strict.assert_outcomes(passed=1, skipped=1, failed=1, errors=1)
    assert strict.ret == pytest.ExitCode.TESTS_FAILED
    strict.stdout.fnmatch_lines(["*could not import 'torch'*nothing is skipped for that"])


def test_so_it_is_with_a_whole_file(project: pytest.Pytester) -> None:
    project.makepyfile("import pytest\npytest.importorskip('torch')\n\ndef test_it(): ...\n")
    run(project).assert_outcomes(skipped=1)
    run(project, "--all-extras").assert_outcomes(errors=1)


@pytest.mark.parametrize(
    ("conftest", "file"),
    [
        (HERE / "pytorch/conftest.py", "test_it.py"),
        (HERE.parent / "src/conftest.py", "honed/pytorch/rows.py"),
    ],
    ids=["tests", "docstrings"],
)
def test_files_that_need_pytorch_are_left_out_without_it_and_with_the_option_fail(
    project: pytest.Pytester, conftest: Path, file: str
) -> None:
    project.makeconftest(conftest.read_text())
    path = project.path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('"""\n>>> 1\n1\n"""\n\nimport torch\n\n\ndef test_it(): ...\n')
    assert run(project, "--doctest-modules").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert run(project, "--doctest-modules", "--all-extras").ret == pytest.ExitCode.INTERRUPTED
