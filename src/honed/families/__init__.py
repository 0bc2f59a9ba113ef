"""Kinds of data with the networks that learn from them; each is a `honed.family.Family`, found by its address.

In: what a user gives, such as a table. Out: encoded rows, networks, and all that the search and the report ask of
them. Read `honed/family.py`, then `plain.py`, the least that a family says of itself, then `table`.
"""
