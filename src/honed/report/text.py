"""The page of `honed show`: the facts of a run in words, for a terminal. Read `page` first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from honed import passes
from honed.figures import counted, duration, figure, in_words
from honed.findings import Finding
from honed.optional import optional
from honed.report import decided
from honed.report.columns import lines as lines_of_columns
from honed.report.facts import KINDS, Choice, Facts, Rows, Score, Spread, steps
from honed.report.layout import INDENT, LEAST_WIDTH, aligned, beside, section, wrapped
from honed.table.cells import brief
from honed.table.document import Told
from honed.typed import JSON

_MOST_COLUMNS = 12  # that are told one by one
_MOST_EDITS = 6  # that are told one by one
_EVIDENCE = {
    "given": "as given:",
    "design rule": "by a design rule:",
    "default": "by default:",
    "published default": "as published:",
    "trials compared": "by the search (how trials with such a value did: an association, no test):",
    "measured": "by measuring:",
}


def page(
    facts: Facts, width: int = 100, findings: Sequence[Finding] = (), columns: Sequence[Told] = ()
) -> str:
    """The whole page.

    Parameters
    ----------
    facts : what `summary.json` holds; parts that are not known are left out.
    width : columns of the terminal; at least 60 are used.
    findings : of the run, the worst first.
    columns : of its table; few of them are told one by one.
    """
    width = max(width, LEAST_WIDTH)
    parts: list[tuple[str, Callable[[], Sequence[str]]]] = [
        (_score_title(facts), lambda: _scores(facts)),
        ("Score by target", lambda: _by_head(facts)),
        (decision_title(facts), lambda: _decision(facts)),
        ("Network", lambda: _network(facts)),
        ("Why each setting is as it is", lambda: _choices(facts["choices"], width)),
        ("What each knob bought", lambda: _ledger(facts)),
        ("Findings (`honed diagnose` says why and what to do)", lambda: _findings(findings)),
        ("Ensemble", lambda: _ensemble(facts)),
        ("Data", lambda: _data(facts, columns, width)),
        ("Work", lambda: _work(facts)),
        ("Notes", lambda: facts.get("notes", [])),
    ]
    sections = [wrapped(_title(facts), width)]
    for title, work in parts:
        failures: list[str] = []
        lines = optional("This part", work, [], failures.append)
        sections.append(section(title, [*lines, *failures], width))
    return "\n\n".join(section for section in sections if section) + "\n"


def headline(facts: Facts) -> str:
    """The result in few sentences: the score on rows that no choice has seen, and what to think of it.

    Examples
    --------
    >>> headline(example())
    'rmse 52.10 (47.30 to 56.90) on 66 rows that no choice has seen.'
    """
    rows, where = facts["rows"].get("outer"), unseen_rows(facts)
    score = facts["scores"].get(facts["uses"])
    if score is not None:
        said = f"{metric_words(facts)} {_interval(score)} {where}."
        return " ".join(filter(None, [said, over_time_words(facts), no_better_than_a_guess(facts)]))
    if rows == 0:
        return f"A model is saved; it has no score: {_too_small(facts)}."
    return "A model is saved; its score is not known yet."


def unseen_rows(facts: Mapping[str, JSON]) -> str:
    """Which rows the score is of, such as "on 66 rows that no choice has seen"."""
    if (nested := facts.get("nested")) is not None:
        return f"on {counted(nested['rows'], 'row')}, each predicted by networks that did not see it"
    rows: Rows = facts.get("rows", {})
    count, newest = rows.get("outer"), rows.get("newest")
    nothing = "no training" if "unchanged" in facts.get("scores", {}) else "no choice"
    if not count:
        return f"on rows that {nothing} has seen"
    if newest is None:
        return f"on {counted(count, 'row')} that {nothing} has seen"
    which = "row, the newest" if count == 1 else "rows, the newest"
    return f"on {count:,} {which} by {brief(newest, 40)!r}, that {nothing} has seen"


def no_better_than_a_guess(facts: Mapping[str, JSON]) -> str:
    """A sentence where the score is no better than that of a constant answer, else an empty text."""
    used, trivial = (facts["scores"].get(name) for name in (facts["uses"], "trivial"))
    if used is None or trivial is None or used["value"] is None or trivial["value"] is None:
        return ""
    lead = used["value"] - trivial["value"]
    if (lead if facts["greater_is_better"] else -lead) > 0:
        return ""
    than = "worse than" if lead else "no better than"
    what = _trivial(facts).removeprefix("always ")
    score = figure(trivial["value"], pad=True)
    return f"That is {than} always answering {what} ({score}): do not rely on the predictions."


def over_time_words(facts: Mapping[str, JSON]) -> str:
    """How far the score moves from one stretch of time to the next; empty where that is not known."""
    return (facts.get("over_time") or {}).get("says", "")


def coverage_words(facts: Mapping[str, JSON]) -> str:
    """What intervals hold on the rows of the score, in a sentence; empty where that is not known."""
    known = facts.get("intervals")
    if known is None:
        return ""
    unit = "stretch of time" if facts["rows"].get("newest") else "group"
    of = "rows" if known["of"] == "rows" else f"rows, each {unit} counting once"
    return (
        f"Intervals of {known['level']:g} (`honed predict --interval {known['level']:g}`) hold the truth of "
        f"{known['coverage']:.1%} of these {of} (standard error {known['error']:.1%}); their mean width is "
        f"{figure(known['width'])}."
    )


def decision_title(facts: Mapping[str, JSON]) -> str:
    """The heading of the decision, with the rows that it is told of."""
    unseen = (facts.get("decision") or {}).get("unseen")
    return "Decision" if unseen is None else f"Decision {unseen_rows(facts)}"


def _decision(facts: Facts) -> list[str]:
    """From where on the positive class is predicted, and what that comes to on unseen rows."""
    told = facts.get("decision")
    if told is None:
        return []
    of = told.get("unseen")
    rest = [] if of is None else [decided.outcome_words(told, of), *aligned(decided.confusion(told, of))]
    return [decided.rule_words(told), *rest]


def _trivial(facts: Mapping[str, JSON]) -> str:
    if "heads" in facts:
        return "always the means and class frequencies"
    return "always the mean" if facts["task"] == "regression" else "always the class frequencies"


def _too_small(facts: Mapping[str, JSON]) -> str:
    return f"of {counted(facts['rows'].get('train', 0), 'row')} none can be kept apart for it"


def metric_words(facts: Mapping[str, JSON]) -> str:
    """The metric's name, and the class that it is about, where it is about one."""
    positive = facts.get("positive")
    return facts["metric"] if positive is None else f"{facts['metric']} of {positive!r}"


