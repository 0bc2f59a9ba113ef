"""`python -m honed` is the same as the command `honed`."""

from honed.cli import main

if __name__ == "__main__":
    main()
