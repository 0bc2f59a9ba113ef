"""The answer of a run: its score beside what it has to beat, its network, and what to do next: `answer`."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from honed import passes
from honed.figures import capital, counted, figure
from honed.report import decided
from honed.report.facts import Facts
from honed.report.files import Files
from honed.report.parts import Answer, History, Leader, NamedScore, NetworkPicture, OfHead, Title
from honed.report.text import coverage_words, headline, no_better_than_a_guess, over_time_words, unseen_rows
from honed.run import journal, paths
from honed.typed import JSON

_GAP = 0.6  # a training loss below this part of the validation loss says that rows were learned by heart
_TITLES = {
    "ensemble": "Ensemble",
    "network": "Best single network",
    "further": "Going on",
    "anew": "Trained anew",
    "unchanged": "The old model",
    "default": "Default network",
    "boosting": "Gradient boosting",
    "linear": "Linear model",
}


def answer(files: Files, leaders: list[Leader], history: History | None) -> Answer:
    """The part "answer" of a story."""
    summary = files.summary
    scores = files.part("The list of scores", lambda: named_scores(summary), [])

    def picture() -> NetworkPicture | None:
        who = "The network" if files.by_hand else "The best single network"
        return network_picture(summary.get("network") or {}, who)

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
        "rows": summary.get("nested", {}).get("rows", summary.get("rows", {}).get("outer")),
        "where": unseen_rows(summary),
        "scores": scores,
        "scores_say": files.part("What the scores say", lambda: _scores_say(files, scores), ""),
        "warning": no_better_than_a_guess(summary) if files.scores and "uses" in summary else "",
        "intervals": summary.get("intervals"),
        "intervals_say": files.part("What intervals hold", lambda: coverage_words(summary), ""),
        "decision": summary.get("decision"),
        "decision_says": files.part("What the decision comes to", lambda: _decision_says(files), ""),
        "verdict": summary.get("verdict"),
        "network": files.part("The picture of the network", picture, None),
        "next": files.part("What to do next", lambda: _next(files, leaders, history), []),
        "notes": summary.get("notes", []),
        "ensemble": summary.get("ensemble", []),
        "heads": files.part("The scores by target", lambda: _heads(files), []),
    }


def _title(files: Files) -> Title:
    classes = files.summary.get("classes") or files.schema.get("target", {}).get("classes", [])
    further = [target["name"] for target in files.schema.get("further", [])]
    return {
        "target": " and ".join([files.options["target"], *further]),
        "data": paths.listed([Path(path).name for path in files.data()]),
        "task": files.task,
        "classes": len(classes),
    }


def _unfinished_words(files: Files, leaders: list[Leader]) -> str:
    if why := journal.failure(files.events):
        return f"The run ended without a model. {why}"
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
        text += f" {capital(leaders[0]['name'])} leads with {score} on validation rows ({files.metric})."
    return text


def named_scores(summary: Mapping[str, JSON]) -> list[NamedScore]:
    """What has a score in a summary, in the order in which people compare."""
    trivial = "Always the mean" if summary.get("task") == "regression" else "Class frequencies"
    if summary.get("heads"):
        trivial = "Means and class frequencies"
    return [
        {
            "name": name,
            "title": title,
            "used": name == summary.get("uses"),
            "low": score.get("low"),
            "high": score.get("high"),
            "value": score["value"],
        }
        for name, title in {**_TITLES, "trivial": trivial}.items()
        if (score := summary.get("scores", {}).get(name)) and score["value"] is not None
    ]


def _heads(files: Files) -> list[OfHead]:
    """The scores of each of several targets."""
    return [
        {
            "target": head["target"],
            "metric": head["metric"],
            "scores": {
                score["title"]: value
                for score in named_scores(files.summary)
                if (value := files.scores[score["name"]].get("heads", {}).get(head["target"])) is not None
            },
        }
        for head in files.summary.get("heads", [])
    ]


def _scores_say(files: Files, scores: list[NamedScore]) -> str:
    used = next((score for score in scores if score["used"]), None)
    rivals = [score for score in scores if score["name"] in ("boosting", "linear", "trivial", "default")]
    rivals += [score for score in scores if score["name"] == "unchanged" and not score["used"]]
    if used is None or not rivals:
        return ""
    best = min(rivals, key=lambda score: files.sign * score["value"])
    lead = files.sign * (best["value"] - used["value"])
    name = best["title"][0].lower() + best["title"][1:]
    if used["low"] is None or used["high"] is None:
        said = f"The strongest rival is {name} with {figure(best['value'])}."
    else:
        clear = not used["low"] <= best["value"] <= used["high"]
        where = "outside" if clear else "inside"
        side = "ahead of" if lead > 0 else "behind" if lead < 0 else "level with"
        said = (
            f"The model is {side} the strongest rival, {name}, by {figure(abs(lead))}; that rival's score lies {where} "
            f"the model's 95% interval{'' if clear else ', so these rows alone do not settle which is better'}."
        )
    beside = (files.summary.get("beside") or {}).get("says", "")
    return " ".join(filter(None, [said, over_time_words(files.summary), beside]))


def _decision_says(files: Files) -> str:
    """From where on the positive class is predicted, and what that comes to on the rows of the score."""
    told = files.summary.get("decision")
    if told is None:
        return ""
    if "unseen" not in told:
        return decided.rule_words(told)
    where, comes_to = capital(unseen_rows(files.summary)), decided.outcome_words(told, told["unseen"])
    return f"{decided.rule_words(told)} {where}: {comes_to}"


def network_picture(network: Mapping[str, JSON], who: str) -> NetworkPicture | None:
    """The layers of a network of which a summary tells, and a sentence that begins with `who`."""
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
    elif network.get("passes"):
        made = passes.When({"passes": [network["passes"]]}).counted(1)
        details.append(f"weights after {made} over the rows")
    return {"sizes": sizes, "says": f"{who} is {said}: {', '.join(details)}."}


def _next(files: Files, leaders: list[Leader], history: History | None) -> list[str]:
    """What to do, from the findings' own actions and from the numbers."""
    run, found = shlex.quote(str(files.path)), []
    if files.state in ("stopped", "interrupted"):
        found.append(f"Go on with the run: honed resume {run}")
    found += [finding.action for finding in files.findings if finding.severity != "note"]
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
    is_told = {"overfitting", "underfitting"} & {finding.id for finding in files.findings}
    if not is_told and leaders and leaders[0]["gap"] is not None and leaders[0]["gap"] < _GAP:
        found.append(
            f"At the epoch that was kept the leader's training loss is {leaders[0]['gap']:.0%} of its validation loss: "
            "it learns rows by heart. More rows, more dropout or more weight decay may help."
        )
    return list(dict.fromkeys(found))


def _rival_words(files: Files) -> list[str]:
    scores = {score["name"]: score for score in named_scores(files.summary)}
    used = next((score for score in scores.values() if score["used"]), None)
    if used is None:
        return []
    found = []
    trivial = scores.get("trivial")
    low, high = used["low"], used["high"]
    if trivial and low is not None and high is not None and low <= trivial["value"] <= high:
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
