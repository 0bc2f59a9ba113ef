"""The search of a run as a study of Optuna in an SQLite file, for optuna-dashboard and Optuna's own pictures: `export`.

Each candidate is a trial with its settings: complete with the score on its folds, pruned where it did not come past
the first rung, failed where it diverged; one of which every training ended in an error is left out, as the journal does
not tell its settings. The losses of its first training, epoch after epoch, are what Optuna calls intermediate values.
"""

from __future__ import annotations

import math
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from honed.errors import InputError
from honed.figures import counted
from honed.logs.destination import Run, Training
from honed.logs.told import Teller
from honed.report.files import Files
from honed.run import disk
from honed.settings import Value

FORMAT, END = "optuna", ".db"

_LEVELS = 4  # different numbers of a setting; of more, it is a range
_WIDE = 20.0  # times its low end is the high end of a range on a logarithmic scale


def export(run: Path, out: Path, say: Callable[[str], None] = lambda sentence: None) -> None:
    """Write the trials of a run's search to a new file.

    Parameters
    ----------
    run : its folder; the run may go on.
    say : is called with what was written.

    Raises
    ------
    InputError
        There is no run, it is no search or has tried nothing yet, or the file is there already.
    """
    files = Files(run)
    if files.by_hand:
        raise InputError(
            f"{run} holds one network that was trained by hand, so there is no search to make a study of. `honed show "
            f"{run}` tells of it."
        )
    name = run.resolve().name
    about = Run(name, {}, files.events[0]["at"] if files.events else 0.0, files.metric, files.sign)
    teller = Teller(about, files.family)
    candidates = defaultdict[int, list[Training]](list)
    for event in files.events:
        told = teller.of(event)
        if isinstance(told, Training) and told.number is not None:
            candidates[told.number].append(told)
    known = {number: own for number, own in sorted(candidates.items()) if any(t.settings for t in own)}
    if not known:
        raise InputError(
            f"{run} has tried no candidate yet whose settings its journal tells, so there is no study to write."
        )
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}") as folder:
        made = Path(folder) / out.name
        _write(made, about, known)
        disk.write_file(out, made.read_bytes())
    done = sum(about.metric in _scores(own) for own in known.values())
    say(
        f"Wrote {out}: {counted(len(known), 'trial')} of the study {name!r}, {done} of them complete. Look at it with "
        f"`optuna-dashboard sqlite:///{out}`."
    )


def _write(path: Path, run: Run, candidates: Mapping[int, Sequence[Training]]) -> None:
    import optuna
    from optuna.exceptions import ExperimentalWarning
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial, TrialState
    from sqlalchemy import event

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        storage = RDBStorage(f"sqlite:///{path}")
        event.listen(storage.engine, "connect", _hurry)
        storage.engine.dispose()  # so that its connections are made anew, and hurry
        direction = "maximize" if run.sign < 0 else "minimize"
        study = optuna.create_study(storage=storage, study_name=run.name, direction=direction)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            study.set_metric_names([run.metric])
        asked = {number: _settings(own) for number, own in candidates.items()}
        distributions = _distributions(asked.values())
        for number, own in candidates.items():
            scores, params = _scores(own), {k: v for k, v in asked[number].items() if k in distributions}
            curve = next((c for name, c in own[0].curves.items() if name.startswith("valid_loss")), [])
            state = TrialState.PRUNED
            if run.metric in scores:
                state = TrialState.COMPLETE
            elif not scores:
                state = TrialState.FAIL
            study.add_trial(
                FrozenTrial(
                    number=-1,
                    trial_id=-1,
                    state=state,
                    value=scores.get(run.metric),
                    datetime_start=datetime.fromtimestamp(min(training.began for training in own)),
                    datetime_complete=datetime.fromtimestamp(max(training.ended for training in own)),
                    params=params,
                    distributions={name: distributions[name] for name in params},
                    user_attrs={"candidate": number, "name": own[0].name, **scores},
                    system_attrs={},
                    intermediate_values={
                        step: value for step, value in enumerate(curve, 1) if value is not None
                    },
                )
            )
        storage.remove_session()
        storage.engine.dispose()
    finally:
        optuna.logging.set_verbosity(before)


def _hurry(connection: object, _: object) -> None:
    """No flush after each trial, as the file gets its name when it is whole."""
    connection.execute("PRAGMA synchronous = OFF")  # pyright: ignore[reportAttributeAccessIssue]
    connection.execute("PRAGMA journal_mode = MEMORY")  # pyright: ignore[reportAttributeAccessIssue]


def _scores(own: Sequence[Training]) -> dict[str, float]:
    """All scores of a candidate by name, the latest of each."""
    return {name: score for training in own for name, score in training.scores.items()}


def _settings(own: Sequence[Training]) -> dict[str, Value]:
    found = next(dict(training.settings) for training in own if training.settings)
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Value) -> Value:
    """A setting as Optuna takes one."""
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _distributions(asked: Iterable[Mapping[str, Value]]) -> dict:
    """What each setting may be that differs between trials."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found, values = {}, defaultdict(list)
    for own in asked:
        for name, value in own.items():
            values[name].append(value)
    for name, given in values.items():
        levels = sorted(
            set(given), key=lambda value: (str(type(value)), value if _is_number(value) else str(value))
        )
        if len(levels) < 2:
            continue
        if len(levels) <= _LEVELS or not all(map(_is_number, levels)):
            found[name] = CategoricalDistribution(levels)
            continue
        low, high = min(levels), max(levels)
        log = low > 0 and high / low > _WIDE
        whole = all(isinstance(value, int) for value in levels)
        kind = IntDistribution if whole else FloatDistribution
        found[name] = kind(low, high, log=log)
    return found


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
