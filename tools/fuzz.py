"""Mutates files by their structure and reads them: each is read, or refused in one line; nothing else may happen.

    python -m tools.fuzz --seconds 20                     the short run of the tests
    python -m tools.fuzz --inputs 1000000 --keep fuzzed   the long one; what went wrong is kept in a folder

The readers run in a child process, so that a crash is an outcome like others. Seeds are the real files
of ../shared/data where they are, and what ships and is written here otherwise. Exit status 1 where
an input crashed, hung, took more than 2 GB, or ended in a traceback or a refusal of several lines.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

SLOWEST = 10.0
"""s of the processor for an input."""

MOST_MEMORY = 2 << 30
"""Bytes of the process at any input."""

HUNG = 120.0
"""s after which a child that says nothing is ended."""

REPORT = 50
"""Inputs between two words of the child."""

GOOD = ("read", "refused")


def parser() -> argparse.ArgumentParser:
    """All options."""
    p = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    p.add_argument(
        "--inputs", type=int, help="number of inputs; default: as many as the time allows"
    )
    p.add_argument("--seconds", type=float, help="time; default: until the inputs are read")
    p.add_argument("--seed", type=int, default=0, help="random seed (default %(default)s)")
    p.add_argument("--kind", action="append", help="kind of file, may be repeated (default: all)")
    p.add_argument("--keep", type=Path, help="folder for the inputs that went wrong")
    return p


def main(arguments: list[str] | None = None) -> int:
    """Run the fuzzer. Exit status: 0; 1 if an input caused a failure; 2 for wrong options."""
    options = parser().parse_args(arguments)
    if options.inputs is None and options.seconds is None:
        print("error: give --inputs or --seconds", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        outcomes = _run(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    total = sum(outcomes.values())
    print(f"{total} inputs")
    for outcome, count in sorted(outcomes.items(), key=lambda item: (-item[1], item[0])):
        print(f"{count:9d}  {outcome}")
    return int(
        any(not outcome.split(": ")[1].startswith(GOOD) for outcome in outcomes) or not total
    )


def _run(options: argparse.Namespace, folder: Path) -> Counter[str]:
    """Run child processes one after another until enough inputs are read; each continues after the last one."""
    outcomes: Counter[str] = Counter()
    left = options.seconds if options.seconds is not None else float("inf")
    wanted = options.inputs if options.inputs is not None else sys.maxsize
    first = 0
    while first < wanted and left > 0:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            status = 1
            try:
                status = _child(options, folder, first, wanted, left, writer)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(writer)
        done, taken, ended = _listen(child, reader, outcomes)
        first += done
        left -= taken
        if ended is not None:
            kind = (folder / "kind").read_text() if (folder / "kind").exists() else "start"
            outcomes[f"{kind}: {ended}"] += 1
            first += 1
            _keep(options.keep, folder, kind, ended, first)
            if kind == "start":
                break
    return outcomes


def _listen(child: int, reader: int, outcomes: Counter[str]) -> tuple[int, float, str | None]:
    """Add up what a child says; its inputs and seconds, and what ended it before its time."""
    done, taken, hung = 0, 0.0, False

    def give_up(_signal: int, _frame: object) -> None:
        nonlocal hung
        hung = True
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, give_up)
    with os.fdopen(reader) as lines:
        signal.alarm(int(HUNG) * 5)  # its imports and seeds
        for line in lines:
            signal.alarm(int(HUNG))
            said = json.loads(line)
            done += said["inputs"]
            taken += said["seconds"]
            outcomes.update(said["outcomes"])
    signal.alarm(0)
    _, status = os.waitpid(child, 0)
    if hung:
        return done, taken, f"hung for {HUNG:g} s"
    if os.WIFSIGNALED(status):
        return done, taken, f"crash by {signal.Signals(os.WTERMSIG(status)).name}"
    code = os.waitstatus_to_exitcode(status)
    return done, taken, None if code == 0 else f"crash with status {code}"


def _child(
    options: argparse.Namespace, folder: Path, first: int, wanted: int, left: float, writer: int
) -> int:
    """Read inputs until there are enough, saying every few what came of them."""
    import torch

    from tools.fuzzing import targets

    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    targets.prepare_real(folder)
    found = targets.targets(folder)
    kinds = options.kind or list(found)
    for kind in kinds:
        if kind not in found:
            print(f"error: --kind {kind}: known: {', '.join(found)}", file=sys.stderr)
            return 2
    outcomes: Counter[str] = Counter()
    inputs, begun = 0, time.monotonic()
    end, before = begun + left, begun

    def say() -> None:
        nonlocal inputs, before
        now = time.monotonic()
        said = {"inputs": inputs, "seconds": now - before, "outcomes": outcomes}
        os.write(writer, json.dumps(said).encode() + b"\n")
        outcomes.clear()
        inputs, before = 0, now

    for number in range(first, wanted):
        if time.monotonic() > end:
            break
        rng = random.Random(f"{options.seed} {number}")
        kind = kinds[number % len(kinds)]
        outcome = _one(found[kind], folder, kind, rng)
        outcomes[f"{kind}: {outcome}"] += 1
        inputs += 1
        if not outcome.startswith(GOOD):
            _keep(options.keep, folder, kind, outcome, number)
        if inputs == REPORT or outcome.startswith("memory"):
            say()
        if outcome.startswith("memory"):
            break  # the peak memory stays; the next child process starts without it
    say()
    return 0


def _one(target: object, folder: Path, kind: str, rng: random.Random) -> str:
    """The class of what comes of one input."""
    from muscle_viewer.core.errors import UserError

    from tools.fuzzing.targets import Target

    assert isinstance(target, Target)
    data = rng.choice(target.seeds)
    for _ in range(rng.choice((1, 1, 1, 2))):
        try:
            data = target.mutate(data, rng)
        except Exception:  # what was mutated once may be of its kind no more
            break
    path = folder / target.name
    kept = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    (folder / "kind").write_text(kind)
    (folder / "input").write_bytes(data)
    before = time.process_time()
    try:
        target.read(path)
        outcome = "read"
    except UserError as error:
        outcome = f"refused by {type(error).__name__}"
        if "\n" in str(error) or len(str(error)) > 3000:
            outcome = "lines: a refusal that is no line"
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        outcome = f"traceback: {type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
    taken = time.process_time() - before
    if target.name.startswith("own/") and kept is not None:
        path.write_bytes(kept)  # the others of the folder need it whole
    if taken > SLOWEST:
        outcome = f"slow: {taken:.0f} s"
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > MOST_MEMORY:
        outcome = "memory: more than 2 GB"
    return outcome


def _keep(keep: Path | None, folder: Path, kind: str, outcome: str, number: int) -> None:
    if keep is None or not (folder / "input").exists():
        return
    keep.mkdir(parents=True, exist_ok=True)
    name = f"{number}-{kind}-{outcome}"[:120].replace("/", "_").replace(" ", "_")
    shutil.copyfile(folder / "input", keep / name)


if __name__ == "__main__":
    sys.exit(main())
