"""The command `muscle-viewer`. Heavy modules are imported only once the options need them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.viewer.arguments import parse, size_of

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.opening import Opened


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Exit status: 0; 1 where a run or a model disagrees; else that of `exit_status`."""
    options = parse(arguments)
    # Must be set before torch is loaded: its waiting threads would otherwise spin on the simulator's CPUs.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from muscle_viewer.core.exit_status import exit_status

    return exit_status(lambda: run(options))


def run(options: argparse.Namespace) -> int:
    """Carry out the options. UserError for an error that the user can fix."""
    from muscle_viewer.core.errors import ConfigError

    size = check(options)
    path = options.checkpoint or default_checkpoint()
    check_files(options, path)
    if (options.other or options.second_engine) and (
        options.verify or options.save_run or options.headless
    ):
        raise ConfigError(
            "two checkpoints can only be shown: --headless, --save-run and --verify take one"
        )
    if options.verify:
        return _verify(path)
    if options.verify_model:
        return _verify_model(path, options.states, options.seed)
    if options.save_run:
        from muscle_viewer.viewer.app import benchmark

        print(
            benchmark.save_run(
                path,
                options.save_run,
                options.seconds,
                options.seed,
                options.engine,
                options.environment,
                options.motion,
                options.data,
            )
        )
        return 0
    if options.headless:
        from muscle_viewer.viewer.app import benchmark

        report = benchmark.run(
            path,
            options.num_envs,
            options.steps,
            options.threads,
            options.seed,
            options.engine,
            options.environment,
            options.network_device,
            options.data,
        )
        print(benchmark.text(report, options.json))
        return 0
    if options.screenshot or options.record:
        from muscle_viewer.viewer.app import record

        layers = tuple(filter(None, (part.strip() for part in options.show.split(","))))
        look = record.Look(
            size, options.panels, options.view, options.colour, options.colour_map, layers
        )
        if options.screenshot:
            record.screenshot(_open(options, path), options.screenshot, options.at, look)
        if options.record:
            record.video(_open(options, path), options.record, options.seconds, options.fps, look)
        return 0
    if options.web:
        from muscle_viewer.viewer.web.serve import serve

        serve(path, size, options.host, options.port, lambda say: _open(options, path, say))
        return 0
    _require_display(path)
    from muscle_viewer.viewer.app.window import show

    show(path, size, lambda say: _open(options, path, say))
    return 0


def _open(
    options: argparse.Namespace, path: Path, say: Callable[[str], None] = lambda _: None
) -> Opened:
    """Open the path according to the options. UserError if it cannot be opened."""
    from muscle_viewer.core.configuration.chosen_muscles import muscles_called
    from muscle_viewer.viewer.app.opening import open_pair, open_path

    environment, data = options.environment, options.data
    if options.other or options.second_engine:
        comparison = options.compare or ("split" if options.other else "ghost")
        engines = options.engine, options.second_engine or options.engine
        other = options.other or path
        opened = open_pair(path, other, options.seed, engines, comparison, say, environment, data)
    else:
        opened = open_path(
            path, options.seed, options.engine, say, environment, options.motion, data
        )
    if opened.description:
        print(opened.description, file=sys.stderr)
    if options.parameters is not None:
        _choose(opened, options.parameters)
    if options.weaken is not None or options.shorten is not None:
        _impair(opened, options.weaken, options.shorten)
    info, selection = opened.session.info, list[int]()
    for name in filter(None, (part.strip() for part in options.select.split(","))):
        selection += muscles_called("--select", name, info.muscle_names, info.muscle_groups)
    return replace(opened, selection=selection)


def _choose(opened: Opened, text: str) -> None:
    """Give the parameters of the (first) file's environment their first values. ConfigError names the option."""
    from muscle_viewer.core.configuration.chosen_values import parse_values
    from muscle_viewer.core.configuration.parameters import parameter_table
    from muscle_viewer.core.errors import ConfigError

    session = opened.session
    if opened.script:
        raise ConfigError(f"--parameters: {opened.path} is a recorded run, which has its own")
    values = parse_values(text, session.checkpoint.config.presets)
    parameter_table(session.bounds.drawn, values, 1)  # names those that do not exist
    session.change(replace(session.parameters, drawn=tuple(sorted(values.items()))))


