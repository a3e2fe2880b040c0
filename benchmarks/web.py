"""The viewer in a browser: pictures a second and their size while it plays, and the time from an event to its picture.

python benchmarks/web.py [--checkpoint checkpoints/walk.pt] [--size 1280x720] [--density 1] [--seconds 10]

A client stands for the browser, on this machine: it acknowledges at once and decodes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from typing import Any

import aiohttp
from muscle_viewer.core.configuration import checkpoints_folder

WARM = 5.0
"""Seconds of playing before anything is measured: the file loads in the first."""
REPEATS = 20


class Client:
    """A browser's side of the socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, **event: Any) -> None:
        await self._socket.send_str(json.dumps(event))

    async def picture(self) -> int:
        """Wait for a picture, acknowledge it, and return its size in bytes."""
        while True:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.BINARY:
                await self.send(type="shown", number=int.from_bytes(message.data[:4], "little"))
                return len(message.data)

    async def press(self, code: str) -> None:
        for down in (True, False):
            await self.send(type="key", code=code, down=down)

    async def rest(self) -> None:
        """Wait until no more pictures come."""
        while True:
            try:
                await asyncio.wait_for(self.picture(), 1.5)
            except TimeoutError:
                return


async def measure(
    address: str, size: tuple[int, int], density: float, seconds: float
) -> dict[str, float]:
    where = address.replace("/?", "/socket?")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(where, max_msg_size=0) as socket,
    ):
        client = Client(socket)
        await client.send(type="size", width=size[0], height=size[1], density=density)
        end = time.perf_counter() + WARM
        while time.perf_counter() < end:
            await client.picture()
        begin, sizes = time.perf_counter(), []
        while (passed := time.perf_counter() - begin) < seconds:
            sizes.append(await client.picture())
        await client.press("Space")
        delays = []
        for _ in range(REPEATS):
            await client.rest()
            sent = time.perf_counter()
            await client.press("Tab")  # shows or hides the panels
            await client.picture()
            delays.append(time.perf_counter() - sent)
    return {
        "pictures a second": len(sizes) / passed,
        "kB a picture": statistics.median(sizes) / 1000,
        "ms from an event to its picture": 1000 * statistics.median(delays),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default=str(checkpoints_folder() / "walk.pt"))
    parser.add_argument("--size", default="1280x720")
    parser.add_argument(
        "--density", type=float, default=1.0, help="the screen's pixels per pixel of the page"
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    command = ["-m", "muscle_viewer.viewer", options.checkpoint, "--web", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, *command, "--size", options.size], stdout=subprocess.PIPE, text=True
    ) as viewer:
        assert viewer.stdout
        address = viewer.stdout.readline().split()[-1]
        try:
            found = asyncio.run(measure(address, (width, height), options.density, options.seconds))
        finally:
            viewer.terminate()
    for name, value in found.items():
        print(f"{value:8.1f}  {name}")


if __name__ == "__main__":
    main()