def example() -> Facts:
    """Small facts of a finished run, for documentation and tests."""
    return {
        "target": "target",
        "task": "regression",
        "metric": "rmse",
        "greater_is_better": False,
        "network": {"inputs": 10, "hidden": [64, 32], "outputs": 1, "activation": "silu"},
        "choices": [],
        "uses": "network",
        "scores": {"network": {"value": 52.1, "low": 47.3, "high": 56.9}},
        "rows": {"train": 376, "outer": 66},
        "time": {"seconds": 30.0},
    }


def heads_words(heads: Sequence[Mapping[str, JSON]]) -> str:
    """Several targets, each with its task.

    Examples
    --------
    >>> heads_words([{"target": "kind", "task": "binary"}, {"target": "size", "task": "regression"}])
    "'kind' (binary) and 'size' (regression)"
    """
    *most, last = (f"{head['target']!r} ({head['task']})" for head in heads)
    return f"{', '.join(most)} and {last}"


def _title(facts: Facts) -> str:
    state = {"running": "still running", "stopped": "stopped early"}.get(facts.get("state", "done"), "")
    if "heads" in facts:
        said = heads_words(facts["heads"]) + (f" from {facts['data']}" if "data" in facts else "")
        return " · ".join([said, state] if state else [said])
    parts = [f"{facts['target']!r} from {facts['data']}" if "data" in facts else repr(facts["target"])]
    classes = facts.get("classes", [])
    parts.append(f"{facts['task']}, {len(classes):,} classes" if len(classes) > 2 else facts["task"])
    return " · ".join([*parts, state] if state else parts)


def _score_title(facts: Facts) -> str:
    if not facts["scores"]:
        return "Score"
    better = "higher" if facts["greater_is_better"] else "lower"
    where = f" {unseen_rows(facts)}" if facts["rows"].get("outer") else ""
    return f"Score: {metric_words(facts)}{where} ({better} is better)"


