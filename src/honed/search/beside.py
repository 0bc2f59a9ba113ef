"""Work on another thread while workers train: `Beside`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from honed.findings import Finding


class Beside:
    """A look at something on another thread; `tell` is called once, with what it found."""

    def __init__(
        self,
        thread: ThreadPoolExecutor,
        work: Callable[[], list[Finding]],
        tell: Callable[[list[Finding]], None],
    ) -> None:
        self._thread, self._work, self._tell = thread, work, tell
        self._begun: Future[list[Finding]] | None = None
        self._is_told = False

    @property
    def has_begun(self) -> bool:
        """Whether anybody has asked for it."""
        return self._begun is not None

    def go_on(self) -> None:
        """Begin, or tell what has been found."""
        if self._begin().done():
            self.result()

    def result(self) -> list[Finding]:
        """What has been found, as soon as it is."""
        found = self._begin().result()
        if not self._is_told:
            self._tell(found)
            self._is_told = True
        return found

    def _begin(self) -> Future[list[Finding]]:
        if self._begun is None:
            self._begun = self._thread.submit(self._work)
        return self._begun
