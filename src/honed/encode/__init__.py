"""A `Table` and its `Schema` come in; arrays of fixed widths for the network go out. Read `encoder.py` first."""
