"""Programs that are run once, when the rules are written."""
