"""The report page live: a small server on this machine alone, for one run.

The page asks for a stream of events (`TOKEN/events`). On each one that tells of a new version it fetches the
inside of `<main>` (`TOKEN/body`) and puts it in place, see `watch.js`. One task looks at the run's files for all
who listen; pages are drawn in a thread, once for each version.

Whoever knows the token in the address may look and stop the run, so it must not leak: nothing external is loaded,
nothing is kept in caches, requests that name another host (a foreign name that resolves to 127.0.0.1) or come from
another site's page are refused.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import webbrowser
from collections.abc import AsyncIterator, Callable
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from honed.errors import HonedError, InputError, RunError
from honed.optional import optional
from honed.report import html, live
from honed.run import terminal
from honed.run.folder import RunFolder

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.datastructures import Headers, MutableHeaders
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
    from starlette.routing import Mount, Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
except ModuleNotFoundError as missing:
    raise InputError(
        f"`honed watch` needs {missing.name}, which is not installed; install it with: pip install 'honed[watch]'"
    ) from missing

HOST = "127.0.0.1"

_LOOK = 0.25  # seconds between two looks at the files
_HEARTBEAT = 10.0  # seconds of silence after which a stream says that it is alive
_PACKAGE = resources.files("honed.report")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def serve(run: Path, port: int = 0, *, open_browser: bool = False) -> None:
    """Serve the page of a run until Ctrl-C; its address goes to standard output.

    Parameters
    ----------
    run : folder of a run, which may have ended or have no model yet.
    port : where to listen on 127.0.0.1; 0 takes one that is free.
    open_browser : whether to show the page in the browser of this machine.

    Raises
    ------
    InputError
        There is no such run, or the port cannot be had.
    """
    site = Site(run, port)
    terminal.show(f"{site.address}\n")
    if open_browser:
        webbrowser.open(site.address)
    try:
        site.serve()
    except KeyboardInterrupt:
        return


class Site:
    """The server of one run's page: it has its address at once, and answers while `serve` runs.

    Attributes
    ----------
    address : with the token, which no other site has.

    Raises
    ------
    InputError
        As `serve`.
    """

    def __init__(self, run: Path, port: int = 0) -> None:
        RunFolder.open(run)
        self._listener = _listen(port)
        self._watcher = Watcher(run)
        port, token = self._listener.getsockname()[1], secrets.token_urlsafe()
        self.address = f"http://{HOST}:{port}/{token}/"
        self._server = uvicorn.Server(
            uvicorn.Config(
                application(self._watcher, token, port),
                lifespan="off",
                ws="none",
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
            )
        )

    def serve(self) -> None:
        """Answer until `close`, or until Ctrl-C, which comes through as KeyboardInterrupt."""
        try:
            asyncio.run(self._serve())
        finally:
            self._listener.close()

    def close(self) -> None:
        """End `serve` soon; may be called from another thread."""
        self._server.should_exit = True

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watcher.follow(lambda: self._server.should_exit))
            await self._server.serve(sockets=[self._listener])


def application(watcher: Watcher, token: str, port: int) -> ASGIApp:
    """The server's application, without its socket and without the task that looks at the run.

    Answers `GET TOKEN/` (the page), `TOKEN/body`, `TOKEN/events`, `TOKEN/watch.js` and `POST TOKEN/stop`.
    """
    script = (_PACKAGE / "watch.js").read_text()

    async def page(request: Request) -> Response:
        return HTMLResponse(await watcher.page())

    async def body(request: Request) -> Response:
        return HTMLResponse(await watcher.body())

    async def events(request: Request) -> Response:
        return StreamingResponse(watcher.events(), media_type="text/event-stream")

    async def javascript(request: Request) -> Response:
        return PlainTextResponse(script, media_type="text/javascript")

    async def stop(request: Request) -> Response:
        try:
            process = watcher.stop()
        except RunError as error:
            return PlainTextResponse(str(error), 409)
        return PlainTextResponse(f"Process {process} saves the best model so far and ends.", 202)

    routes = [
        Route("/", page),
        Route("/body", body),
        Route("/events", events),
        Route("/watch.js", javascript),
        Route("/stop", stop, methods=["POST"]),
    ]
    return _Guard(Starlette(routes=[Mount(f"/{token}", routes=routes)]), token, port)


class Watcher:
    """What all who listen share: the last sight of the run, and its page as last drawn."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self._sight = live.look(run)
        self._told_to_stop: int | None = None
        self._is_closed = False
        self._news = asyncio.Event()
        self._drawing = asyncio.Lock()
        self._drawn: dict[str, tuple[str, str]] = {}
        self._rests_until = 0.0

    async def follow(self, is_over: Callable[[], bool]) -> None:
        """Look at the run a few times a second, until it is over for us; then end every stream."""
        while not is_over():
            await asyncio.sleep(_LOOK)
            sight = await asyncio.to_thread(live.look, self.run, self._sight)
            if sight is self._sight:
                continue
            self._sight = sight
            self._tell()
        self._is_closed = True
        self._tell()

    async def events(self) -> AsyncIterator[str]:
        """The stream of server-sent events for one listener: the state at once, and again when it changes.

        Their data are JSON: ``{"version": str, "state": str, "has_model": bool, "cluster": str}``.
        """
        yield "retry: 1000\n\n"
        told = ""
        while not self._is_closed:
            news, message = self._news, self._message()
            yield f"data: {message}\n\n" if message != told else ": still here\n\n"
            told = message
            try:
                await asyncio.wait_for(news.wait(), _HEARTBEAT)
            except TimeoutError:
                continue

    async def page(self) -> str:
        """The whole page, of the version at hand or a later one."""
        bar = Template((_PACKAGE / "watch.html").read_text())
        version = self._sight.version
        return await self._draw("page", lambda run: html.page(run, bar.substitute(version=version)))

    async def body(self) -> str:
        """The inside of the page's `<main>`, of the version at hand or a later one."""
        return await self._draw("body", html.body)

    def stop(self) -> int:
        """As `live.stop`, but a process is told only once."""
        if self._told_to_stop is None or self._told_to_stop != self._sight.process:
            self._told_to_stop = live.stop(self.run)
            self._tell()
        return self._told_to_stop

    def _message(self) -> str:
        sight = self._sight
        is_stopping = sight.process is not None and sight.process == self._told_to_stop
        state = "stopping" if is_stopping else sight.state
        return json.dumps(
            {
                "version": sight.version,
                "state": state,
                "has_model": sight.has_model,
                "cluster": sight.cluster,
            }
        )

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _draw(self, name: str, draw: Callable[[Path], str]) -> str:
        """What `draw` makes of the run, kept for as long as its files stay the same."""
        loop = asyncio.get_running_loop()
        async with self._drawing:
            version, text = self._drawn.get(name, ("", ""))
            if version == self._sight.version:
                return text
            # The run shares its cores with us: we rest for as long as we worked.
            await asyncio.sleep(self._rests_until - loop.time())
            version, began = self._sight.version, loop.time()
            text = await asyncio.to_thread(_drawn, draw, self.run)
            self._drawn[name] = version, text
            ended = loop.time()
            self._rests_until = ended + (ended - began)
            return text


