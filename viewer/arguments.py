"""The command line of `muscle-viewer`: its sub-commands, and the flags of the command without one."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from muscle_viewer.core import __version__
from muscle_viewer.core.options import (
    add_data,
    add_engine,
    add_impairments,
    add_network_device,
    add_threads,
)

RENDERED = (".png", ".jpg", ".jpeg")
"""Endings of single pictures; every other output of `render` is a video."""

EPILOG = """\
sub-commands:
  muscle-viewer view FILE [OTHER]         open the window; the default (--web: in a browser)
  muscle-viewer render FILE OUTPUT        write a picture (.png, .jpg) or a video (.mp4, .gif) without a display
  muscle-viewer bench FILE                step many environments and print the throughput
  muscle-viewer record FILE RUN.mvrun     simulate without a window and write a run that replays bit for bit
  muscle-viewer verify RUN.mvrun          replay a run and print whether it is identical
  muscle-viewer verify-model FILE         compare a model with the program that its file comes from

Each has its own --help. Without a sub-command, the options above do the same."""


class Renamed(argparse.Action):
    """An option's old name, which still works; a line on standard error says the new name."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        new = "--" + self.dest.replace("_", "-")
        note = f"{option_string} is now {new}; the old name goes with the next release"
        print(note, file=sys.stderr)
        setattr(namespace, self.dest, values)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options, with or without a sub-command; `cli.check` checks their values."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in SUB_COMMANDS:
        return _sub_command(given[0], given[1:])
    return parser().parse_args(given)


def parser() -> argparse.ArgumentParser:
    """The parser of the command without a sub-command, with all options."""
    p = argparse.ArgumentParser(
        prog="muscle-viewer",
        description="Watch a muscle-actuated human move by its trained networks.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_version(p)
    _add_file(p, FILE_KINDS)
    _add_second(p)
    _add_model(p)
    _add_selection(p)
    _add_size(p)
    _add_web(p)
    pictures = p.add_argument_group("pictures without a display")
    pictures.add_argument("--screenshot", type=Path, metavar="PNG", help="write one picture")
    pictures.add_argument("--record", type=Path, metavar="MP4", help="write a video, or a .gif")
    _add_picture(pictures, "simulated length of a video or run")
    bench = p.add_argument_group("without a window")
    bench.add_argument(
        "--headless", action="store_true", help="step a batch and print the throughput"
    )
    _add_bench(bench)
    bench.add_argument(
        "--save-run",
        type=Path,
        metavar="MVRUN",
        help="simulate the checkpoint for --seconds and write a run that replays bit for bit",
    )
    bench.add_argument(
        "--verify",
        action="store_true",
        help="replay a run (.mvrun): prints 'identical' (status 0) or the first difference (status 1)",
    )
    p.set_defaults(verify_model=False, states=100)
    return p


def sub_parser(name: str) -> argparse.ArgumentParser:
    """The parser of a sub-command."""
    p = argparse.ArgumentParser(prog=f"muscle-viewer {name}", description=SUB_COMMANDS[name])
    _add_version(p)
    if name == "verify":
        p.add_argument("checkpoint", type=Path, metavar="run", help="recorded run (.mvrun)")
    elif name == "verify-model":
        kinds = "MJCF file (.xml), binary model (.mjb), OpenSim model (.osim) or name, such as myo_sim:myolegs"
        p.add_argument("checkpoint", type=Path, metavar="model", help=kinds)
        _add_states(p)
    else:
        kinds = (
            "checkpoint (.pt), training run's folder or environment file"
            if name == "bench"
            else FILE_KINDS
        )
        _add_file(p, kinds, is_required=name in ("render", "record"))
    match name:
        case "view":
            _add_second(p)
            _add_selection(p)
            _add_size(p)
            _add_web(p)
        case "render":
            kinds = "picture (.png, .jpg) or video (.mp4, .mkv, .mov, .gif)"
            p.add_argument("output", type=Path, help=kinds)
            p.add_argument("--with", dest="other", type=Path, metavar="FILE", help=SECOND)
            _add_comparison(p)
            _add_selection(p)
            _add_size(p)
            _add_picture(p, "simulated length of a video")
        case "bench":
            _add_bench(p)
        case "record":
            p.add_argument("output", type=Path, help="run to write (.mvrun)")
            _add_seconds(p, "simulated length of the run")
    if not name.startswith("verify"):
        _add_model(p)
    return p


def _sub_command(name: str, arguments: Sequence[str]) -> argparse.Namespace:
    given = vars(sub_parser(name).parse_args(arguments))
    output = given.pop("output", None)
    if name == "render":
        given["screenshot" if output.suffix.lower() in RENDERED else "record"] = output
    elif name == "record":
        given["save_run"] = output
    elif name == "bench":
        given["headless"] = True
    elif name in ("verify", "verify-model"):
        given[name.replace("-", "_")] = True
    return argparse.Namespace(**vars(parser().parse_args([])) | given)


FILE_KINDS = "checkpoint (.pt), training run's folder, environment file or recorded run (.mvrun)"
SECOND = "second checkpoint, compared with the first from the same seed"

SUB_COMMANDS = {
    "view": "Open the window on a checkpoint, or on two side by side.",
    "render": "Write a picture or a video without a display.",
    "bench": "Step many environments of a checkpoint in parallel and print the throughput.",
    "record": "Simulate a checkpoint without a window and write a run that replays bit for bit.",
    "verify-model": "Compare a model with the program that its file comes from, MuJoCo or OpenSim: prints the largest "
    "differences of placements, mass matrix, accelerations, muscle lengths, moment arms and forces; status 1 if one is "
    "out of tolerance.",
    "verify": "Replay a recorded run without a window: prints 'identical' (status 0) or the first difference (status 1).",
}


def _add_version(p: argparse.ArgumentParser) -> None:
    p.add_argument("--version", action="version", version=f"muscle-viewer {__version__}")


def _add_file(p: argparse.ArgumentParser, kinds: str, is_required: bool = False) -> None:
    p.add_argument(
        "checkpoint",
        nargs=None if is_required else "?",
        type=Path,
        help=kinds + ("" if is_required else "; default: the shipped walk.pt"),
    )


def _add_states(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--states", type=int, default=100, metavar="N", help="random states (default %(default)s)"
    )
    p.add_argument(
        "--seed", type=int, default=0, metavar="N", help="random seed (default %(default)s)"
    )


def _add_second(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "other",
        nargs="?",
        type=Path,
        help=SECOND,
    )
    _add_comparison(p)


def _add_comparison(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--second-engine",
        metavar="ENGINE",
        help="engine of the second checkpoint; without one, the first is compared with itself on this engine",
    )
    p.add_argument(
        "--beside", dest="second_engine", action=Renamed, metavar="ENGINE", help=argparse.SUPPRESS
    )
    p.add_argument(
        "--compare",
        choices=("split", "ghost"),
        help="show the two side by side (split), or the second as a ghost "
        "(default: split; for one checkpoint on two engines: ghost)",
    )


def _add_model(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--seed", type=int, default=0, metavar="N", help="random seed (default %(default)s)"
    )
    p.add_argument(
        "--environment",
        type=Path,
        metavar="FILE",
        help="environment file, if the checkpoint has none, or in place of its own",
    )
    add_data(p)
    p.add_argument(
        "--motion",
        type=Path,
        metavar="FILE",
        help="motion that a model follows without physics: a table of OpenSim (.mot, .sto) or a motion YAML",
    )
    add_engine(p)


def _add_selection(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--select",
        default="",
        metavar="NAMES",
        help="muscles or groups of muscles to select, comma-separated",
    )
    p.add_argument(
        "--parameters",
        metavar="NAME=VALUE,...",
        help="values of the environment's parameters, or names of its presets, with which the (first) file begins; "
        "the others have their defaults",
    )
    add_impairments(p)


def _add_size(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--size",
        default="1280x720",
        metavar="WxH",
        help="size of the window or picture in pixels (default %(default)s)",
    )


def _add_web(p: argparse.ArgumentParser) -> None:
    browser = p.add_argument_group("in a browser")
    browser.add_argument(
        "--web",
        action="store_true",
        help="serve the window's content to a browser, without a display; prints the address to open",
    )
    browser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to serve at (default %(default)s: this machine alone)",
    )
    browser.add_argument(
        "--port",
        type=int,
        default=8080,
        metavar="N",
        help="port to serve at (default %(default)s; 0: any)",
    )


