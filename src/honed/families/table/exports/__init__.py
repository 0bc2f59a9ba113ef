"""A model of tables comes in; the same model for programs without honed goes out. Read `script.py` first."""