def _drawn(draw: Callable[[Path], str], run: Path) -> str:
    """What `draw` gives, or in its place why there is nothing to show."""

    def work() -> str:
        try:
            return draw(run)
        except HonedError as error:
            return f"<p>{escape(str(error))}</p>"

    failures: list[str] = []
    page = optional("The page", work, "", failures.append)
    return page or "".join(f"<p>{escape(sentence)}</p>" for sentence in failures)


class _Guard:
    """Lets only requests to the right host through, from no other site, with the token and a fitting method."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
        if port == 80:  # which browsers leave out
            self._hosts |= {HOST, "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, send_safely)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            return PlainTextResponse("This server answers only under the address that it printed.", 421)
        origin = headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return PlainTextResponse("Another site's page may not ask here.", 403)
        parts = scope["path"].split("/")
        token = "".join(parts[1:2])  # `OPTIONS *` and `CONNECT` name no path
        if not secrets.compare_digest(token.encode(), self._token):
            return PlainTextResponse("There is nothing at this address.", 404)
        method = "POST" if parts[2:] == ["stop"] else "GET"
        if scope["method"] != method:
            return PlainTextResponse(f"Only {method} is answered here.", 405, {"Allow": method})
        return None


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"Port {port} cannot be had: {error.strerror}. Leave --port out, and a free one is taken."
        ) from None
    listener.listen()
    return listener
