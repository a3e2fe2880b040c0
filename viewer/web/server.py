"""The web server: one page, and a WebSocket with pictures one way and input the other. It has a thread of its own."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import queue
import secrets
import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.web.link import Link

PAGE = Path(__file__).with_name("page")
FILES = {"/": "index.html", "/viewer.js": "viewer.js", "/viewer.css": "viewer.css"}
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
LARGEST_MESSAGE = 1 << 20
"""Bytes of a message from a browser."""
LARGEST_FILE = 1 << 29
"""Bytes of a dropped file."""
LONGEST_NAME = 200
"""Bytes of its name."""
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'",
}


class WebError(UserError):
    """The page cannot be served."""


class Client:
    """One browser."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.link = Link()
        self.outgoing: asyncio.Queue[bytes | str] = asyncio.Queue()


class Server:
    """Serves the page to those who know the token. Its methods are for another thread than its own."""

    def __init__(self, host: str, port: int) -> None:
        self.token = secrets.token_urlsafe(16)
        if not host:
            raise WebError("--host: is empty; give an address of this machine, such as 127.0.0.1")
        self.host, self.port = host, port
        self.events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        """What the browsers say; `type` is `open`, `joined` or `left` for the server's own words."""
        self.changed = threading.Event()
        """Set when something was said or a browser can take a picture again."""
        self.uploads = tempfile.TemporaryDirectory(prefix="muscle-viewer-")
        self._clients: dict[int, Client] = {}
        self._next = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="web server", daemon=True
        )
        self._thread.start()
        try:
            self._runner = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        except OSError as error:
            self._stop()
            raise WebError(
                f"--web: {host}:{port}: {error.strerror or error}; give another --port or --host"
            ) from None

    @property
    def address(self) -> str:
        """What to open in a browser."""
        host = self.host
        if host in ("0.0.0.0", "::"):  # every address of this machine, which has a name
            host = socket.gethostname()
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}/?token={self.token}"

    @property
    def is_local(self) -> bool:
        """Whether other machines cannot reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_watched(self) -> bool:
        """Whether a browser is connected."""
        return bool(self._clients)

    def ready(self) -> dict[int, int]:
        """The browsers that take a picture now, and their qualities."""
        clients = dict(self._clients)
        return {
            name: client.link.quality for name, client in clients.items() if client.link.is_ready
        }

    def send_picture(self, name: int, number: int, jpeg: bytes) -> None:
        """Send a picture to a browser; if it is gone, nothing happens."""
        client = self._clients.get(name)
        if client is not None:
            client.link.note_sent(number, time.perf_counter())
            self._put(client, struct.pack("<I", number) + jpeg)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message to all browsers."""
        text = json.dumps(message)
        for client in dict(self._clients).values():
            self._put(client, text)

    def close(self) -> None:
        """Say good-bye to all browsers and stop."""
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(timeout=5)
        self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self.uploads.cleanup()

    def _put(self, client: Client, message: bytes | str) -> None:
        self._loop.call_soon_threadsafe(client.outgoing.put_nowait, message)

    def _say(self, event: dict[str, Any]) -> None:
        self.events.put(event)
        self.changed.set()

    async def _start(self) -> web.AppRunner:
        app = web.Application(client_max_size=LARGEST_FILE)
        app.on_response_prepare.append(_add_headers)
        for path in FILES:
            app.router.add_get(path, self._page)
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/drop", self._drop)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, self.host, self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner

    def _check(self, request: web.Request) -> None:
        """Refuse a request without the token, or one that another site's page makes."""
        given = request.query.get("token", "").encode(errors="replace")
        if not hmac.compare_digest(given, self.token.encode()):
            raise web.HTTPForbidden(
                text="This address lacks the token. Open the whole address that muscle-viewer --web printed.\n"
            )
        origin = request.headers.get("Origin")
        if origin is not None and origin.split("://")[-1] != request.host:
            raise web.HTTPForbidden(text="This page belongs to another site.\n")

    async def _page(self, request: web.Request) -> web.Response:
        name = FILES[request.path]
        if name.endswith(".html"):
            self._check(request)  # scripts and styles hold no secret
        body = (PAGE / name).read_text(encoding="utf-8")
        return web.Response(text=body, content_type=TYPES[Path(name).suffix])

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        self._check(request)
        socket = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE, heartbeat=20.0, compress=False)
        await socket.prepare(request)
        client, name = Client(socket), self._next
        self._next += 1
        self._clients[name] = client
        sender = asyncio.ensure_future(_send(client))
        self._say({"type": "joined", "client": name})
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._hear(client, name, message.data)
        finally:
            sender.cancel()
            del self._clients[name]
            self._say({"type": "left", "client": name})
        return socket

    def _hear(self, client: Client, name: int, text: str) -> None:
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(event, dict):
            return
        if event.get("type") == "shown":
            number = event.get("number")
            if isinstance(number, int):
                client.link.note_shown(number, time.perf_counter())
                self.changed.set()
        elif event.get("type") not in ("joined", "left", "open"):
            self._say({**event, "client": name})

    async def _drop(self, request: web.Request) -> web.Response:
        """A file that was dropped on the page: kept in a folder of this run, and opened."""
        self._check(request)
        folder = Path(tempfile.mkdtemp(dir=self.uploads.name))
        path = folder / _file_name(request.query.get("name", ""))
        is_whole = False
        try:
            with path.open("wb") as file:
                async for part in request.content.iter_chunked(1 << 16):
                    file.write(part)
                    if file.tell() > LARGEST_FILE:
                        raise web.HTTPRequestEntityTooLarge(LARGEST_FILE, file.tell())
            is_whole = True
        except OSError as error:  # the page has gone, or the disk is full
            raise web.HTTPInsufficientStorage(text=f"{error.strerror or error}\n") from None
        finally:
            if not is_whole:
                shutil.rmtree(folder, ignore_errors=True)
        self._say({"type": "open", "path": str(path)})
        return web.Response(text="")


def _file_name(given: str) -> str:
    """A name for a file of this one's ending; at most LONGEST_NAME bytes long."""
    name = Path(given.replace("\0", "")).name
    stem, ending = (Path(name).stem, Path(name).suffix) if name != ".." else ("", "")
    room = LONGEST_NAME - len(ending.encode(errors="ignore"))
    if room < 1:
        return "dropped"
    stem = stem.encode(errors="ignore")[:room].decode(errors="ignore")
    return f"{stem or 'dropped'}{ending.encode(errors='ignore').decode()}"


async def _send(client: Client) -> None:
    """Send what waits, in order."""
    while True:
        message = await client.outgoing.get()
        try:
            if isinstance(message, bytes):
                await client.socket.send_bytes(message)
            else:
                await client.socket.send_str(message)
        except (ConnectionError, RuntimeError):
            return


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
