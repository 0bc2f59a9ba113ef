"""A file or a data frame comes in; a `Table`, its `Schema` and its `Splits` go out. Read `read.py` first."""
