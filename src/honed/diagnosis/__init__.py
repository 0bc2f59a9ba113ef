"""What a training tells: its record, or a table, comes in; findings go out.

`case.py` is what the rules look at. Each rule is one file of `training/` or `data/`; start with
`training/__init__.py`, which lists them.
"""
