"""Without PyTorch only those tests run that need none."""

import importlib.util
import re
from pathlib import Path

_NEEDS_IT = re.compile(r"^(import|from) (torch|small_modules)\b", re.MULTILINE)

if importlib.util.find_spec("torch") is None:
    found = Path(__file__).parent.rglob("test_*.py")
    collect_ignore = [str(path) for path in found if _NEEDS_IT.search(path.read_text())]
