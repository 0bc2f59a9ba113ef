"""Everything that a report says, as plain numbers and sentences: `story(run)`, what `honed report RUN --json` prints.

Each part is a mapping whose "says" is one sentence computed from the numbers beside it; a part that is not known
(yet) is None. Reads the files of a run, also while it goes on, and changes nothing.
"""

from __future__ import annotations

import functools
import itertools
import math
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from honed import typed
from honed.errors import RunError
from honed.figures import counted, duration, figure, in_words
from honed.findings import Finding, finite
from honed.metrics import choose, find
from honed.nets.spec import NetworkSpec
from honed.optional import optional
from honed.report import measures, unseen
from honed.report.facts import Experiment, Facts, RunFacts, Trained, Trial
from honed.report.findings import FILE, Content, words
from honed.report.live import holder
from honed.report.text import edit_words, headline, no_better_than_a_guess
from honed.run import journal
from honed.run.folder import RunFolder
from honed.table.columns import Schema
from honed.train.spec import TrainingSpec
from honed.trials import FULL, Key, trainings

Part = dict[str, Any]
_Given = TypeVar("_Given")

_LEADERS = 4  # whose curves are drawn
_MOST_LINES = 60  # trials in the picture of settings, the best ones
_MOST_AXES = 8
_LIFE = ("done", "stopped", "extended", "resumed")  # events of the journal that end a run or take it up again
_CONTROL = "random"  # what the ledger calls a change that no finding advised
_LEAST_POINTS = 3  # of a search that is worth a picture
_LATE = 0.8  # of the search's trainings; a best one found after that says that time was short
_GAP = 0.6  # a training loss below this part of the validation loss says that rows were learned by heart
_TITLES = {
    "ensemble": "Ensemble",
    "network": "Best single network",
    "default": "Default network",
    "boosting": "Gradient boosting",
    "linear": "Linear model",
}
_CHOSEN = ("depth", "width", "taper", "activation", "normalization", "residual", "numeric_embedding")
_TRAINED = ("dropout", "learning_rate", "schedule", "optimizer", "weight_decay", "l2", "l1", "batch_size")


def story(run: Path) -> Part:
    """All parts of the page, JSON-able: "run", "state", "answer", "why", "unseen", "table", "reproduce", "left_out".

    A part that fails is None, or empty, and "left_out" holds a sentence about it.

    Raises
    ------
    InputError
        There is no run at that path.
    RunError
        Its files are damaged.
    """
    files = _Files(run)
    lost = "The model is not shown on the data; see below."
    on_unseen = files.part("The model on the data", lambda: _unseen(files), {"says": lost})
    leaders = files.part("The list of leaders", lambda: _leaders(files), [])
    history = files.part("The history of the search", lambda: _history(files), None)
    parts: dict[str, Callable[[], Any]] = {
        "choices": lambda: _choices(files),
        "ledger": lambda: _ledger(files),
        "findings": lambda: _findings(files),
        "importance": lambda: _importance(files),
        "curves": lambda: _curves(leaders, files.summary.get("network", {}).get("keeps_last", False)),
        "range_test": lambda: _range_test(files),
        "batch_search": lambda: _batch_search(files),
        "layers": lambda: _layers(files),
        "settings": lambda: _settings(files),
    }
    why = {name: files.part(f"The part {name!r}", work, None) for name, work in parts.items()}
    return finite(
        {
            "run": run.name or str(run),
            "state": files.state,
            "answer": _answer(files, leaders, history),
            "why": {**why, "history": history},
            "unseen": on_unseen,
            "table": files.part("The table of the columns", lambda: _table(files), None),
            "reproduce": files.part("How to do it again", lambda: _reproduce(files), None),
            "left_out": files.left_out,
        }
    )


