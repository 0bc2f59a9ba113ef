"""A run's rows and scored model in, what the model does on them out. Read `part` first; `rows` holds what it saw."""
