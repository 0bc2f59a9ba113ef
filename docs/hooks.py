"""What MkDocs fills in while it builds, so that no page can go stale.

- ``{{ key.key:.2f }}`` on a page of `notes/`: a figure from the JSON file beside it, which a script wrote.
- ``<!-- figures -->`` on such a page: the table that the script printed.
- ``<!-- settings: NetworkSpec -->``: a table of every setting, from its declaration.
- ``<!-- keywords -->``: a table of what the estimators take beside these, from its declaration.
- ``<!-- rules -->``: a table of every rule of the diagnosis, from its own words; ``<!-- checks -->`` for PyTorch.
- ``<!-- confusion: detector -->``: what the bench of that name found in its trainings, from diagnosis/detector.json;
  ``{{ detector.named }}`` is a count of these.
- ``<!-- published -->``: what was found in faulty programs that others published, from diagnosis/published.json.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from honed.diagnosis import data, training
from honed.estimators.keywords import listed
from honed.estimators.network import Beside
from honed.nets.cnn_spec import CnnSpec
from honed.nets.sequence_spec import SequenceSpec
from honed.nets.spec import NetworkSpec
from honed.pytorch.checks import CHECKS
from honed.search.ranges import DEFAULT_GROUPS, GROUPS
from honed.settings import Declaration, declarations
from honed.train.spec import TrainingSpec

SPECS = {
    "NetworkSpec": NetworkSpec,
    "CnnSpec": CnnSpec,
    "SequenceSpec": SequenceSpec,
    "TrainingSpec": TrainingSpec,
}


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """A page's text with its figures and tables in place."""
    markdown = re.sub(r"<!-- settings: (\w+) -->", lambda found: settings_table(SPECS[found[1]]), markdown)
    markdown = markdown.replace("<!-- keywords -->", keywords_table())
    source = Path(page.file.abs_src_path)
    if source.parent.name == "diagnosis":
        markdown = markdown.replace("<!-- rules -->", rules_table((*training.RULES, *data.RULES)))
        markdown = markdown.replace("<!-- checks -->", rules_table(CHECKS))
        markdown = with_published(markdown, source.with_name("published.json"))
        return with_confusion(markdown, source.parent)
    if source.parent.name != "notes":
        return markdown
    return with_figures(markdown, source)


def with_figures(markdown: str, source: Path) -> str:
    """`markdown` with each ``{{ key }}`` and ``<!-- figures -->`` replaced by what the page's script wrote.

    ``{{ name/key }}`` takes the figure from another page's file. An unknown key stops the build.
    """

    def figure(found: re.Match[str]) -> str:
        name, keys, form = found[1] or source.stem, found[2], found[3] or ""
        value: Any = json.loads(source.with_name(f"{name}.json").read_text())
        for key in keys.split("."):
            value = value[key]
        return format(value, form)

    markdown = re.sub(r"\{\{ *(?:(\w+)/)?([\w.]+)(?::([^} ]*))? *\}\}", figure, markdown)
    if "<!-- figures -->" in markdown:
        table = source.with_suffix(".txt").read_text()
        markdown = markdown.replace(
            "<!-- figures -->", f'<div class="measured" markdown>\n```text\n{table}```\n</div>'
        )
    return markdown


