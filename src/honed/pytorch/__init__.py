"""A module of PyTorch and its data come in, findings go out: `diagnose` for a copy, `doctor` in the user's own loop.

Start with `facts.py`, what is measured. `observing.py` trains a copy and measures it, by way of `copying.py`,
`rows.py`, `trace.py` (what a pass computed, call by call), `measuring.py` and `losses.py`. `checks/` holds the rules
that only such code needs, one a file, beside those of `honed.diagnosis.training`. Files that need PyTorch import it at
their top; neither `import honed` nor the checks do.
"""