def _names(facts: Facts) -> dict[str, str]:
    """What has a score, by name, in words."""
    voters = sum(member.get("networks", 1) for member in facts.get("ensemble", []))
    return {
        "ensemble": f"ensemble of {counted(voters, 'network')}" if voters else "ensemble",
        "network": "best single network" if voters else "network",
        "further": "going on from the trained weights",
        "anew": "trained anew on all rows",
        "unchanged": "the old model, unchanged",
        "boosting": "gradient boosting, default",
        "linear": "linear model",
        "trivial": _trivial(facts),
    }


def _scores(facts: Facts) -> list[str]:
    names = _names(facts)
    rows = [
        (title, _interval(facts["scores"][name]), "← predicts" if name == facts["uses"] else "")
        for name, title in names.items()
        if name in facts["scores"]
    ]
    other = facts.get("beside")
    said = [
        over_time_words(facts),
        no_better_than_a_guess(facts),
        other["says"] if other else "",
        facts.get("verdict") or "",
        coverage_words(facts),
    ]
    if not rows and facts["rows"].get("outer") == 0:
        said.insert(0, f"none: {_too_small(facts)}")
    elif not rows:
        said.insert(
            0, f"not known yet; it comes at the end of a run: {metric_words(facts)} {unseen_rows(facts)}"
        )
    return (aligned(rows) if rows else []) + [sentence for sentence in said if sentence]


def _by_head(facts: Facts) -> list[str]:
    """Of several targets the scores of each by its own metric."""
    rows = []
    for head in facts.get("heads", []):
        for name, title in _names(facts).items():
            value = facts["scores"].get(name, {}).get("heads", {}).get(head["target"])
            if value is not None:
                rows.append((head["target"], head["metric"], title, figure(value, pad=True)))
    return aligned(rows) if rows else []


def _network(facts: Facts) -> list[str]:
    network = facts["network"]
    sizes = [network.get("inputs"), *network.get("hidden", []), network.get("outputs")]
    lines = [" → ".join(f"{size:,}" for size in sizes if size is not None)]
    details = []
    if activation := network.get("activation"):
        details.append(activation)
    if embedding := network.get("numeric_embedding"):
        details.append(f"{embedding} embedding of numbers")
    if parameters := network.get("parameters"):
        details.append(f"{parameters:,} weights")
    if epochs := network.get("epochs"):
        details.append(f"{'last' if network.get('keeps_last') else 'best'} epoch {epochs:,}")
    elif made := network.get("passes"):
        details.append(f"{passes.When({'passes': [made]}).counted(1)} over the rows")
    lines += [" · ".join(details)] if details else []
    return lines + ([_spread(facts["metric"], network["spread"])] if "spread" in network else [])


def _spread(metric: str, spread: Spread) -> str:
    """Whether the network was a lucky one."""
    return (
        f"its {spread['networks']} networks, which differ by {spread['differ']}, score from {figure(spread['low'])} to "
        f"{figure(spread['high'])} in {metric}, each on its own validation rows (standard deviation "
        f"{figure(spread['deviation'])})"
    )


def _choices(choices: Sequence[Choice], width: int) -> list[str]:
    """Setting, value and reason side by side, one group for each kind of evidence."""
    lines: list[str] = []
    left = aligned([(choice["setting"], in_words(choice["value"])) for choice in choices])
    lefts = dict(zip(map(id, choices), left, strict=True))
    room = max((len(text) for text in left), default=0) + 2
    for evidence, heading in _EVIDENCE.items():
        group = [choice for choice in choices if choice["evidence"] == evidence]
        if group:
            lines.append(heading)
        for choice in group:
            lines += beside(f"  {lefts[id(choice)]}", choice["reason"], room + 2, width - len(INDENT))
    return lines


def edit_words(entry: Mapping[str, JSON]) -> str:
    """Each setting of an experiment's edit with its value before and after."""
    return ", ".join(f"{name} {in_words(old)} → {in_words(new)}" for name, (old, new) in steps(entry).items())


