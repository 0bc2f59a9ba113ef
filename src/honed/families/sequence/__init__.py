"""The family of sequences: measurements over time in, a class or a number out. Read `inputs.py` first.

A sequence is an array (time, channels), and numbers beside it that do not change with time.
"""
