"""Stage 5: from data and a budget to a tuned model, and the reason for each choice.

In: `Options` (data of a family, a target, a budget). Out: a `Model`, a summary, and a journal of everything tried.
Read `search.py` (the search from top to bottom: `explore`, `confirm`, `assemble`, `refit`, a module each), then
`space.py` (what is tried), `runner.py` (how) and `job.py` (what a worker does). `tune.py` puts a search into a folder,
`by_hand.py` trains one network, and `more_rows.py` what a finished run has chosen on more rows.
"""