def _ledger(facts: Facts) -> list[str]:
    """What bought most, then how often advice bought something and how often chance did."""
    ledger = facts.get("ledger", [])
    random = [entry for entry in ledger if entry["finding"] == "random"]
    advised = [entry for entry in ledger if entry["finding"] != "random"]
    better = sorted(
        (entry for entry in ledger if (entry["effect"] or 0.0) > 0),
        key=lambda entry: -(entry["effect"] or 0.0),
    )
    rows = []
    for entry in better[:_MOST_EDITS]:
        step = edit_words(entry)
        effect, low, high = (float(entry[name] or 0.0) for name in ("effect", "low", "high"))
        between = f" ({figure(low)} to {figure(high)})" if entry["low"] is not None else ""
        bought = f"{facts['metric']} better by {figure(effect)}{between}"
        rows.append((step, bought, f"trial {entry['parent']} → {entry['child']}", entry["finding"]))
    lines = aligned(rows) if rows else []
    if ledger:
        said = [
            f"{sum((entry['effect'] or 0.0) > 0 for entry in entries)} of {counted(len(entries), noun)}"
            for entries, noun in ((advised, "advised edit"), (random, "random edit"))
            if entries
        ]
        clear = sum(entry["won"] for entry in ledger)
        lines.append(
            f"{' and '.join(said)} lowered the loss on the same folds, batches and seed, {clear} by more than the "
            "noise."
        )
    return lines


def _findings(findings: Sequence[Finding]) -> list[str]:
    return [f"{finding.severity}: {finding.what}" for finding in findings]


def _ensemble(facts: Facts) -> list[str]:
    rows = []
    for member in facts.get("ensemble", []):
        score = member.get("score")
        validation = "" if score is None else f"{facts['metric']} {figure(score)} on validation"
        networks = member.get("networks", 1)
        times = f"{networks} ×" if networks > 1 else ""
        pairs = zip(facts.get("heads", []), member.get("heads", []), strict=False)
        of_each = ", ".join(f"{share:.0%} of {head['target']!r}" for head, share in pairs)
        share = f"{member['weight']:.0%}".rjust(4)
        rows.append((share, member["name"], times, member.get("network", ""), validation, of_each))
    return aligned(rows)


def _data(facts: Facts, told: Sequence[Told], width: int) -> list[str]:
    columns = facts.get("columns", {})
    lines = _rows(facts)
    counts = [(kind, columns.get(kind)) for kind in KINDS]
    kinds = [f"{count:,} {kind}" for kind, count in counts if count]
    if kinds:
        lines.append("columns: " + ", ".join(kinds))
    if 0 < len(told) <= _MOST_COLUMNS:
        lines += lines_of_columns(told, width)
    else:
        lines += [f"{name!r} {_left_out(reason)}" for name, reason in columns.get("left_out", {}).items()]
    reasons = [head.get("reason", "") for head in facts.get("heads", [])] or [facts.get("task_reason", "")]
    return lines + [f"task: {reason}" for reason in reasons if reason]


def _rows(facts: Facts) -> list[str]:
    rows = facts["rows"]
    parts = []
    if train := rows.get("train"):
        parts.append(f"{train:,} to learn and to choose from")
    nested = facts.get("nested")
    if nested is not None:
        parts.append(
            f"{rows.get('outer', 0):,} unseen by the search, others in {nested['rounds'] - 1} further rounds"
        )
    elif outer := rows.get("outer"):
        parts.append(f"{outer:,} for the score")
    if dropped := rows.get("dropped"):
        parts.append(f"{dropped:,} without a target, left out")
    lines = ["rows: " + ", ".join(parts)] if parts else []
    folds, repeats = rows.get("folds", 1), rows.get("repeats", 1)
    if folds > 1:
        lines.append(f"validation: {folds} folds" + (f", {repeats} times" if repeats > 1 else ""))
    return lines


def _work(facts: Facts) -> list[str]:
    time = facts["time"]
    parts = []
    if tried := time.get("candidates"):
        parts.append(counted(tried, "candidate") + " tried")
    if networks := time.get("networks"):
        parts.append(counted(networks, "network") + " trained")
    if generations := time.get("generations"):
        parts.append(counted(generations, "generation"))
    if workers := time.get("workers"):
        parts.append(counted(workers, "worker"))
    if seconds := time.get("seconds"):
        budget = time.get("budget")
        parts.append(duration(seconds) + (f" of {duration(budget)}" if budget else ""))
    lines = [" · ".join(parts)] if parts else []
    if "compiling" in time:
        lines.append(f"compiling took {time['compiling']:.0%} of the workers' time")
    return lines


def _interval(score: Score) -> str:
    value, low, high = (score.get(name) for name in ("value", "low", "high"))
    if value is None:
        return "undefined"
    text = figure(value, pad=True)
    return (
        text
        if low is None or high is None
        else f"{text} ({figure(low, pad=True)} to {figure(high, pad=True)})"
    )


def _left_out(reason: str) -> str:
    return reason if reason.startswith("left out") else f"left out: {reason}"
