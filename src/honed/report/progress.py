"""What a run tells while it runs: on a terminal and in a notebook one line that moves, elsewhere plain lines."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TextIO

from honed.errors import bounded, warn
from honed.figures import counted, duration, figure
from honed.optional import optional
from honed.run import terminal

if TYPE_CHECKING:
    from rich.text import Text

    from honed.run.cluster import Standing


class Ended(NamedTuple):
    """A generation that ended.

    Attributes
    ----------
    number : of the generation, from 1.
    best : the best score so far, in `metric`.
    tried, networks : how many candidates were tried so far, and how many networks trained.
    left : seconds that remain.
    guessed : whether that is a guess, as there is no budget.
    """

    number: int
    best: float
    metric: str
    tried: int
    networks: int
    left: float
    guessed: bool = False


class Progress(Protocol):
    """What a run needs to be able to say."""

    def say(self, text: str) -> None:
        """One sentence that stays."""

    def generation(self, ended: Ended) -> None:
        """A generation ended."""

    def standing(self, cluster: Standing) -> None:
        """How the cluster stands, about once a second where there is one."""

    def close(self) -> None:
        """Nothing more will be said."""


def progress(stream: TextIO) -> Progress:
    """The progress that suits `stream`: a live line on a terminal, else plain lines."""
    return LiveLine(stream) if stream.isatty() else PlainLines(stream)


def of_caller() -> Progress:
    """The progress that suits a call from Python: a line below the cell in a notebook, else silence."""
    python = sys.modules.get("IPython")
    is_notebook = python is not None and hasattr(python.get_ipython(), "kernel")
    return NotebookLine() if is_notebook else Silent()


class Silent:
    """Progress that nobody watches."""

    def say(self, text: str) -> None:
        """Nothing."""

    def generation(self, ended: Ended) -> None:
        """Nothing."""

    def standing(self, cluster: Standing) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Warned(Silent):
    """What is said of a cluster is a warning, where no line of progress is."""

    def say(self, text: str) -> None:
        warn(text, UserWarning)


class Careful:
    """The same progress, of which nothing that cannot be said ends the run.

    Attributes
    ----------
    end : moment of `time.monotonic` at which the run ends, as the last generation has told; None before the first.
    """

    def __init__(self, speaker: Progress) -> None:
        self._speaker = speaker
        self.end: float | None = None

    def say(self, text: str) -> None:
        self._try(lambda: self._speaker.say(text))

    def generation(self, ended: Ended) -> None:
        self.end = time.monotonic() + ended.left
        self._try(lambda: self._speaker.generation(ended))

    def standing(self, cluster: Standing) -> None:
        self._try(lambda: self._speaker.standing(cluster))

    def close(self) -> None:
        self._try(self._speaker.close)

    @staticmethod
    def _try(say: Callable[[], None]) -> None:
        optional("A line of progress", say, None)


class PlainLines:
    """One line for each thing said: for files and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._cluster: Standing | None = None

    def say(self, text: str) -> None:
        terminal.tell(text, self._stream)

    def generation(self, ended: Ended) -> None:
        self.say(line(ended, ended.left, self._cluster))

    def standing(self, cluster: Standing) -> None:
        self._cluster = cluster  # for the next line

    def close(self) -> None:
        """Nothing: every line has been printed."""


class LiveLine:
    """One line that is rewritten by each generation and counts the time down; what is said stays above it."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(file=stream, highlight=False, markup=False)
        self._last: Ended | None = None
        self._end: float | None = None
        self._cluster: Standing | None = None
        self._shown = False
        self._live = Live(
            console=self._console, get_renderable=self._line, refresh_per_second=1, redirect_stdout=False
        )

    def say(self, text: str) -> None:
        self._console.print(terminal.visible(bounded(text)), soft_wrap=True)

    def generation(self, ended: Ended) -> None:
        self._last, self._end = ended, time.monotonic() + ended.left
        if self._shown:
            self._live.refresh()
        else:
            self._live.start(refresh=True)
            self._shown = True

    def standing(self, cluster: Standing) -> None:
        self._cluster = cluster
        if self._shown:
            self._live.refresh()

    def close(self) -> None:
        if self._shown:
            self._end = self._cluster = None  # the line that stays says nothing about time left
            self._live.stop()
            self._shown = False

    def _line(self) -> Text:
        from rich.text import Text

        if self._last is None:
            return Text("")
        left = None if self._end is None else max(0.0, self._end - time.monotonic())
        return Text(
            line(self._last, left, self._cluster),
            style="bold",
            no_wrap=True,
            overflow="ellipsis",
        )


class NotebookLine(Silent):
    """One line below a notebook's cell, rewritten by each generation, that counts the time down."""

    def __init__(self) -> None:
        self._last: Ended | None = None
        self._end: float | None = None
        self._shown: Any = None
        self._ended = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def generation(self, ended: Ended) -> None:
        self._last, self._end = ended, time.monotonic() + ended.left
        if self._shown is None:
            from IPython.display import display  # pyright: ignore[reportMissingImports]

            self._shown = display(self._content(), raw=True, display_id=True)
            self._clock.start()
        else:
            self._shown.update(self._content(), raw=True)

    def close(self) -> None:
        if self._shown is not None and not self._ended.is_set():
            self._ended.set()
            self._clock.join()
            self._end = None  # the line that stays says nothing about time left
            self._shown.update(self._content(), raw=True)

    def _tick(self) -> None:
        while not self._ended.wait(1.0):
            if self._end is not None:
                self._shown.update(self._content(), raw=True)

    def _content(self) -> dict[str, str]:
        if self._last is None:
            return {"text/plain": ""}
        left = None if self._end is None else max(0.0, self._end - time.monotonic())
        return {"text/plain": line(self._last, left)}


def line(ended: Ended, left: float | None, cluster: Standing | None = None) -> str:
    """A generation in one line, `left` seconds before the end; without that time where it is None.

    Examples
    --------
    >>> line(Ended(3, 0.41234, "log_loss", 72, 1148, 95.2), 95.2)
    'generation 3 · best log_loss 0.4123 · 72 candidates, 1,148 networks · 1 min 35 s left'
    """
    reached = (
        f"best {ended.metric} {figure(ended.best)}"
        if math.isfinite(ended.best)
        else "no network compared yet"
    )
    tried = f"{counted(ended.tried, 'candidate')}, {counted(ended.networks, 'network')}"
    text = f"generation {ended.number} · {reached} · {tried}"
    text += "" if cluster is None else f" · {cluster.words()}"
    return text if left is None else f"{text} · {'about ' * ended.guessed}{duration(max(left, 0.0))} left"