def _impair(opened: Opened, weaken: str | None, shorten: str | None) -> None:
    """Weaken and shorten muscles of the (first) file, as the panel Perturb does. ConfigError names the option."""
    from muscle_viewer.core.configuration.chosen_muscles import both_factors
    from muscle_viewer.core.errors import ConfigError

    session, info = opened.session, opened.session.info
    if opened.script:
        raise ConfigError(
            f"--weaken, --shorten: {opened.path} is a recorded run, which has its own"
        )
    strengths, lengths = both_factors(weaken, shorten, info.muscle_names, info.muscle_groups)
    force, length = (tuple(sorted(factors.items())) for factors in (strengths, lengths))
    session.change(replace(session.parameters, force=force, length=length))


def _verify(path: Path) -> int:
    from muscle_viewer.viewer.recording import run_file
    from muscle_viewer.viewer.recording.verify import verify

    if path.suffix != run_file.SUFFIX:
        raise run_file.RunFileError(
            f"{path}: not a recorded run ({run_file.SUFFIX}), which is what can be verified"
        )
    verdict = verify(run_file.load(path))
    print(verdict.text)
    return 0 if verdict.is_identical else 1


def _verify_model(path: Path, states: int, seed: int) -> int:
    from muscle_viewer.core.models.agreement.report import verify_model

    agrees, page = verify_model(path, states, seed)
    print(page)
    return 0 if agrees else 1


def check(options: argparse.Namespace) -> tuple[int, int]:
    """Check the options and return the size in pixels. ConfigError names the option that is out of range."""
    from muscle_viewer.core.errors import ConfigError
    from muscle_viewer.viewer.capture.film import GIF_FPS

    size = size_of(options.size)
    if size is None:
        raise ConfigError(
            f"--size: '{options.size}' given, WIDTHxHEIGHT expected, such as 1280x720"
        )
    for name in ("num_envs", "steps", "threads", "fps", "states"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise ConfigError(f"--{name.replace('_', '-')}: {value} given, at least 1 expected")
    for name in ("at", "seconds"):
        value = getattr(options, name)
        if value is not None and not 0 <= value <= 3600:
            raise ConfigError(f"--{name}: {value} given, 0 to 3600 s expected")
    if options.record and options.record.suffix.lower() == ".gif" and options.fps > GIF_FPS:
        raise ConfigError(f"--fps: {options.fps} given, a .gif takes {GIF_FPS} at most")
    if not 0 <= options.port <= 65535:
        raise ConfigError(f"--port: {options.port} given, 0 to 65535 expected")
    if options.seed < 0:
        raise ConfigError(f"--seed: {options.seed} given, 0 or more expected")
    return size


def check_files(options: argparse.Namespace, path: Path) -> None:
    """Check that the files exist and are of the kind that the options need. ConfigError names the file."""
    from muscle_viewer.core.errors import ConfigError
    from muscle_viewer.core.models.sources import is_named_model
    from muscle_viewer.core.readers.files import exists
    from muscle_viewer.viewer.recording.run_file import SUFFIX

    for given in filter(None, (path, options.other)):
        if not (exists(given) or is_named_model(given)):
            raise ConfigError(
                f"{given}: no such file; give the path of "
                + (f"a recorded run ({SUFFIX})" if options.verify else "a checkpoint (.pt)")
            )
    if options.environment and not exists(options.environment):
        raise ConfigError(f"--environment: {options.environment}: no such file")
    if options.motion and not exists(options.motion):
        raise ConfigError(f"--motion: {options.motion}: no such file")
    steps_a_batch = options.headless and not options.save_run
    if options.motion and (
        options.other or options.second_engine or options.verify or steps_a_batch
    ):
        raise ConfigError("--motion: one model is shown or recorded with it, without physics")
    if options.verify and (options.engine or options.environment):
        raise ConfigError(
            f"{path}: --verify replays a run on its own engine and in its own environment"
        )
    if path.suffix == SUFFIX and options.headless and not (options.save_run or options.verify):
        raise ConfigError(
            f"{path}: a recorded run, which `muscle-viewer verify` replays; give a checkpoint (.pt)"
        )


def default_checkpoint() -> Path:
    """Path of the shipped checkpoint."""
    from muscle_viewer.core.folders import checkpoints_folder

    return checkpoints_folder() / "walk.pt"


def _require_display(path: Path) -> None:
    from muscle_viewer.core.errors import ConfigError

    if sys.platform.startswith("linux") and not any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY"))
    ):
        raise ConfigError(
            "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); in a browser: "
            f"muscle-viewer {path} --web; as a video: muscle-viewer render {path} out.mp4 --seconds 5"
        )


if __name__ == "__main__":
    sys.exit(main())