class _Files:
    """What the folder of a run holds, read once; what is not there yet is empty."""

    def __init__(self, run: Path) -> None:
        folder = RunFolder.open(run)
        self.path = run
        self.run: Part = cast(Part, folder.read_json("run.json", RunFacts))
        self.options: Part = self.run["options"]
        schema = self._read(folder, "schema.json", Schema)
        self.schema: Part = schema.to_json() if schema else {}
        self.summary: Part = self._read(folder, "summary.json", Facts) or {}
        trials: list[Part] = self._read(folder, "trials.json", list[Trial]) or []
        self.trials = [
            trial for trial in trials if trial["loss"] is not None and math.isfinite(trial["loss"])
        ]
        self.ledger: list[Part] = self._read(folder, "ledger.json", list[Experiment]) or []
        found = (self._read(folder, FILE, Content) or {}).get("findings", [])
        self.findings: list[Part] = [finding.to_json() for finding in found]
        self.events = _events(run / "journal.jsonl")
        try:
            self.results = _results(self.events)
        except typed.Misfit as error:
            raise RunError(f"{run / 'journal.jsonl'} is no journal of a whole run: {error}.") from error
        self.scores: dict[str, Part] = dict(self.summary.get("scores", {}))
        self.left_out: list[str] = []

    def part(self, what: str, work: Callable[[], _Given], instead: _Given) -> _Given:
        """What `work` gives; where it fails `instead`, and a sentence in `left_out`."""
        return optional(what, work, instead, self.left_out.append)

    @property
    def by_hand(self) -> bool:
        """Whether one network was trained with given settings (`honed train`)."""
        return self.options["budget"] is None and self.options["trials"] is None

    @property
    def state(self) -> str:
        """ "done", "stopped" with Ctrl-C, "running", or "interrupted": it was killed or failed."""
        ends = [event["kind"] for event in self.events if event["kind"] in _LIFE]
        if ends and ends[-1] in ("done", "stopped"):
            return ends[-1]
        return "interrupted" if holder(self.path) is None else "running"

    @property
    def task(self) -> str:
        """binary, multiclass or regression; "" as long as nobody knows."""
        return self.summary.get("task") or self.schema.get("target", {}).get("task", "")

    @property
    def metric(self) -> str:
        return self.summary.get("metric") or self.options["metric"] or choose(None, self.task).name

    @property
    def sign(self) -> int:
        """-1 where a greater score is better: the journal holds losses, people read scores."""
        metric = find(self.metric)
        greater = self.summary.get("greater_is_better", metric is not None and metric.higher_is_better)
        return -1 if greater else 1

    @functools.cached_property
    def settings(self) -> list[Part]:
        """Of each trial those settings that a search moves; a trial keeps only what differs from the defaults."""
        defaults = asdict(NetworkSpec()) | asdict(TrainingSpec())
        found = []
        for trial in self.trials:
            values = defaults | trial["network"] | trial["training"]
            own = {name: values[name] for name in (*_CHOSEN, *_TRAINED)}
            found.append({**own, "target": trial["target"]} if self.task == "regression" else own)
        return found

    @functools.cached_property
    def shares(self) -> list[Part]:
        """Share of the trials' losses that each setting explains."""
        return measures.importances(self.settings, [trial["loss"] for trial in self.trials])

    def result(self) -> Part:
        """The record of the network trained by hand; nothing of a search."""
        return next(iter(self.results.values()), {}) if self.by_hand else {}

    @staticmethod
    def _read(folder: RunFolder, name: str, kind: Any) -> Any:
        return folder.read_json(name, kind) if (folder.path / name).exists() else None


def _events(path: Path) -> list[Part]:
    return journal.read(path) if path.exists() and path.stat().st_size else []


def _results(events: Iterable[Part]) -> dict[Key, Part]:
    """Records of the trainings that succeeded, in the order in which they ended."""
    found: dict[Key, Part] = {}
    for key, value in trainings(events):
        if "train_loss" in value:
            typed.take(Trained, value, str(key))
            typed.require(
                0 <= value["best_epoch"] <= len(value["train_loss"]), str(key), "ended before its best epoch"
            )
            found.setdefault(key, value)
    return found


@dataclass(frozen=True)
class _Ranked:
    """A fully trained candidate: its mean loss over the folds that count, and its records, fold after fold."""

    number: int
    loss: float | None  # None for a network trained by hand without rows to validate on
    records: list[Part]


