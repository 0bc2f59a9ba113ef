from __future__ import annotations

import asyncio
import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from honed.errors import InputError, RunError
from honed.report import html, live, watch
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.run.journal import read as events_of

PATIENCE = 60  # seconds until a test that waits for the server gives up
ALLOWED = {"": "GET", "body": "GET", "events": "GET", "watch.js": "GET", "nothing": "GET", "stop": "POST"}

# Works on the run, and counts how often it is told to stop.
HOLDER = """
import signal, sys
from pathlib import Path
from honed.run.folder import RunFolder

def end(*_):
    sys.exit(5)

signal.signal(signal.SIGINT, lambda *_: print("told", flush=True))
signal.signal(signal.SIGTERM, end)
folder = RunFolder.open(Path(sys.argv[1]))
folder.lock()
print("works", flush=True)
while True:
    signal.pause()
"""


class Client:
    """Asks one server, as a browser does or as one should not."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.port, self.base = parts.hostname or "", parts.port or 0, parts.path

    def open(
        self,
        path: str = "",
        method: str = "GET",
        headers: dict[str, str] | None = None,
        *,
        base: str | None = None,
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        connection.request(method, (self.base if base is None else base) + path, headers=headers or {})
        return connection.getresponse()

    def ask(
        self,
        path: str = "",
        method: str = "GET",
        headers: dict[str, str] | None = None,
        *,
        base: str | None = None,
    ) -> tuple[int, str]:
        """Status and text."""
        with self.open(path, method, headers, base=base) as answer:
            return answer.status, answer.read().decode()


class Stream:
    """The events of a server, one after the other."""

    def __init__(self, client: Client) -> None:
        self.answer = client.open("events")

    def next(self) -> dict:
        for line in self.answer:
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        raise EOFError

    def until(self, **wanted: object) -> dict:
        """The first event that says so."""
        while not wanted.items() <= (event := self.next()).items():
            pass
        return event


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that nobody works on."""
    path = tmp_path / "run"
    RunFolder.create(path, {}).close()
    Journal.create(path / "journal.jsonl", {}).close()
    return path


@pytest.fixture(autouse=True)
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pages that show the number of events, and what was drawn so far."""
    drawn = []

    def body(run: Path) -> str:
        drawn.append("body")
        return f"<p>{len(events_of(run / 'journal.jsonl'))} events</p>"

    def page(run: Path, extra: str = "") -> str:
        return f'<html><body><main id="page">{body(run)}</main>{extra}</body></html>'

    monkeypatch.setattr(html, "body", body)
    monkeypatch.setattr(html, "page", page)
    return drawn


@pytest.fixture
def client(run: Path) -> Iterator[Client]:
    """Asks a server that runs until the test ends."""
    site = watch.Site(run)
    thread = Thread(target=site.serve)
    thread.start()
    yield Client(site.address)
    site.close()
    thread.join()


@pytest.fixture
def worker(run: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that works on the run."""
    words = [sys.executable, "-c", HOLDER, str(run)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "works\n"
        yield process
        process.kill()


def note(run: Path, kind: str) -> None:
    with Journal.open(run / "journal.jsonl") as journal:
        journal.event(kind)


def test_the_page_is_served_with_its_live_part(client: Client) -> None:
    status, text = client.ask()
    assert status == 200
    assert '<main id="page"><p>1 events</p></main>' in text
    assert '<script src="watch.js" defer></script>\n</body>' in text
    status, script = client.ask("watch.js")
    assert status == 200
    assert "EventSource" in script
    assert client.ask("body") == (200, "<p>1 events</p>")


@pytest.mark.parametrize("path", ["", "body", "events", "watch.js", "stop"])
def test_without_the_token_there_is_nothing(client: Client, path: str) -> None:
    token = client.base.strip("/")
    assert len(token) >= 32
    for base in (
        "/",
        "//",
        "/wrong/",
        f"/{token[:-1]}/",
        f"/{token}x/",
        f"/x/{token}/",
        f"/{token.upper()}/",
    ):
        for method in ("GET", "POST"):
            assert client.ask(path, method, base=base)[0] == 404


def test_two_servers_have_two_tokens(run: Path) -> None:
    one, other = watch.Site(run), watch.Site(run)
    assert urlsplit(one.address).path != urlsplit(other.address).path
    assert urlsplit(one.address).port != urlsplit(other.address).port


def test_a_foreign_host_is_refused(client: Client) -> None:
    port = client.port
    for host in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1",
        f"127.0.0.1:{port + 1}",
        f"127.0.0.2:{port}",
    ):
        assert client.ask(headers={"Host": host})[0] == 421, host
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert client.ask(headers={"Host": host})[0] == 200, host