def _add_picture(p: Any, length: str) -> None:
    p.add_argument(
        "--at",
        type=float,
        metavar="S",
        help="simulated time of a picture (default: 1 s; of a model by itself, which nobody moves, 0 s)",
    )
    _add_seconds(p, length)
    p.add_argument(
        "--fps",
        type=int,
        default=30,
        metavar="N",
        help="frames per second of a video (default %(default)s)",
    )
    p.add_argument("--panels", action="store_true", help="draw the panels too")
    p.add_argument(
        "--view",
        metavar="NAME",
        help="view of the camera: three-quarter, front, back, right, left, top, or one saved in the window",
    )
    p.add_argument(
        "--colour",
        metavar="QUANTITY",
        help="quantity of the muscles' colours: activation, active force, fibre length, power, ...",
    )
    p.add_argument(
        "--colour-map",
        metavar="NAME",
        help="colours of that quantity: viridis, 'blue to red' or grey (default: its own)",
    )
    p.add_argument(
        "--show",
        default="",
        metavar="LAYERS",
        help="layers to show besides the usual ones, comma-separated: ground reaction forces, footprints, ...",
    )


def _add_seconds(p: Any, length: str) -> None:
    p.add_argument(
        "--seconds",
        type=float,
        default=5.0,
        metavar="S",
        help=f"{length} (default %(default)s s)",
    )


def _add_bench(p: Any) -> None:
    p.add_argument(
        "--num-envs",
        type=int,
        default=32,
        metavar="N",
        help="number of environments (default %(default)s)",
    )
    p.add_argument(
        "--batch", dest="num_envs", type=int, action=Renamed, metavar="N", help=argparse.SUPPRESS
    )
    p.add_argument(
        "--steps",
        type=int,
        default=200,
        metavar="N",
        help="number of control steps (default %(default)s)",
    )
    add_threads(p)
    add_network_device(p)
    p.add_argument("--json", action="store_true", help="print one JSON object")


def size_of(text: str) -> tuple[int, int] | None:
    """Width and height of `WxH`, each 16 to 16,384 pixels; None for anything else."""
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    return size if all(16 <= n <= 16384 for n in size) else None