def _ranking(files: _Files) -> tuple[list[_Ranked], int]:
    """Fully trained candidates, the best first, and the number of folds on which they are compared.

    As the run itself ranked them at its end; until then by the journal: those that were trained on most folds.
    """
    full: dict[int, list[Part]] = defaultdict(list)
    for key, value in sorted(files.results.items()):
        if key.stage in FULL and value.get("loss") is not None:
            full[key.number].append(value)
    most = max(map(len, full.values()), default=1)
    if files.trials and files.state in ("done", "stopped"):
        ranked = [
            _Ranked(t["number"], t["loss"], full[t["number"]]) for t in files.trials if t["number"] in full
        ]
        return ranked, files.trials[0].get("folds", most)
    whole = {number: records for number, records in full.items() if len(records) == most}
    order = sorted(whole, key=lambda number: (_mean_loss(whole[number]), number))
    return [_Ranked(number, _mean_loss(whole[number]), whole[number]) for number in order], most


def _mean_loss(records: Sequence[Part]) -> float:
    return float(np.mean([record["loss"] for record in records]))


# The answer


def _answer(files: _Files, leaders: list[Part], history: Part | None) -> Part:
    summary = files.summary
    scores = files.part("The list of scores", lambda: _scores(files), [])

    def says() -> str:
        if files.scores or (files.state == "done" and summary):
            return headline(cast(Facts, summary))
        return _unfinished_words(files, leaders)

    return {
        "title": _title(files),
        "says": files.part("The answer in a sentence", says, ""),
        "metric": files.metric,
        "positive": summary.get("positive"),
        "greater_is_better": files.sign < 0,
        "rows": summary.get("rows", {}).get("outer"),
        "scores": scores,
        "scores_say": files.part("What the scores say", lambda: _scores_say(files, scores), ""),
        "warning": no_better_than_a_guess(summary) if files.scores and "uses" in summary else "",
        "verdict": summary.get("verdict"),
        "network": files.part("The picture of the network", lambda: _network(files), None),
        "next": files.part("What to do next", lambda: _next(files, leaders, history), []),
        "notes": summary.get("notes", []),
        "ensemble": summary.get("ensemble", []),
    }


def _title(files: _Files) -> Part:
    classes = files.summary.get("classes") or files.schema.get("target", {}).get("classes", [])
    return {
        "target": files.options["target"],
        "data": Path(files.options["data"]).name,
        "task": files.task,
        "classes": len(classes),
    }


def _unfinished_words(files: _Files, leaders: list[Part]) -> str:
    if files.state == "stopped":
        return "The run was stopped before its model was scored; the model is saved."
    count = len(files.results)
    if not count:
        return "The run has begun; no network has been trained yet."
    text = (
        f"{counted(count, 'training')} so far; the score comes at the end, on rows that no choice has seen."
    )
    if leaders and leaders[0]["score"] is not None:
        score = figure(leaders[0]["score"])
        text += f" {_capital(leaders[0]['name'])} leads with {score} on validation rows ({files.metric})."
    return text


def _scores(files: _Files) -> list[Part]:
    trivial = "Always the mean" if files.task == "regression" else "Class frequencies"
    known = files.scores
    uses = files.summary.get("uses")
    return [
        {"name": name, "title": title, "used": name == uses, "low": None, "high": None, **known[name]}
        for name, title in {**_TITLES, "trivial": trivial}.items()
        if name in known and known[name]["value"] is not None
    ]


def _scores_say(files: _Files, scores: list[Part]) -> str:
    used = next((score for score in scores if score["used"]), None)
    rivals = [score for score in scores if score["name"] in ("boosting", "linear", "trivial", "default")]
    if used is None or not rivals:
        return ""
    best = min(rivals, key=lambda score: files.sign * score["value"])
    lead = files.sign * (best["value"] - used["value"])
    name = best["title"][0].lower() + best["title"][1:]
    if used["low"] is None:
        return f"The strongest rival is {name} with {figure(best['value'])}."
    clear = not used["low"] <= best["value"] <= used["high"]
    where = "outside" if clear else "inside"
    side = "ahead of" if lead > 0 else "behind" if lead < 0 else "level with"
    return (
        f"The model is {side} the strongest rival, {name}, by {figure(abs(lead))}; that rival's score lies {where} the "
        f"model's 95% interval{'' if clear else ', so these rows alone do not settle which is better'}."
    )


