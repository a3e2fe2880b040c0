"""The checkpoints and the files of character and motion that are bundled in a run file.

A model may consist of several files (an MJCF includes others and names meshes): they keep their places relative to one
another. A run file may come from anywhere: where a file is written is checked to lie in a new folder, and a file of
this machine is read only if its length is the recorded one.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from muscle_viewer.core.errors import UserError

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint


def sha(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def weights_hash(checkpoint: Checkpoint) -> str:
    """SHA-256 of all tensors of policy and muscle network, in the order of their names."""
    digest = hashlib.sha256()
    for group in (checkpoint.policy, checkpoint.muscle):
        for name in sorted(group):
            digest.update(name.encode())
            digest.update(group[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class _Bundle:
    """A file with the others that it needs, by their places below the folder that holds all of them."""

    at: str
    """Place of the file itself."""
    content: bytes
    others: dict[str, bytes]


def bundle_files(archive: zipfile.ZipFile, checkpoints: Sequence[Checkpoint]) -> dict[str, Any]:
    """Write the checkpoints and the files of the first one into the archive; returns their entries of `run.json`."""
    config = checkpoints[0].config
    files = config.files()
    bundles = {name: _bundle(file) for name, file in files.items()}
    for name, bundle in bundles.items():
        archive.writestr(_member(name, files[name].name), bundle.content)
    others = {sha(content): content for b in bundles.values() for content in b.others.values()}
    for hash_, content in others.items():
        archive.writestr(f"companions/{hash_}", content)
    for k, checkpoint in enumerate(checkpoints):
        archive.writestr(f"checkpoints/{k}.pt", _checkpoint_bytes(checkpoint))
    return {
        "config": config.to_yaml(),
        "weights": [weights_hash(checkpoint) for checkpoint in checkpoints],
        "files": {n: [files[n].name, sha(b.content)] for n, b in bundles.items()},
        "companions": {
            name: {"at": b.at, "files": {place: sha(c) for place, c in b.others.items()}}
            for name, b in bundles.items()
            if b.others
        },
    }


def _bundle(file: Path) -> _Bundle:
    from muscle_viewer.core.models.companions import companions

    main = file.resolve()
    try:
        others = [path for path in companions(main) if path.anchor == main.anchor]
    except UserError:  # changed since it was opened, and no model any more
        others = []
    root = Path(os.path.commonpath([path.parent for path in (main, *others)]))
    contents = {path.relative_to(root).as_posix(): path.read_bytes() for path in others}
    return _Bundle(main.relative_to(root).as_posix(), main.read_bytes(), contents)


def load_bundled_checkpoints(
    path: Path, archive: zipfile.ZipFile, head: dict[str, Any]
) -> list[Checkpoint]:
    """Load the bundled checkpoints with the bundled character and motion.

    UserError if a content differs from its hash; any other exception if the archive is damaged.
    """
    from muscle_viewer.core import load_checkpoint

    folder = Path(tempfile.mkdtemp(prefix="mvrun-"))
    atexit.register(shutil.rmtree, folder, True)
    files = {}
    kept_as: dict[tuple[str, str], Path] = {}  # a character's own file may also be its motion
    for k, (name, (file, hash_)) in enumerate(head["files"].items()):
        bundle = _read_bundle(path, archive, head, name)
        place = _in_place(head["config"], name, bundle) or kept_as.get((file, hash_))
        files[name] = kept_as[file, hash_] = place or _put(folder / f"{k}", bundle)
    found = []
    for k, weights in enumerate(head["weights"]):
        kept = folder / f"{k}.pt"
        kept.write_bytes(archive.read(f"checkpoints/{k}.pt"))
        try:
            _relocate(kept, files)
            checkpoint = load_checkpoint(kept)
        except UserError as error:
            said = str(error).replace(f"{kept}: ", "")
            raise UserError(f"{path}: checkpoint {k}: {said}") from None
        if weights_hash(checkpoint) != weights:
            raise UserError(f"{path}: checkpoint {k}: the weights differ from their hash")
        found.append(replace(checkpoint, path=path))
    return found


def _read_bundle(path: Path, archive: zipfile.ZipFile, head: dict[str, Any], name: str) -> _Bundle:
    file, hash_ = head["files"][name]
    given = head.get("companions", {}).get(name, {"at": Path(file).name, "files": {}})
    contents = {"": archive.read(_member(name, file))}
    contents |= {place: archive.read(f"companions/{h}") for place, h in given["files"].items()}
    for place, wanted in {"": hash_, **given["files"]}.items():
        if sha(contents[place]) != wanted:
            where = f"{name}: {place}" if place else name
            raise UserError(f"{path}: {where}: the content differs from its hash")
    for place in (given["at"], *given["files"]):
        parts = PurePosixPath(place).parts
        if (
            PurePosixPath(place).is_absolute()
            or not parts
            or {".."} & {*parts}
            or set("\\:\0") & {*place}
        ):
            raise ValueError(f"a file at {place!r}")
    return _Bundle(given["at"], contents.pop(""), contents)


def _member(name: str, file: str) -> str:
    return f"files/{name}/{Path(file).name}"


def _put(folder: Path, bundle: _Bundle) -> Path:
    """Write the files in a new folder, as character and motion may have the same name; returns the main one's path."""
    folder.mkdir()
    for place, content in {**bundle.others, bundle.at: bundle.content}.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(content)
    return folder / bundle.at


def _in_place(config: str, name: str, bundle: _Bundle) -> Path | None:
    """The file that the configuration names, if it and those that it needs still have the recorded content."""
    from muscle_viewer.core.configuration import ASSETS, assets_folder
    from muscle_viewer.core.readers.yaml_text import load_yaml

    try:
        given = load_yaml(config, "config", UserError)
    except UserError as error:
        raise ValueError(str(error)) from None
    for part in name.split("."):
        given = given[int(part) if isinstance(given, list) else part]
    path = assets_folder() / given.removeprefix(ASSETS) if given.startswith(ASSETS) else Path(given)
    depth = len(PurePosixPath(bundle.at).parts)
    if len(path.parts) <= depth:
        return None
    root = path.parents[depth - 1]
    others = all(_holds(root / place, content) for place, content in bundle.others.items())
    return path if others and _holds(path, bundle.content) else None


def _holds(path: Path, content: bytes) -> bool:
    try:
        is_same = path.is_file() and path.stat().st_size == len(content)
        return is_same and path.read_bytes() == content
    except OSError:
        return False


def _relocate(path: Path, files: dict[str, Path]) -> None:
    """Replace the paths in a checkpoint's configuration by those of the given files."""
    import torch
    import yaml
    from muscle_viewer.core.readers.state_dicts import archive_content
    from muscle_viewer.core.readers.yaml_text import load_yaml

    loaded = archive_content(path)
    tree = load_yaml(loaded["config"], "config", UserError)
    for name, file in files.items():
        *parts, last = name.split(".")
        branch = tree
        for part in parts:
            branch = branch[int(part) if isinstance(branch, list) else part]
        branch[last] = str(file.resolve())
    loaded["config"] = yaml.safe_dump(tree, sort_keys=False)
    torch.save(loaded, path)


def _checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    from muscle_viewer.core import save_checkpoint

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "checkpoint.pt"
        save_checkpoint(
            file, checkpoint.config, checkpoint.policy, checkpoint.muscle, checkpoint.meta
        )
        return file.read_bytes()
