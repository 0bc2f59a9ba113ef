"""What holds for all tests: generated examples are the same each time, and no test fails for being slow.

Tables that several tests want lie beside this file, in `messy_tables.py`.
"""

import os
import sys
from pathlib import Path

# One thread each, as honed's own workers have it, and before anything reads it: tests run beside each other, and
# threads that wait for a core cost a small search four times the processor time.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NPROC": "1"}

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

import array_types  # noqa: E402  (it has to come before honed)

array_types.check()
