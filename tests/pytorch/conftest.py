"""Without PyTorch only those tests run that need none."""

import importlib.util

if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = [
        *("test_copying.py", "test_diagnosis.py", "test_losses.py", "test_measuring.py", "test_observing.py"),
        *(
            "test_rows.py",
            "test_trace.py",
            "test_curves.py",
            "test_doctor.py",
            "test_describing.py",
            "test_comparing.py",
            "checks/*",
        ),
    ]
