"""The viewer in a real browser: Debian's Chromium, driven without a display."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import gethostname
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import aiohttp
import numpy as np
import pytest
import torch
from chromium import chromium
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer.web import server
from muscle_viewer.viewer.web.link import MOST_UNDER_WAY, QUALITIES, Link
from PIL import Image

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent


class Served:
    """A viewer that serves its window, in a process of its own."""

    def __init__(self, folder: Path, *path: Path) -> None:
        without_display = {k: v for k, v in os.environ.items() if "DISPLAY" not in k}
        self.process = subprocess.Popen(
            [sys.executable, "web_session.py", *map(str, path)], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**without_display, "XDG_CONFIG_HOME": str(folder)},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # whatever ran the tests
        )  # fmt: skip
        self.said: list[str] = []
        while not (self.said and self.said[-1].startswith("http")):
            line = self._read()
            assert line, "the server ended"
            self.said.append(line.strip())
        self.address = self.said[-1]

    def _read(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def ask(self, question: str) -> Any:
        assert self.process.stdin
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return json.loads(self._read())

    def socket(self) -> str:
        return self.address.replace("/?", "/socket?")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("web"))
    yield server
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def browser(served: Served) -> Iterator[Any]:
    with chromium(served.address) as shown:
        yield shown


def until(holds: Callable[[], Any], seconds: float = 30) -> Any:
    """What a condition comes to; the time is only a bound for a test that fails."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
    return found


def number(browser: Any) -> int:
    """Of the picture that the page shows."""
    return int(
        browser.execute_script("return document.getElementById('picture').dataset.number ?? 0")
    )


def picture(browser: Any) -> np.ndarray:
    data = browser.execute_script(
        "return document.getElementById('picture').toDataURL('image/png')"
    )
    image = Image.open(io.BytesIO(base64.b64decode(data.split(",")[1])))
    return np.asarray(image.convert("RGB")).astype(int)


