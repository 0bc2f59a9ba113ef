"""A run to tell of, without training one."""

from made_runs import make as make
