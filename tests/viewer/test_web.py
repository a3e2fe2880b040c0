"""The viewer in a real browser: Debian's Chromium, driven without a display."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from chromium import chromium
from muscle_viewer.core.configuration import checkpoints_folder
from PIL import Image
from served import Served

pytestmark = pytest.mark.slow


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
