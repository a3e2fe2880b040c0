"""The checkpoints and the files of character and motion that are bundled in a run file.

A run file may come from anywhere: names in the archive do not decide where a file is written, and a file of this
machine is read only if its length is the recorded one.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
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


def bundle_files(archive: zipfile.ZipFile, checkpoints: Sequence[Checkpoint]) -> dict[str, Any]:
    """Write the checkpoints and the files of the first one into the archive; returns their entries of `run.json`."""
    config = checkpoints[0].config
    contents = {name: file.read_bytes() for name, file in config.files().items()}
    names = {name: file.name for name, file in config.files().items()}
    for name, content in contents.items():
        archive.writestr(_member(name, names[name]), content)
    for k, checkpoint in enumerate(checkpoints):
        archive.writestr(f"checkpoints/{k}.pt", _checkpoint_bytes(checkpoint))
    return {
        "config": config.to_yaml(),
        "weights": [weights_hash(checkpoint) for checkpoint in checkpoints],
        "files": {name: [names[name], sha(content)] for name, content in contents.items()},
    }


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
        content = archive.read(_member(name, file))
        if sha(content) != hash_:
            raise UserError(f"{path}: {name}: the content differs from its hash")
        place = _in_place(head["config"], name, content) or kept_as.get((file, hash_))
        files[name] = kept_as[file, hash_] = place or _put(folder / f"{k}", file, content)
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


def _member(name: str, file: str) -> str:
    return f"files/{name}/{Path(file).name}"


def _put(folder: Path, file: str, content: bytes) -> Path:
    """Write a file in a new folder, as character and motion may have the same name; returns its path."""
    folder.mkdir()
    place = folder / Path(file).name
    place.write_bytes(content)
    return place


def _in_place(config: str, name: str, content: bytes) -> Path | None:
    """The file that the configuration names, if it still has the recorded content; otherwise None."""
    from muscle_viewer.core.configuration import ASSETS, assets_folder
    from muscle_viewer.core.readers.yaml_text import load_yaml

    try:
        given = load_yaml(config, "config", UserError)
    except UserError as error:
        raise ValueError(str(error)) from None
    for part in name.split("."):
        given = given[part]
    path = assets_folder() / given.removeprefix(ASSETS) if given.startswith(ASSETS) else Path(given)
    try:
        is_same = path.is_file() and path.stat().st_size == len(content)
        return path if is_same and path.read_bytes() == content else None
    except OSError:
        return None


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
            branch = branch[part]
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
