"""The command `honed`, and `python -m honed`: `honed.cli.main`, or one sentence where it cannot be had."""

import sys


def main() -> None:
    """Run the command line and exit with its status; 1 where Typer, which reads it, is not installed."""
    try:
        from honed import cli
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        sys.exit(
            "Error: The command line needs Typer, which is not installed. Install it: pip install typer. In Python "
            "honed.load(RUN).predict(DATA) does without."
        )
    cli.main()


if __name__ == "__main__":
    main()
