"""Stage 5: from a prepared table and a budget to a tuned model, and the reason for each choice.

In: a table, its target, a budget. Out: a `Model`, a summary, and a journal of everything tried. Read `tune.py`
(the run from top to bottom), then `space.py` (what is tried) and `job.py` (what a worker does).
"""
