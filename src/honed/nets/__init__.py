"""Stage 3: a network as a specification, named arrays and one pure function.

In: `Inputs` (what the encoder yields) and the number of outputs. Out: parameters as a flat dictionary of
arrays, and outputs for rows. Read `spec.py`, then `mlp.py`.
"""
