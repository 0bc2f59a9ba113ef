"""Examples in docstrings of modules whose packages are not installed are left out."""

import importlib.util

collect_ignore = []
if importlib.util.find_spec("torch") is None:
    collect_ignore += [f"honed/families/exports/parts/{name}.py" for name in ("modules", "steps")]
    collect_ignore += [
        f"honed/pytorch/{name}.py"
        for name in ("copying", "diagnosis", "losses", "measuring", "observing", "rows", "trace")
    ]