def rules_table(rules: Iterable[Callable[..., Any]]) -> str:
    """Rules: what it is for and what it looks at, by the first lines of its file and of its function."""
    lines = ["| what is wrong | how it is seen |", "|---|---|"]
    for rule in rules:
        module = sys.modules[rule.__module__]
        cells = [first_paragraph(module.__doc__), first_paragraph(rule.__doc__)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def first_paragraph(text: str | None) -> str:
    """The first paragraph of a docstring in one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())


def with_confusion(markdown: str, folder: Path) -> str:
    """The page with the tables and figures of the trainings that no rule was chosen on, of each bench that it names."""
    for name in re.findall(r"<!-- confusion: (\w+) -->", markdown):
        table, counts = confusion(json.loads((folder / f"{name}.json").read_text()))
        markdown = markdown.replace(f"<!-- confusion: {name} -->", table)
        markdown = with_counts(markdown, {f"{name}.{what}": count for what, count in counts.items()})
    return markdown


def confusion(everything: list[dict[str, Any]]) -> tuple[str, dict[str, int]]:
    """A bench's table of each fault with what was found, and its counts."""
    rows = [row for row in everything if row["final"] and not (row["fault"] == "healthy" and row["failed"])]
    lines = ["| planted | in | named | what was found, in how many of them |", "|---|---|---|---|"]
    for fault in dict.fromkeys(row["fault"] for row in rows):
        own = [row for row in rows if row["fault"] == fault]
        counts = Counter(finding for row in own for finding in set(row["findings"]))
        found = ", ".join(f"{name} {count}" for name, count in counts.most_common(6))
        named = "" if is_healthy(fault) else str(sum(row["named"] for row in own))
        lines.append(f"| {fault} | {len(own)} | {named} | {found} |")
    faulty = [row for row in rows if not is_healthy(row["fault"])]
    healthy = [row for row in rows if is_healthy(row["fault"])]
    figures = {
        "faults": len(faulty),
        "named": sum(row["named"] for row in faulty),
        "healthy": len(healthy),
        "accused": sum(bool(row["errors"]) for row in healthy),
        "trainings": len(everything),
    }
    return "\n".join(lines), figures


def with_published(markdown: str, source: Path) -> str:
    """The page with its table and figures of the faulty programs that no rule was written on."""
    if "<!-- published -->" not in markdown:
        return markdown
    programs = json.loads(source.read_text())
    lines = ["| program | named by | other findings | findings of the twin |", "|---|---|---|---|"]
    for row in programs:
        others = [name for name in row["found"] if name not in row["named"]]
        twin = [f"**{name}**" if name in row["twin_errors"] else name for name in row["twin"]]
        cells = [row["name"].replace("_", " "), *map(", ".join, (row["named"], others, twin))]
        lines.append("| " + " | ".join(cells) + " |")
    figures = {
        "programs": len(programs),
        "programs_named": sum(bool(row["named"]) for row in programs),
        "twins_accused": sum(bool(row["twin_errors"]) for row in programs),
        "twins_warned": sum(bool(row["twin_warnings"]) for row in programs),
    }
    return with_counts(markdown.replace("<!-- published -->", "\n".join(lines)), figures)


def with_counts(markdown: str, counts: dict[str, int]) -> str:
    """`markdown` with each ``{{ name }}`` of a count replaced by it."""
    for name, count in counts.items():
        markdown = markdown.replace(f"{{{{ {name} }}}}", str(count))
    return markdown


def is_healthy(fault: str) -> bool:
    """Whether nothing was planted: healthy trainings and healthy tables."""
    return fault.startswith("healthy")


def settings_table(spec: type) -> str:
    """Every setting of a spec: name, default, what it may be, what it does and where the search looks."""
    lines = ["| setting | default | may be | what it does | searched |", "|---|---|---|---|---|"]
    for name, declaration in declarations(spec).items():
        shown = f'<a id="{name}"></a>`{name}`'
        default = f"`{getattr(spec(), name)!r}`"
        cells = [shown, default, declaration.expectation(), declaration.help, searched(declaration)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def keywords_table() -> str:
    """The keywords of the estimators that are no settings: name, default, what it may be and what it does."""
    lines = ["| keyword | default | may be | what it does |", "|---|---|---|---|"]
    for name, default, valid, help in listed(Beside):
        lines.append(f"| `{name}` | `{default!r}` | {valid} | {help} |")
    return "\n".join(lines)


def searched(declaration: Declaration) -> str:
    """The values that `honed fit` tries, in words; empty where it leaves the setting alone."""
    if declaration.group in GROUPS and declaration.group not in DEFAULT_GROUPS:
        return ""
    if declaration.span:
        low, high = declaration.span
        return f"{low:g} to {high:g}" + (", logarithmically" if declaration.log else "")
    values = ", ".join(f"`{value}`" for value in declaration.search)
    return f"{values} times what None gives" if declaration.by_factor else values