def test_a_foreign_origin_is_refused(client: Client, worker: subprocess.Popen[str]) -> None:
    port = client.port
    foreign = ("http://evil.example", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}", "null", "")
    for origin in foreign:
        assert client.ask(headers={"Origin": origin})[0] == 403, origin
        assert client.ask("stop", "POST", {"Origin": origin})[0] == 403, origin
    assert client.ask("stop", "POST", {"Origin": f"http://localhost:{port}"})[0] == 202


@pytest.mark.parametrize("path", ALLOWED)
def test_other_methods_are_not_allowed(client: Client, path: str) -> None:
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - {ALLOWED[path]}:
        with client.open(path, method) as answer:
            assert (answer.status, answer.headers["Allow"]) == (405, ALLOWED[path]), method


def test_every_answer_is_kept_from_caches_frames_and_other_sites(client: Client) -> None:
    answers = [
        client.open(),
        client.open("body"),
        client.open("events"),
        client.open("watch.js"),
        client.open("nothing"),
        client.open("stop", "POST"),
        client.open("stop"),
        client.open(base="/"),
        client.open(headers={"Host": "evil.example"}),
        client.open(headers={"Origin": "http://evil.example"}),
    ]
    assert [a.status for a in answers] == [200, 200, 200, 200, 404, 409, 405, 404, 421, 403]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "://" not in policy and "*" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Server"] is None
        answer.close()


def test_the_stream_tells_of_every_change_to_all_who_listen(client: Client, run: Path) -> None:
    streams = [Stream(client), Stream(client)]
    assert streams[0].answer.headers["Content-Type"].startswith("text/event-stream")
    first = [stream.next() for stream in streams]
    assert (
        first[0]
        == first[1]
        == {"version": first[0]["version"], "state": "interrupted", "has_model": False, "cluster": ""}
    )
    note(run, "model")
    second = [stream.next() for stream in streams]
    assert second[0] == second[1]
    assert second[0]["version"] != first[0]["version"]
    assert client.ask("body")[1] == "<p>2 events</p>"
    streams.pop().answer.close()
    note(run, "done")
    third = streams[0].next()
    assert third["version"] not in (first[0]["version"], second[0]["version"])
    assert third["state"] == "finished"


@pytest.mark.parametrize("name", ["summary.json", "findings.json", "trials.json"])
def test_the_stream_tells_of_other_files_of_the_page(client: Client, run: Path, name: str) -> None:
    stream = Stream(client)
    version = stream.next()["version"]
    (run / name).write_text("{}")
    assert stream.next()["version"] != version