def _network(files: _Files) -> Part | None:
    network = files.summary.get("network") or {}
    if not network.get("hidden") and not network.get("inputs"):
        return None
    sizes = [("inputs", network["inputs"])]
    sizes += [(f"layer {n}", size) for n, size in enumerate(network.get("hidden", []), 1)]
    sizes.append(("outputs", network["outputs"]))
    hidden = [
        f"{times} × {size:,}" if (times := len(list(same))) > 1 else f"{size:,}"
        for size, same in itertools.groupby(network.get("hidden", []))
    ]
    said = " → ".join([f"{network['inputs']:,}", *hidden, f"{network['outputs']:,}"])
    details = [f"{network['activation']} units"] if "activation" in network else []
    if network.get("numeric_embedding"):
        details.append(f"{network['numeric_embedding']} embedding of numbers")
    if network.get("parameters"):
        details.append(f"{network['parameters']:,} weights")
    if network.get("epochs"):
        details.append(f"weights of epoch {network['epochs']:,}")
    who = "The network" if files.by_hand else "The best single network"
    return {"sizes": sizes, "says": f"{who} is {said}: {', '.join(details)}."}


def _next(files: _Files, leaders: list[Part], history: Part | None) -> list[str]:
    """What to do, from the findings' own actions and from the numbers."""
    run, found = shlex.quote(str(files.path)), []
    if files.state in ("stopped", "interrupted"):
        found.append(f"Go on with the run: honed resume {run}")
    found += [finding["action"] for finding in files.findings if finding["severity"] != "note"]
    if history and history["improving"]:
        found.append(
            f"The best network came late in the search, so more time may well find a better one: "
            f"honed resume {run} --budget 10m"
        )
    verdict = files.summary.get("verdict") or ""
    if verdict.startswith("Kept ") and "no other network" not in verdict:
        found.append(
            "The search found nothing better by more than the noise. More rows or better columns "
            "will help more than more time."
        )
    found += _rival_words(files)
    is_told = {"overfitting", "underfitting"} & {finding["id"] for finding in files.findings}
    if not is_told and leaders and leaders[0]["gap"] is not None and leaders[0]["gap"] < _GAP:
        found.append(
            f"At the epoch that was kept the leader's training loss is {leaders[0]['gap']:.0%} of its validation loss: "
            "it learns rows by heart. More rows, more dropout or more weight decay may help."
        )
    return list(dict.fromkeys(found))


def _rival_words(files: _Files) -> list[str]:
    scores = {score["name"]: score for score in _scores(files)}
    used = next((score for score in scores.values() if score["used"]), None)
    if used is None:
        return []
    found = []
    trivial = scores.get("trivial")
    if trivial and used["low"] is not None and used["low"] <= trivial["value"] <= used["high"]:
        found.append(
            "The model is not clearly better than a constant answer: the columns may say nothing about the target."
        )
    for name in ("boosting", "linear"):
        rival = scores.get(name)
        if rival and files.sign * (used["value"] - rival["value"]) > 0:
            found.append(
                f"On the same rows a {rival['title'].lower()} scored better: compare before you rely on this one."
            )
    return found


# Why


def _choices(files: _Files) -> Part | None:
    choices = files.summary.get("choices", [])
    if not choices:
        return None
    kinds = defaultdict(int)
    for choice in choices:
        kinds[choice["evidence"]] += 1
    words = ", ".join(
        f"{count} {'rests' if count == 1 else 'rest'} on “{kind}”" for kind, count in kinds.items()
    )
    return {"says": f"Of {counted(len(choices), 'setting')}, {words}.", "choices": choices}


def _ledger(files: _Files) -> Part | None:
    if not files.ledger:
        return None
    advised = [entry for entry in files.ledger if entry["finding"] != _CONTROL]
    random = [entry for entry in files.ledger if entry["finding"] == _CONTROL]
    says = f"Of {counted(len(advised), 'change')} that findings advised, {_gains(advised)}"
    if random:
        says += f"; of {counted(len(random), 'random change')}, {_gains(random)}"
    best = max(files.ledger, key=_effect)
    if _effect(best) > 0:
        says += f"; the most was bought by {edit_words(best)}, {figure(best['effect'])} in validation loss"
    rows = [{**entry, "words": edit_words(entry)} for entry in files.ledger]
    return {"says": says + ".", "experiments": sorted(rows, key=_effect, reverse=True)}


def _gains(entries: Sequence[Mapping[str, Any]]) -> str:
    lowered, clear = sum(_effect(entry) > 0 for entry in entries), sum(entry["won"] for entry in entries)
    return f"{lowered} lowered the validation loss, {clear} by more than the noise"


