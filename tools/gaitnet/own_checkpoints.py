"""Checkpoints of random weights for an environment of the GaitNets, each in the format of the program that wrote the file.

None of the trained networks is public. Weights begin as the GaitNets' training does (xavier, biases of 0).
"""

from __future__ import annotations

import pickle
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import torch
from muscle_viewer.core.scene import Scene

Tensors = dict[str, torch.Tensor]
HIDDEN = 256


def write_own(folder: Path, environment: Path, scene: Scene, cascaded: bool = False) -> Path:
    """A checkpoint in the format of the environment's generation, without the environment; its path."""
    torch.manual_seed(0)
    kind = environment.as_posix()
    if "generative-gaitnet" in kind:
        return _pickle(folder / "max_checkpoint", scene, cascaded, [f"fc{k}" for k in (1, 2, 3, 4)])
    if environment.suffix == ".xml":
        return _pickle(folder / "skel", scene, cascaded)
    return _folder(folder / "ckpt", scene, scripts="fork-2026" in kind)


def with_networks(folder: Path, environment: Path, scene: Scene) -> Path:
    """A copy of an env.xml in a folder in which the networks that it names lie; its path.

    The first network is a plain one, the others read the activations of those before them.
    """
    data = next(place for place in environment.parents if place.name == "data")
    copy = folder / environment.relative_to(data.parent)
    copy.parent.mkdir(parents=True)
    for child in data.iterdir():
        if not (folder / "data" / child.name).exists():
            (folder / "data" / child.name).symlink_to(child)
    if copy.is_symlink():
        copy.unlink()
    copy.write_text(environment.read_text())
    text = environment.read_text()
    block = text[text.index("<networks>") : text.index("</networks>") + len("</networks>")]
    for k, element in enumerate(ElementTree.fromstring(block)):
        name = (element.text or "").strip().removeprefix("@")
        place = (folder if name.startswith("data/") else copy.parent) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(k)
        _pickle(place, scene, cascaded=k > 0)
    return copy


def _layers(names: list[str], sizes: list[int]) -> Tensors:
    out = {}
    for name, a, b in zip(names, sizes, sizes[1:], strict=False):
        layer = torch.nn.Linear(a, b)
        torch.nn.init.xavier_uniform_(layer.weight)
        out |= {f"{name}.weight": layer.weight.detach(), f"{name}.bias": torch.zeros(b)}
    return out


def _network(scene: Scene, cascaded: bool) -> Tensors:
    inputs, muscles = scene.core.network_inputs, scene.model.num_muscles
    inputs += muscles + 1 if cascaded else 0
    return _layers([f"fc.{k}" for k in (0, 2, 4, 6)], [inputs, *[HIDDEN] * 3, muscles])


def _policy(scene: Scene, actions: int, names: list[str], prefix: str) -> Tensors:
    sizes = [scene.observation_size, *[HIDDEN] * 3, actions]
    return _layers([prefix + name for name in names], sizes)


def _pickle(path: Path, scene: Scene, cascaded: bool, names: list[str] | None = None) -> Path:
    """Of Generative GaitNet with p_fc1, of Bidirectional GaitNet with p_fc.0, ..."""
    names = names or [f"fc.{k}" for k in (0, 2, 4, 6)]
    policy = _policy(scene, scene.action_size + cascaded, names, "p_")
    policy |= _policy(scene, 1, names, "v_")
    weights = {name: tensor.numpy() for name, tensor in policy.items()}
    worker = {"state": {"default_policy": {"weights": weights}}}
    content: dict[str, object] = {"worker": worker}
    if scene.config.infers:
        content["muscle"] = {n: t.numpy() for n, t in _network(scene, cascaded).items()}
    path.write_bytes(pickle.dumps(content, protocol=4))
    return path


def _folder(folder: Path, scene: Scene, scripts: bool) -> Path:
    """agent.pt and muscle.pt of the fork: state_dicts, in 2026 TorchScript archives."""
    folder.mkdir()
    names = [str(k) for k in (0, 2, 4, 6)]
    agent = _policy(scene, scene.action_size, names, "actor_mean.")
    agent |= _policy(scene, 1, names, "critic.")
    agent["actor_logstd"] = torch.zeros(1, scene.action_size)
    parts = {"agent": agent, "muscle": _network(scene, False)}
    for name, tensors in parts.items():
        if not scripts:
            torch.save(tensors, folder / f"{name}.pt")
            continue
        module = torch.nn.Module()
        for key, tensor in tensors.items():
            module.register_buffer(key.replace(".", "_"), tensor)
        torch.jit.script(module).save(str(folder / f"{name}.pt"))
    return folder
