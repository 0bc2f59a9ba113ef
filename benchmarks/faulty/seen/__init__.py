"""Programs that whoever writes rules may read."""