def _effect(entry: Mapping[str, Any]) -> float:
    return -math.inf if entry["effect"] is None else entry["effect"]


def _findings(files: _Files) -> list[Part]:
    """The findings as they are, with their advice as words of a command line."""
    return [{**finding, "options": words(Finding.from_json(finding))} for finding in files.findings]


def _importance(files: _Files) -> Part | None:
    found = files.shares
    if not found or not found[0]["share"]:
        return None
    first = found[0]
    says = (
        f"Over {len(files.trials)} fully trained trials, {first['setting']} alone explains {first['share']:.0%} of "
        "what set their (ranked) losses apart"
    )
    weak = sum(each["share"] < 0.05 for each in found)
    return {
        "says": says + f"; {weak} of {len(found)} settings explain less than 5%.",
        "method": "ε² of ranked losses by groups of values",
        "trials": len(files.trials),
        "settings": found,
    }


def _leaders(files: _Files) -> list[Part]:
    """Curves of the best fully trained networks on their first fold, or of the one trained by hand."""
    if files.by_hand:
        ranked = [_Ranked(0, r.get("loss"), [r]) for r in files.results.values()]
    else:
        ranked = _ranking(files)[0][:_LEADERS]
    found = []
    for each in ranked:
        record = each.records[0]
        best = record["best_epoch"]
        train, valid = (_numbers(record[name]) for name in ("train_loss", "valid_loss"))
        low, high = (train[best - 1], valid[best - 1]) if best and not record["diverged"] else (None, None)
        found.append(
            {
                "number": each.number,
                "name": "the network" if files.by_hand else record.get("candidate", f"trial {each.number}"),
                "score": None if each.loss is None else files.sign * each.loss,
                "train": train,
                "valid": valid,
                "best_epoch": best,
                "diverged": record["diverged"],
                "gap": low / high if low is not None and high is not None and high > 0 else None,
            }
        )
    return found


def _curves(leaders: list[Part], keeps_last: bool = False) -> Part | None:
    if not leaders:
        return None
    first = leaders[0]
    valid = [value for value in first["valid"] if value is not None]
    epochs, best = len(first["train"]), first["best_epoch"]
    if first["diverged"]:
        kept = f"epoch {best} is kept" if best else "nothing of it is kept"
        says = f"{first['name']} stopped being a number in epoch {epochs}; {kept}."
    elif not valid or not best:
        says = f"{first['name']} trained for {counted(epochs, 'epoch')}."
    elif keeps_last:
        least = int(np.nanargmin([math.nan if value is None else value for value in first["valid"]]))
        says = (
            f"{first['name']} keeps epoch {best}, the last; on rows that chose nothing its loss was least in epoch "
            f"{least + 1} ({figure(first['valid'][least])}) and ends at {figure(valid[-1])}."
        )
    elif epochs - best <= epochs // 20:
        says = f"{first['name']} is best at epoch {best} of {epochs}: it was still improving when it ended."
    else:
        says = (
            f"{first['name']} is best at epoch {best} of {epochs}, with {figure(first['valid'][best - 1])} on "
            f"validation rows; after that its validation loss goes to {figure(valid[-1])} while the training loss "
            f"goes from {figure(first['train'][best - 1])} to {figure(first['train'][-1])}."
        )
    return {"says": _capital(says), "leaders": leaders}


def _range_test(files: _Files) -> Part | None:
    test = files.result().get("range_test")
    if not test:
        return None
    return {"says": f"{_capital(test['said'])}.", **test}


def _batch_search(files: _Files) -> Part | None:
    search = files.result().get("batch_search")
    if not search:
        return None
    return {"says": f"{_count_rows(search['batch_size'])} in a step: {search['said']}.", **search}


