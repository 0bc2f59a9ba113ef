"""Published faulty PyTorch programs, rebuilt, each with a repaired twin that differs only in the fault.

`program.py` says what a program is; `data.py` makes the rows. A module of `seen/` or `unseen/` is one program: the
fault in its first line, `KIND` what it is a fault of, `FAULTS` the names of what is right to say of it, `SOURCE`
where it was published, and `build(faulty)`, which gives the program with the fault or without it. Whoever writes rules
of the diagnosis may read `seen/` alone.
"""