def press(browser: Any, keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(keys).perform()


def settled(value: Callable[[], Any], wait: float = 1.0) -> Any:
    """A value once it has stayed the same for a while, s."""

    def stays() -> bool:
        nonlocal last
        before, last = last, value()
        time.sleep(wait)
        return bool(before == last)

    last = value()
    until(stays)
    return last


def state(served: Served, wanted: str) -> None:
    until(lambda: served.ask("state") == wanted)


def test_the_page_shows_the_character_at_the_size_of_the_page(served: Served, browser: Any) -> None:
    until(lambda: number(browser) > 3)
    size = browser.execute_script("return [innerWidth, innerHeight]")
    until(lambda: list(picture(browser).shape[1::-1]) == size)
    assert browser.title == "walk.pt - Muscle Viewer"
    until(lambda: served.ask("time") > 0.5)
    shown = picture(browser)
    middle = shown[30:400, 240:800]
    bones = (middle[..., 0] - middle[..., 2] > 8) & (middle.sum(axis=2) > 300)
    assert 0.005 < bones.mean() < 0.3


def test_keys_pause_and_play_and_a_click_selects_the_muscle_under_it(
    served: Served, browser: Any
) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    state(served, "PLAYING")
    press(browser, " ")
    state(served, "PAUSED")
    press(browser, "1")
    settled(lambda: number(browser))  # the camera comes to rest
    size = browser.execute_script("return [innerWidth, innerHeight]")
    x, y = served.ask("where vaslat_r")
    canvas = browser.find_element("id", "picture")
    ActionChains(browser).move_to_element_with_offset(
        canvas, round(x - size[0] / 2), round(y - size[1] / 2)
    ).click().perform()
    (chosen,) = until(lambda: served.ask("selection"))
    assert chosen[-2:] in ("_r", "_l")


def test_shift_and_a_drag_select_by_a_rectangle(served: Served, browser: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    state(served, "PAUSED")
    settled(lambda: number(browser))
    size = browser.execute_script("return [innerWidth, innerHeight]")
    yaw = served.ask("yaw")
    x, y = served.ask("where soleus_r")
    canvas = browser.find_element("id", "picture")
    begin = round(x - size[0] / 2 - 30), round(y - size[1] / 2 - 20)
    drag = ActionChains(browser).move_to_element_with_offset(canvas, *begin).key_down(Keys.SHIFT)
    drag.click_and_hold().pause(0.5).move_by_offset(70, 50).pause(0.5).release()
    drag.key_up(Keys.SHIFT).perform()
    chosen = until(lambda: len(served.ask("selection")) > 1 and served.ask("selection"))
    assert {"soleus_r", "gasmed_r"} <= set(chosen) and "glmax1_r" not in chosen
    assert served.ask("yaw") == yaw


def test_the_wheel_comes_closer(served: Served, browser: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    before = served.ask("distance")
    canvas = browser.find_element("id", "picture")
    origin = ScrollOrigin.from_element(canvas, 0, -80)
    ActionChains(browser).scroll_from_origin(origin, 0, -300).perform()
    until(lambda: served.ask("distance") < 0.9 * before)


def test_f6_gives_the_keyboard_to_a_panel_and_not_to_the_browser(
    served: Served, browser: Any
) -> None:
    from selenium.webdriver.common.keys import Keys

    state(served, "PAUSED")
    press(browser, Keys.F6)
    first = until(lambda: served.ask("keyboard"))
    press(browser, Keys.F6)
    second = until(lambda: served.ask("keyboard") != first and served.ask("keyboard"))
    assert first and second
    press(browser, Keys.ESCAPE)
    until(lambda: served.ask("keyboard") == "")
    assert browser.execute_script("return document.hasFocus()")


def test_a_view_is_saved_under_the_name_that_is_typed(served: Served, browser: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    ActionChains(browser).key_down(Keys.CONTROL).send_keys("p").key_up(Keys.CONTROL).perform()
    until(lambda: served.ask("palette"))
    settled(lambda: number(browser))
    press(browser, "save the view")
    settled(lambda: number(browser))
    press(browser, Keys.ENTER)
    until(lambda: not served.ask("palette"))
    settled(lambda: number(browser))
    press(browser, "left knee")
    settled(lambda: number(browser))
    press(browser, Keys.ENTER)
    until(lambda: served.ask("views") == ["left knee"])
    assert served.ask("state") == "PAUSED"


def test_e_shows_sixteen_environments_and_a_click_opens_one(served: Served, browser: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    state(served, "PAUSED")
    press(browser, "e")
    until(lambda: served.ask("crowd") == 16, 120)
    press(browser, " ")  # they stand
    settled(lambda: number(browser))
    canvas = browser.find_element("id", "picture")
    ActionChains(browser).move_to_element_with_offset(canvas, 0, -60).click().perform()
    until(lambda: served.ask("crowd") == 0, 120)
    until(lambda: served.ask("state") == "PLAYING", 60)  # the chosen one, once it is loaded
    press(browser, " ")
    state(served, "PAUSED")


def test_nothing_is_sent_while_nothing_moves(served: Served, browser: Any) -> None:
    state(served, "PAUSED")
    before = settled(lambda: number(browser))
    assert served.ask("state") == "PAUSED"
    press(browser, " ")
    until(lambda: number(browser) > before + 3)


def test_a_closed_tab_leaves_the_session_as_it_was(served: Served, browser: Any) -> None:
    state(served, "PLAYING")
    browser.get("about:blank")
    before = settled(lambda: served.ask("time"))
    browser.get(served.address)
    until(lambda: served.ask("time") > before)
    assert served.ask("time") < before + 30


def test_text_typed_into_a_field_is_text_and_no_command(served: Served, browser: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    state(served, "PLAYING")
    ActionChains(browser).key_down(Keys.CONTROL).send_keys("p").key_up(Keys.CONTROL).perform()
    time.sleep(1.0)
    press(browser, "sol r")  # r would reset, the space bar would pause
    until(lambda: served.ask("search") == "sol r")
    browser.execute_script(
        """
        const copied = new DataTransfer();
        copied.setData("text", "ecfem");
        dispatchEvent(new ClipboardEvent("paste", { clipboardData: copied }));
        """
    )
    until(lambda: served.ask("search") == "sol recfem")
    browser.execute_script(
        "navigator.clipboard.writeText = (text) => Promise.resolve((window.copied = text))"
    )
    for key in "ac":  # what is chosen there is copied here
        ActionChains(browser).key_down(Keys.CONTROL).send_keys(key).key_up(Keys.CONTROL).perform()
        time.sleep(0.3)
    until(lambda: browser.execute_script("return window.copied") == "sol recfem")
    press(browser, Keys.ESCAPE)
    assert served.ask("state") == "PLAYING" and served.ask("time") > 0.2


def test_a_dropped_checkpoint_opens(served: Served, browser: Any) -> None:
    run = base64.b64encode((checkpoints_folder() / "run.pt").read_bytes()).decode()
    browser.execute_script(
        """
        const bytes = Uint8Array.from(atob(arguments[0]), (c) => c.charCodeAt(0));
        const files = new DataTransfer();
        files.items.add(new File([bytes], "dropped run.pt"));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
        """,
        run,
    )
    until(lambda: served.ask("title") == "dropped run.pt")
    until(lambda: browser.title == "dropped run.pt - Muscle Viewer")


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