def _layers(files: _Files) -> Part | None:
    """Gradients and activations by layer at the first, a middle and the last probed epoch."""
    path = files.path / "record.safetensors"
    if not path.exists():
        return None
    from safetensors.numpy import load_file

    probes = load_file(path)
    if "gradient" not in probes:
        return None
    gradient = np.asarray(probes["gradient"], np.float64)
    count = len(gradient)
    numbers = probes.get("epochs", np.arange(1, count + 1))
    chosen = sorted({0, count // 2, count - 1})
    last = gradient[-1]
    finite = last[np.isfinite(last) & (last > 0)]
    says = f"Gradients were measured in {counted(count, 'epoch')}"
    if len(finite) > 1:
        ratio = finite.max() / finite.min()
        says += f"; in the last one the largest layer's is {figure(ratio)} times the smallest's" + (
            ", so some layers hardly learn" if ratio > 1e3 else ""
        )
    names = ("gradient", "update", "activation_mean", "activation_std", "dead", "saturated")
    return {
        "says": says + ".",
        "epochs": [int(numbers[place]) for place in chosen],
        **{name: np.asarray(probes[name])[chosen].tolist() for name in names if name in probes},
    }


def _history(files: _Files) -> Part | None:
    """Trainings in the order in which they ended, and the best full one so far."""
    if files.by_hand or not files.results:
        return None
    quick, full, best = [], [], []
    pending: dict[int, list[float]] = defaultdict(list)
    folds = _ranking(files)[1]
    for place, (key, value) in enumerate(files.results.items(), 1):
        if value.get("loss") is None or key.stage not in ("quick", *FULL):
            continue
        name = value.get("candidate", f"trial {key.number}")
        if key.stage == "quick":
            quick.append((place, files.sign * value["loss"], name))
            continue
        pending[key.number].append(value["loss"])
        if len(pending[key.number]) == folds:
            full.append((place, files.sign * float(np.mean(pending[key.number])), name))
            better = min if files.sign > 0 else max
            best.append(better([full[-1][1], *best[-1:]]))
    if len(full) + len(quick) < _LEAST_POINTS:
        return None
    says = f"{counted(len(quick), 'trial')} on the first rung, {len(full)} trained in full"
    improving = False
    if best:
        at = best.index(best[-1])
        improving = len(best) >= 5 and at + 1 > _LATE * len(best) and best[-1] != best[0]
        says += f"; the best, {full[at][2]} with {figure(best[-1])}, was number {at + 1} of {len(full)}"
    return {"says": says + ".", "quick": quick, "full": full, "best": best, "improving": improving}


def _settings(files: _Files) -> Part | None:
    """The settings that differ between trials as axes, and the trials as lines over them."""
    trials, values = files.trials[:_MOST_LINES], files.settings[:_MOST_LINES]
    if len(trials) < _LEAST_POINTS:
        return None
    order = {each["setting"]: -each["share"] for each in files.shares}
    axes = [_axis(name, [each[name] for each in values]) for name in values[0]]
    axes = sorted((axis for axis in axes if axis), key=lambda axis: order.get(axis["name"], 0.0))[:_MOST_AXES]
    if len(axes) < 2:
        return None
    strength = np.linspace(1, 0, len(trials))
    drawn = [
        {
            "name": f"{trial['name']}: {figure(files.sign * trial['loss'])}",
            "places": [_place(axis, each[axis["name"]]) for axis in axes],
            "strength": float(strong),
        }
        for trial, each, strong in zip(trials, values, strength, strict=True)
    ]
    best = ", ".join(f"{axis['name']} {in_words(values[0][axis['name']])}" for axis in axes[:3])
    top = values[: max(2, len(values) // 4)]
    same = [a["name"] for a in axes if len({str(each[a["name"]]) for each in top}) == 1]
    says = f"The best trial has {best}"
    says += (
        f"; the best {len(top)} agree on {', '.join(same)}."
        if same
        else f"; the best {len(top)} agree on nothing."
    )
    return {"says": says, "axes": axes, "trials": drawn}


def _axis(name: str, values: Sequence[Any]) -> Part | None:
    """A row of the picture, or None where all trials agree."""
    if len({str(value) for value in values}) < 2:
        return None
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) == len(values) and len(set(numbers)) > 4:
        low, high = min(numbers), max(numbers)
        return {"name": name, "low": low, "high": high, "log": low > 0 and high / low > 20}
    known = {str(value): value for value in values}
    levels = sorted(
        known,
        key=lambda text: (
            (not isinstance(known[text], (int, float)), known[text], text)
            if isinstance(known[text], (int, float))
            else (True, 0, text)
        ),
    )
    return {"name": name, "levels": [in_words(known[text]) for text in levels]}


def _place(axis: Mapping[str, Any], value: Any) -> float:
    if "levels" in axis:
        return (axis["levels"].index(in_words(value)) + 0.5) / len(axis["levels"])
    low, high = axis["low"], axis["high"]
    if axis["log"]:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


# The model on the data, the data, and how to do it again


def _unseen(files: _Files) -> Part:
    if not files.summary:
        return {"says": "What the model does on rows that it has not seen is told when the run has ended."}
    trained_again = any(key.stage == "again" for key in files.results)
    return unseen.facts(files.path, files.run, files.summary, trained_again)


def _table(files: _Files) -> Part | None:
    columns = files.schema.get("columns")
    if columns is None:
        return None
    used: dict[str, int] = defaultdict(int)
    left_out = []
    for column in columns:
        if column["kind"] in ("numeric", "boolean", "categorical"):
            used[column["kind"]] += 1
        else:
            left_out.append({"name": column["name"], "kind": column["kind"], "reason": column["reason"]})
    for name in files.schema["excluded"]:
        left_out.append({"name": name, "kind": "excluded", "reason": "left out as asked (--exclude)"})
    if files.schema["group"] is not None:
        reason = "no input: its equal values keep rows together (--group)"
        left_out.append({"name": files.schema["group"], "kind": "group", "reason": reason})
    rows = files.summary.get("rows", {})
    target = files.schema["target"]
    count = files.schema.get("rows") or sum(rows.get(name, 0) for name in ("train", "outer"))
    kinds = ", ".join(f"{number} {kind}" for kind, number in used.items())
    says = f"{_count_rows(count)} with a target and {counted(len(columns), 'column')} beside it: {kinds}"
    says += f"; {len(left_out)} left out." if left_out else "; none is left out."
    missing = sum(column["missing"] for column in columns)
    return {
        "says": says,
        "target": {"name": target["name"], "task": target["task"], "reason": target["reason"]},
        "rows": {"all": count, "dropped": files.schema.get("dropped_rows", 0), **rows},
        "kinds": dict(used),
        "missing": missing,
        "left_out": left_out,
        "columns": [
            {name: column[name] for name in ("name", "kind", "missing", "distinct", "reason")}
            for column in columns
        ],
    }


def _reproduce(files: _Files) -> Part:
    return {
        "command": _command(files),
        "data": files.options["data"],
        "fingerprint": files.run["fingerprint"],
        "seed": files.options["seed"],
        "versions": files.run["versions"],
        "python": files.run["python"],
        "machine": files.run["machine"],
        "processor": files.run.get("processor", ""),
        "blas": files.run.get("blas", ""),
        "seconds": files.summary.get("time", {}).get("seconds"),
        "says": _repeatable(files),
    }


def _repeatable(files: _Files) -> str:
    if files.options["budget"] is None:
        return "The same command, versions and type of processor give the same model, bit for bit."
    took = files.summary.get("time", {}).get("seconds")
    spent = f" (this one took {duration(took)})" if took else ""
    return (
        f"A budget of time lets the machine's pace decide how far the search comes{spent}; the journal keeps each "
        "such decision, and --trials in place of --budget leaves only the type of processor and the versions to decide."
    )


def _command(files: _Files) -> str:
    """The command line that started the run."""
    options = files.options
    words = ["honed", "train" if files.by_hand else "fit", options["data"], "--target", options["target"]]
    words += ["--out", "NEW_FOLDER"]
    if options["budget"] is not None:
        words += ["--budget", f"{options['budget']:g}s"]
    for name in ("trials", "task", "metric", "positive", "valid", "group", "workers"):
        if options.get(name) is not None:
            words += [f"--{name}", str(options[name])]
    for option in ("exclude", "categorical", "numeric"):
        for name in options.get(option, ()):
            words += [f"--{option}", name]
    if options["seed"]:
        words += ["--seed", str(options["seed"])]
    if options["single"]:
        words.append("--single")
    if options.get("proposer") == "coach":
        words.append("--coach")
    for name, value in _flat(options["settings"] or {}).items():
        words += ["--set", f"{name}={_toml(value)}"]
    return shlex.join(words)


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Part:
    found: Part = {}
    for name, value in settings.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_quoted(each) for each in value)}]"
    return str(value)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else _toml(value)


# Words and plain values


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count_rows(count: int) -> str:
    return counted(count, "row")


def _numbers(values: Iterable[Any]) -> list[float | None]:
    return [value if value is not None and math.isfinite(value) else None for value in values]
