"""Stage 4: train one network: whole epochs in one compiled program.

In: the settings of a network, a `TrainingSpec`, encoded rows on the device (`examples.py`) and which of them train and
validate. Out: the best epoch's parameters and a `Record` of what happened. What a network is, `honed.family` says. Read
`spec.py`, then `turns.py` (one training, call by call), `loop.py` and `lanes.py` (who makes the calls), then `setup.py`
for what a program is given and `program.py` for what it does.
"""