def test_a_silent_stream_says_that_it_is_alive(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_HEARTBEAT", 0.01)
    lines = iter(client.open("events"))
    assert any(line.startswith(b":") for line in lines)


def test_the_end_of_the_server_ends_every_stream(run: Path) -> None:
    site = watch.Site(run)
    thread = Thread(target=site.serve)
    thread.start()
    stream = Stream(Client(site.address))
    stream.next()
    site.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    with pytest.raises(EOFError):
        stream.next()


def test_the_page_is_drawn_once_for_each_version(client: Client, run: Path, drawings: list[str]) -> None:
    stream = Stream(client)
    stream.next()
    for _ in range(3):
        client.ask("body")
    assert len(drawings) == 1
    note(run, "model")
    stream.next()
    assert client.ask("body") == client.ask("body") == (200, "<p>2 events</p>")
    assert len(drawings) == 2


def test_what_cannot_be_shown_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def body(run: Path) -> str:
        raise RunError("line 3 of <b> is damaged")

    monkeypatch.setattr(html, "body", body)
    assert client.ask("body") == (200, "<p>line 3 of &lt;b&gt; is damaged</p>")


def test_a_page_that_fails_is_said_and_the_next_one_is_there(
    client: Client, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = html.body
    monkeypatch.setattr(html, "body", lambda run: 1 / 0)
    assert client.ask("body") == (
        200,
        "<p>The page is left out, as it failed: ZeroDivisionError: division by zero.</p>",
    )
    monkeypatch.setattr(html, "body", drawn)
    note(run, "model")
    Stream(client).until(version=live.look(run).version)
    assert client.ask("body") == (200, "<p>2 events</p>")


@pytest.mark.parametrize(
    "line",
    [
        b"OPTIONS * HTTP/1.1",
        b"CONNECT example.com:443 HTTP/1.1",
        b"CONNECT 127.0.0.1:80 HTTP/1.1",
        b"GET http://example.com/ HTTP/1.1",
        b"GET // HTTP/1.1",
        b"GET /%ff%00/%2e%2e/ HTTP/1.1",
        b"GET /\xff HTTP/1.1",
        b"GET nothing HTTP/1.1",
        b"GET ?query HTTP/1.1",
        b"BREW / HTTP/1.1",
        b"nonsense",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_an_odd_request_is_refused_without_a_trace(
    client: Client, line: bytes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection((client.host, client.port), timeout=PATIENCE) as asked:
        host = f"{client.host}:{client.port}".encode()
        asked.sendall(line + b"\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := asked.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 4")
    assert "Traceback" not in capfd.readouterr().err + caplog.text
    assert client.ask()[0] == 200


def test_events_go_on_while_a_page_is_drawn(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drawing waits for an event that it would hold up if it were in its way."""

    async def story() -> None:
        watcher = watch.Watcher(run)
        loop, seen, is_over, told = asyncio.get_running_loop(), asyncio.Event(), False, set()

        def body(run: Path) -> str:
            note(run, "model")
            asyncio.run_coroutine_threadsafe(seen.wait(), loop).result(PATIENCE)
            return "drawn"

        async def listen() -> None:
            async for event in watcher.events():
                told.add(event)
                if len(told) == 3:  # how to come back, the state at once, and the change
                    seen.set()

        monkeypatch.setattr(html, "body", body)
        async with asyncio.TaskGroup() as group:
            group.create_task(watcher.follow(lambda: is_over))
            group.create_task(listen())
            assert await watcher.body() == "drawn"
            is_over = True

    asyncio.run(story())


def test_stop_tells_the_process_once(client: Client, worker: subprocess.Popen[str], run: Path) -> None:
    stream = Stream(client)
    assert stream.until(state="live")["has_model"] is False
    status, text = client.ask("stop", "POST")
    assert status == 202
    assert str(worker.pid) in text
    assert stream.next()["state"] == "stopping"
    assert worker.stdout and worker.stdout.readline() == "told\n"
    assert client.ask("stop", "POST")[0] == 202
    note(run, "stopped")
    worker.terminate()
    assert worker.stdout.read() == ""
    assert worker.wait() == 5
    assert stream.until(state="stopped")
    assert client.ask("stop", "POST")[0] == 409


def test_with_nobody_at_work_stop_says_so(client: Client) -> None:
    status, text = client.ask("stop", "POST")
    assert status == 409
    assert "Nobody works on" in text


def test_a_resumed_run_can_be_stopped_again(client: Client, run: Path) -> None:
    stream = Stream(client)
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, run], stdout=subprocess.PIPE, text=True
        ) as process:
            stream.until(state="live")
            assert client.ask("stop", "POST")[0] == 202
            assert process.stdout and process.stdout.read(11) == "works\ntold\n"
            process.terminate()
        stream.until(state="interrupted")


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        watch.serve(tmp_path / "nothing")


def test_a_port_that_is_taken_is_named(run: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=f"Port {port} cannot be had"):
            watch.serve(run, port)


@pytest.mark.parametrize("library", ["starlette", "uvicorn"])
def test_without_the_extra_its_name_is_said(run: Path, library: str) -> None:
    code = f"import sys; sys.modules[{library!r}] = None; from honed import cli; cli.main(['watch', {str(run)!r}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert library in done.stderr
    assert "pip install 'honed[watch]'" in done.stderr


def test_ctrl_c_ends_the_command_with_0(run: Path) -> None:
    words = [sys.executable, "-m", "honed", "watch", str(run)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        client = Client(process.stdout.readline().strip())
        stream = Stream(client)
        stream.next()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "")
