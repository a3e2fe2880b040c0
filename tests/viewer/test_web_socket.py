"""What a viewer says to browsers over its socket, and what it takes from them."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from socket import gethostname
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import aiohttp
import pytest
import torch
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer.web import server
from muscle_viewer.viewer.web.link import MOST_UNDER_WAY, QUALITIES, Link
from PIL import Image
from served import Served

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (lambda a: a.split("?")[0], {}),
        (lambda a: a[:-3] + "abc", {}),
        (lambda a: a, {"Origin": "http://elsewhere.example"}),
        (lambda a: a.replace("/?", "/drop?") + "x", {}),
    ],
)
def test_without_the_token_or_from_another_site_nothing_is_served(
    served: Served, address: Callable[[str], str], headers: dict[str, str]
) -> None:
    where = address(served.address)
    body = b"x" if "/drop" in where else None
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(where, data=body, headers=headers))
    assert refused.value.code == 403
    said = refused.value.read().decode()
    assert said.count("\n") == 1 and "walk" not in said


def test_a_link_that_does_not_acknowledge_gets_no_more_pictures(served: Served) -> None:
    async def listen() -> tuple[list[int], list[int]]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(served.socket(), max_msg_size=0) as slow,
            session.ws_connect(served.socket(), max_msg_size=0) as quick,
        ):
            numbers: dict[str, list[int]] = {"slow": [], "quick": []}
            while len(numbers["quick"]) < 8:  # the simulation plays
                message = await quick.receive()
                if message.type is aiohttp.WSMsgType.BINARY:
                    numbers["quick"].append(int.from_bytes(message.data[:4], "little"))
                    shown = {"type": "shown", "number": numbers["quick"][-1]}
                    await quick.send_str(json.dumps(shown))
            try:
                while True:
                    message = await asyncio.wait_for(slow.receive(), 0.5)
                    if message.type is aiohttp.WSMsgType.BINARY:
                        numbers["slow"].append(int.from_bytes(message.data[:4], "little"))
            except TimeoutError:
                return numbers["slow"], numbers["quick"]

    slow, quick = asyncio.run(listen())
    assert len(slow) == MOST_UNDER_WAY and len(quick) == 8
    assert set(slow) & set(quick)  # both see the same session


def test_nonsense_from_a_browser_is_passed_over(served: Served) -> None:
    events = [
        "", "[]", "{", "null", '{"type": "move", "x": 1e999, "y": "a"}', '{"type": "key", "code": 5, "down": 1}',
        '{"type": "key", "code": "__class__", "down": true}', '{"type": "size", "width": -5, "height": 1e9}',
        '{"type": "button", "button": "left"}', '{"type": "open", "path": "/etc/passwd"}', '{"type": "shown"}',
        '{"type": "wheel", "x": null}', '{"type": "text", "text": {"a": 1}}', "[" * 100_000, '{"type": {}}',
        '{"type": "size", "width": 1000000, "height": 5}', '{"type": "button", "button": [], "down": true}',
        '{"type": "move", "x": 1' + 400 * "0" + ', "y": 1}', '{"type": "text", "text": "\\ud83d"}',
        '{"type": "paste", "text": "\\ud83d"}',
    ]  # fmt: skip

    async def say() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(served.socket(), max_msg_size=0) as socket,
        ):
            for event in events:
                await socket.send_str(event)
            await socket.send_str('{"type": "size", "width": 900, "height": 600}')
            while True:
                message = await asyncio.wait_for(socket.receive(), 30)
                if message.type is not aiohttp.WSMsgType.BINARY:
                    continue
                shown = Image.open(io.BytesIO(message.data[4:])).size
                event = {"type": "shown", "number": int.from_bytes(message.data[:4], "little")}
                await socket.send_str(json.dumps(event))
                if shown == (900, 600):
                    return

    before = served.ask("title")
    asyncio.run(say())
    assert served.process.poll() is None and served.ask("title") == before


@pytest.mark.parametrize(
    ("density", "size"),
    [(1, (800, 500)), (2, (1600, 1000)), (4, (1960, 1225)), (0.5, (800, 500)), (-1, (800, 500)), (10**400, (800, 500))],
)  # fmt: skip
def test_a_dense_screen_gets_more_pixels_as_far_as_they_are_drawn_in_time(
    served: Served, density: float, size: tuple[int, int]
) -> None:
    async def watch() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(served.socket(), max_msg_size=0) as socket,
        ):
            page = {"type": "size", "width": 800, "height": 500, "density": density}
            await socket.send_str(json.dumps(page))
            await shown(socket, size)

    asyncio.run(watch())


async def shown(socket: Any, size: tuple[int, int]) -> None:
    """Take pictures until one has the size."""
    while True:
        message = await asyncio.wait_for(socket.receive(), 30)
        if message.type is aiohttp.WSMsgType.BINARY:
            number = int.from_bytes(message.data[:4], "little")
            await socket.send_str(json.dumps({"type": "shown", "number": number}))
            if Image.open(io.BytesIO(message.data[4:])).size == size:
                return


def test_a_picture_has_the_size_of_the_page_that_is_left(served: Served) -> None:
    async def sized(socket: Any, width: int, height: int) -> None:
        await socket.send_str(json.dumps({"type": "size", "width": width, "height": height}))
        await shown(socket, (width, height))

    async def watch() -> None:
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(served.socket(), max_msg_size=0) as first:
                await sized(first, 800, 500)
                async with session.ws_connect(served.socket(), max_msg_size=0) as second:
                    await sized(second, 640, 480)
                await shown(first, (800, 500))

    asyncio.run(watch())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("walk.pt", "walk.pt"), ("../a/b.pt", "b.pt"), ("..", "dropped"), ("", "dropped"), ("a%00b.pt", "ab.pt"),
        (90 * "走" + ".pt", 65 * "走" + ".pt"),
        ("x" * 300 + ".mvrun", "x" * 194 + ".mvrun"), ("." + "y" * 300, "." + "y" * 199),
    ],
)  # fmt: skip
def test_dropped_files_keep_their_endings_and_are_no_larger_than_the_limit(
    given: str, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LARGEST_FILE", 100_000)
    one = server.Server("127.0.0.1", 0)
    try:
        where = one.address.replace("/?", "/drop?") + f"&name={quote(given, safe='%')}"
        urlopen(Request(where, data=b"x" * 100_000))
        path = Path(one.events.get(timeout=10)["path"])
        assert path.name == kept and path.stat().st_size == 100_000
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(where, data=b"x" * 100_001))
        assert refused.value.code == 413
        assert list(Path(one.uploads.name).iterdir()) == [path.parent]
    finally:
        one.close()


def test_an_address_for_other_machines_has_a_name_that_they_know() -> None:
    for host, local, name in (
        ("0.0.0.0", False, gethostname()),
        ("127.0.0.1", True, "127.0.0.1"),
        ("localhost", True, "localhost"),
    ):
        one = server.Server(host, 0)
        try:
            assert one.is_local is local and one.address.startswith(f"http://{name}:{one.port}/")
        finally:
            one.close()
    with pytest.raises(server.WebError, match="--host: is empty"):
        server.Server("", 0)


def test_the_quality_follows_the_link() -> None:
    link, now = Link(), 0.0

    def acknowledge(count: int, delay: float) -> None:
        nonlocal now
        for k in range(count):
            link.note_sent(k, now)
            now += delay
            link.note_shown(k, now)

    acknowledge(100, 0.5)
    assert link.quality == QUALITIES[0]
    acknowledge(100, 0.02)
    assert link.quality == QUALITIES[-1]
    for k in range(MOST_UNDER_WAY):
        assert link.is_ready
        link.note_sent(1000 + k, now)
    assert not link.is_ready
    link.note_shown(1000 + MOST_UNDER_WAY - 1, now)  # and so all before
    assert link.is_ready


def test_a_training_run_is_watched_and_sigterm_ends_the_server_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, temporary = tmp_path / "runs" / "walk", tmp_path / "temporary"
    run.mkdir(parents=True)
    temporary.mkdir()
    (run / "state.pt").write_bytes(b"")
    shutil.copy(checkpoints_folder() / "walk.pt", run / "latest.pt")
    monkeypatch.setenv("TMPDIR", str(temporary))
    server = Served(tmp_path, run)

    async def watch() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(server.socket(), max_msg_size=0) as socket,
        ):

            async def shown_until(holds: Callable[[], bool]) -> None:
                while not holds():
                    message = await asyncio.wait_for(socket.receive(), 60)
                    if message.type is aiohttp.WSMsgType.BINARY:
                        number = int.from_bytes(message.data[:4], "little")
                        await socket.send_str(json.dumps({"type": "shown", "number": number}))

            await shown_until(lambda: server.ask("time") > 0.1)
            newer = torch.load(run / "latest.pt", weights_only=True)
            newer["policy"]["log_std"] = newer["policy"]["log_std"] + 0.01
            torch.save(newer, run / "latest.pt")
            await shown_until(
                lambda: any("changed on disk" in text for text in server.ask("notifications"))
            )

    asyncio.run(watch())
    assert list(temporary.glob("muscle-viewer-*"))
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=60) == 0
    assert not list(temporary.glob("muscle-viewer-*"))
