"""What is fuzzed: for each kind of file its seeds, its mutation, and the reader that it goes to."""

from __future__ import annotations

import importlib.util
import io
import pickle
import random
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from muscle_viewer.core import (
    Environment,
    Policy,
    load_checkpoint,
    load_config,
    save_checkpoint,
)
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.folders import assets_folder
from muscle_viewer.core.foreign.files import read_foreign
from muscle_viewer.core.gaitnet.characters.assemble import read_gaitnet_character, read_nodes
from muscle_viewer.core.gaitnet.characters.obj import read_obj
from muscle_viewer.core.gaitnet.characters.skeleton import JOINTS, Node
from muscle_viewer.core.gaitnet.motions.arrays import read_npz
from muscle_viewer.core.gaitnet.motions.bvh import read_bvh
from muscle_viewer.core.gaitnet.motions.hdf5 import read_hdf5
from muscle_viewer.core.gaitnet.networks import read_networks
from muscle_viewer.core.gaitnet.source import GaitNetCharacter
from muscle_viewer.core.readers.opensim_table import read_table
from muscle_viewer.core.scene import build_scene
from muscle_viewer.viewer.app.benchmark import save_run
from muscle_viewer.viewer.recording import run_file
from muscle_viewer.viewer.recording.verify import verify

from tools.fuzzing import mutations
from tools.fuzzing.mutations import Mutation

LARGEST_SEED = 30_000
"""Largest size of a seed, bytes: long files make readers slow and find nothing more."""

MOST_SEEDS = 24
SEEDS = Path(__file__).parent / "seeds"
"""Small files that hold each thing that their format knows."""

TABLE = b"Coordinates\nversion=1\nnRows=2\nnColumns=3\ninDegrees=yes\nendheader\ntime\thip\tknee\n0\t1\t2\n0.1\t3\t4\n"
"""A table of OpenSim."""

REAL = Path(__file__).parents[3] / "shared" / "data"
"""Files of MASS and the GaitNets, if they are in the folder next to the project."""


@dataclass(frozen=True)
class Target:
    """One kind of file."""

    name: str
    """Path of the file that an input is written to, below the working folder."""
    seeds: list[bytes]
    mutate: Mutation
    read: Callable[[Path], object]


def targets(folder: Path) -> dict[str, Target]:
    """Every kind, its folder of work prepared. Kinds without a seed here are left out."""
    ours, env = _own_files(folder)
    checkpoints = _checkpoints(folder, env.config)
    whole = REAL / "mass" / "human.xml"
    nodes_file = folder / "nodes.xml"
    nodes_file.write_bytes(whole.read_bytes() if whole.is_file() else _two_bodies())
    (folder / "small.xml").write_bytes(_two_bodies())
    nodes = read_nodes(folder / "small.xml")

    def own(_path: Path) -> object:
        return build_scene(load_config(ours / "e.yaml"))

    def checkpoint(path: Path) -> object:
        found = load_checkpoint(path)
        return found.load_into(env) if found.config == env.config else found

    def muscles(path: Path) -> object:
        source = GaitNetCharacter(generation="seed", skeleton=nodes_file, muscles=path)
        return read_gaitnet_character(source)

    def skeleton(path: Path) -> object:
        return read_gaitnet_character(GaitNetCharacter(generation="bgn", skeleton=path))

    def run(path: Path) -> object:
        return verify(run_file.load(path))

    archive = mutations.members({"data.pkl": mutations.pickled, "/data/0": mutations.bytes_of})
    arrays = mutations.members({".npy": mutations.bytes_of})
    kinds = {
        "run.json": mutations.json_text,
        ".npy": mutations.bytes_of,
        "base.bin": mutations.bytes_of,
        ".yaml": mutations.yaml_text,
    }
    recorded = mutations.members(kinds)
    policies = mutations.members({"policy.pth": mutations.bytes_of, "data": mutations.json_text})
    mjcf, mjb = _mujoco(folder)
    found = {
        "character": Target("own/c.yaml", [(ours / "c.yaml").read_bytes()], mutations.yaml_text, own),
        "character-2": Target("a.yaml", [(SEEDS / "leg.yaml").read_bytes()], mutations.yaml_text, _built),
        "MJCF": Target("m.xml", mjcf, mutations.text, _built),
        "MJB": Target("m.mjb", mjb, mutations.bytes_of, _built),
        "OpenSim": Target("m.osim", _opensim(), mutations.text, _built),
        "motion": Target("own/m.yaml", [(ours / "m.yaml").read_bytes()], mutations.yaml_text, own),
        "environment": Target("own/e.yaml", _environments(ours), mutations.yaml_text, own),
        "checkpoint": Target("c.pt", checkpoints["zip"], archive, checkpoint),
        "older checkpoint": Target("o.pt", checkpoints["stream"], mutations.stream, checkpoint),
        "run": Target("r.mvrun", [_run(folder)], recorded, run),
        "TorchScript": Target("s.pt", checkpoints["script"], archive, lambda p: read_networks(p)),
        "pickle": Target("p.pt", checkpoints["pickle"], mutations.pickled, lambda p: read_networks(p)),
        "policy": Target("policy.zip", [_policy_of_a_library()], policies, read_foreign),
        "table": Target("w.sto", [TABLE], mutations.text, read_table),
        "skeleton": Target("s.xml", _real("*.xml", b"<Skeleton") or [_two_bodies()], mutations.text, skeleton),
        "skeleton YAML": Target("s.yaml", _real("*.yaml", b"nodes:"), mutations.yaml_text, read_nodes),
        "muscles": Target("m.xml", _real("*.xml", b"<Muscle"), mutations.text, muscles),
        "muscles YAML": Target("m.yaml", _real("*.yaml", b"waypoints:"), mutations.yaml_text, muscles),
        "BVH": Target("w.bvh", _real("*.bvh", b"HIERARCHY"), mutations.text, read_bvh),
        "OBJ": Target("b.obj", _real("*.obj", b""), mutations.text, read_obj),
        "metadata.txt": Target("real/data/metadata.txt", _real("metadata.txt", b"skel_file"), mutations.text, load_config),
        "env.xml": Target("real/data/env/e.xml", _real("*.xml", b"<skeleton"), mutations.text, load_config),
        "env.yaml": Target("real/data/env/e.yaml", _real("*.yaml", b"\nenvironment:"), mutations.yaml_text, load_config),
        "NPZ": Target("m.npz", _npz(nodes), arrays, lambda p: read_npz(p, nodes, 0)),
        "HDF5": Target("m.h5", _hdf5(folder, nodes), mutations.bytes_of, lambda p: read_hdf5(p, nodes)),
    }  # fmt: skip
    for kind in found.values():
        (folder / kind.name).parent.mkdir(parents=True, exist_ok=True)
    return {name: _readable(kind, folder) for name, kind in found.items() if kind.seeds}


def _readable(kind: Target, folder: Path) -> Target:
    """The kind with only its readable seeds, or with all seeds if none is readable."""
    path = folder / kind.name
    kept = path.read_bytes() if path.exists() else None
    good = []
    for seed in kind.seeds:
        path.write_bytes(seed)
        with suppress(UserError):
            kind.read(path)
            good.append(seed)
    if kept is not None:
        path.write_bytes(kept)
    return replace(kind, seeds=good or kind.seeds)


def _own_files(folder: Path) -> tuple[Path, Environment]:
    """A small character, motion and environment cut out of those that ship."""
    ours = folder / "own"
    ours.mkdir(parents=True, exist_ok=True)
    character = yaml.safe_load((assets_folder() / "characters" / "human.yaml").read_text())
    names = [body["name"] for body in character["bodies"]][:3]
    character["bodies"] = character["bodies"][:3]
    character["sources"] = character["sources"][:1]
    for body in character["bodies"]:
        body["shapes"] = body["shapes"][:2]
    character["muscles"] = [m for m in character["muscles"] if _bodies(m) <= set(names)][:2]
    motion = yaml.safe_load((assets_folder() / "motions" / "walk.yaml").read_text())
    (ours / "c.yaml").write_text(yaml.safe_dump(character))
    dofs = _dofs(ours / "c.yaml")
    motion["coordinates"] = motion["coordinates"][:dofs]
    motion["frames"] = [frame[:dofs] for frame in motion["frames"][:4]]
    (ours / "m.yaml").write_text(yaml.safe_dump(motion))
    tree = {"character": "c.yaml", "motion": "m.yaml", "engine": "lanes"}
    (ours / "e.yaml").write_text(yaml.safe_dump(tree))
    return ours, Environment(ours / "e.yaml")


def _bodies(muscle: Any) -> set[str]:
    return {
        name for point in muscle["path"] for name in (point.get("bodies") or [point.get("body")])
    }


def _dofs(path: Path) -> int:
    from muscle_viewer.core.readers.character_file import read_character

    return sum(len(body.joint.dof_names) for body in read_character(path).bodies)


def _environments(ours: Path) -> list[bytes]:
    """Whole ones, with every key that there is."""
    config = load_config(ours / "e.yaml").to_yaml().encode()
    shipped = sorted((assets_folder() / "environments").glob("*.yaml"))
    return [config, *(path.read_bytes() for path in shipped)]


def _checkpoints(folder: Path, config: Any) -> dict[str, list[bytes]]:
    """Small networks as each program writes them."""
    env = Environment(config)
    info = env.info
    inputs, muscles = len(info.muscle_of) + len(info.muscle_driven_dofs), len(info.muscle_names)
    torch.manual_seed(0)
    policy = Policy(env.obs_dim, env.action_dim, (4, 4)).state_dict()
    network = _layers("fc", [inputs, 4, 4, 4, muscles])
    path = folder / "seed.pt"
    save_checkpoint(path, config, policy, network, {"steps": 7, "returns": [1.5, None, "x"]})
    zipped = path.read_bytes()
    content = torch.load(path, weights_only=True)
    agent = _layers("actor_mean", [6, 4, 4, 4, 3]) | _layers("critic", [6, 4, 4, 4, 1])
    agent["actor_logstd"] = torch.zeros(1, 3)
    fork = _saved(agent)
    stream = [_saved(c, _use_new_zipfile_serialization=False) for c in (content, agent, network)]
    module = torch.nn.Module()
    for name, tensor in agent.items():
        module.register_buffer(name.replace(".", "_"), tensor)
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(module), script)
    arrays = {
        name.replace("actor_mean", "p_fc").replace("critic", "v_fc"): t.numpy()
        for name, t in agent.items()
    }
    worker = {"state": {"default_policy": {"weights": arrays}}, "filters": {}}
    nested = {
        "worker": pickle.dumps(worker),
        "muscle": {n: t.numpy() for n, t in network.items()},
        "metadata": "<e/>",
    }
    flat = nested | {"worker": worker, "scale": np.float64(2.0), "set": {1, 2}}
    pickles = [pickle.dumps(c, p) for c in (nested, flat) for p in (2, 4, 5)]
    return {
        "zip": [zipped, fork, _saved({"model": agent})],
        "stream": stream,
        "script": [script.getvalue()],
        "pickle": pickles,
    }


def _policy_of_a_library() -> bytes:
    """A small policy in a file as Stable-Baselines3 writes it."""
    network = _layers("mlp_extractor.policy_net", [6, 4]) | _layers("action_net", [4, 2])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("policy.pth", _saved(network))
        archive.writestr(
            "data", '{"policy_kwargs": {"activation_fn": "<class \'torch.nn.ReLU\'>"}}'
        )
    return out.getvalue()


def _built(path: Path) -> object:
    """The scene of a model that holds its default pose."""
    return build_scene(
        load_config(f"{{character: {path}, motion: {path}, engine: lanes, actuator: activation}}")
    )


def _mujoco(folder: Path) -> tuple[list[bytes], list[bytes]]:
    """A model of MuJoCo as a text and as a binary; none without the mujoco extra."""
    try:
        import mujoco
    except ImportError:
        return [], []
    path = folder / "seed.mjb"
    text = (SEEDS / "leg.xml").read_bytes()
    mujoco.mj_saveModel(mujoco.MjModel.from_xml_string(text.decode()), str(path))
    return [text], [path.read_bytes()]


def _opensim() -> list[bytes]:
    """A model of OpenSim; none without the opensim extra."""
    found = importlib.util.find_spec("opensim")
    return [(SEEDS / "leg.osim").read_bytes()] if found else []


def _run(folder: Path) -> bytes:
    """A recording of a few control steps of the small checkpoint."""
    path = folder / "seed.mvrun"
    save_run(folder / "seed.pt", path, 0.1, 0, None, None)
    return path.read_bytes()


def _layers(prefix: str, sizes: list[int]) -> dict[str, torch.Tensor]:
    out = {}
    for k, (m, n) in enumerate(zip(sizes, sizes[1:], strict=False)):
        out[f"{prefix}.{2 * k}.weight"] = 0.1 * torch.randn(n, m)
        out[f"{prefix}.{2 * k}.bias"] = torch.zeros(n)
    return out


def _saved(content: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    torch.save(content, out, **options)
    return out.getvalue()


def _two_bodies() -> bytes:
    """A skeleton of two bodies, used if no real one is available."""
    frame = '<Transformation linear="1 0 0 0 1 0 0 0 1" translation="0 {} 0"/>'
    node = (
        '<Node name="{}" parent="{}"><Body type="Box" mass="5" size="0.2 0.2 0.2" contact="On">{}</Body>'
        '<Joint type="{}" axis="1 0 0" lower="-1 -1 -1" upper="1 1 1" bvh="J">{}</Joint></Node>'
    )
    a = node.format("Pelvis", "None", frame.format(1), "Free", frame.format(1))
    b = node.format("Torso", "Pelvis", frame.format(1.2), "Ball", frame.format(1.1))
    return f'<Skeleton name="Human">{a}{b}</Skeleton>'.encode()


def _real(pattern: str, mark: bytes) -> list[bytes]:
    """Real files of a pattern that hold a mark, cut to a size at which readers are quick."""
    found: Iterable[Path] = sorted(REAL.rglob(pattern)) if REAL.is_dir() else ()
    chosen: list[bytes] = []
    for path in found:
        data = path.read_bytes()
        if mark in data and len(chosen) < 10 * MOST_SEEDS:
            with suppress(ElementTree.ParseError, yaml.YAMLError):  # some are not well formed
                chosen.append(_shortened(data, path.suffix.lower()))
    random.Random(0).shuffle(chosen)
    chosen = [data for data in chosen if 0 < len(data) <= LARGEST_SEED]
    return chosen[:MOST_SEEDS]


def _shortened(data: bytes, suffix: str) -> bytes:
    if suffix == ".bvh":
        head, _, motion = data.decode(errors="replace").partition("MOTION")
        lines = motion.strip().splitlines()
        return (
            f"{head}MOTION\nFrames: 3\n{lines[1]}\n".encode()
            + "\n".join(lines[2:5]).encode()
            + b"\n"
        )
    if suffix == ".obj":
        return b"\n".join(data.splitlines()[:40]) + b"\nf 1 2 3\n"
    if len(data) <= LARGEST_SEED // 10:
        return data
    if suffix == ".xml":
        root = ElementTree.fromstring(data)
        for child in list(root)[5:]:
            root.remove(child)
        return ElementTree.tostring(root)
    if suffix in (".yaml", ".yml"):
        return yaml.safe_dump(
            _cut(yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        ).encode()
    return data


def _cut(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _cut(value) for key, value in tree.items()}
    return [_cut(value) for value in tree[:5]] if isinstance(tree, list) else tree


def _npz(nodes: list[Node]) -> list[bytes]:
    """Bidirectional GaitNet's patients; one at rest if they are not there."""
    real = sorted(REAL.glob("gaitnet/bidirectional-gaitnet/motions/*.npz"))
    if real:
        return [path.read_bytes() for path in real]
    frame: list[float] = []
    for node in nodes:
        turn = [1.0, 0, 0, 0, 1.0, 0] if node.joint_type in ("Free", "Ball") else []
        frame += turn + [0.0] * {"Free": 3, "Revolute": 1}.get(node.joint_type, 0)
    out = io.BytesIO()
    np.savez(out, motions=np.tile(frame, (2, 60)), params=np.zeros((2, 3)))
    return [out.getvalue()]


def _hdf5(folder: Path, nodes: list[Node]) -> list[bytes]:
    """Each version, with the first frames of the fork's walk; at rest if it is not there."""
    try:
        import h5py  # type: ignore[import-untyped]
    except ImportError:
        return []
    dofs = sum(JOINTS[node.joint_type] for node in nodes)
    motions, times = np.zeros((4, dofs), np.float32), np.arange(4.0)
    real = REAL / "gaitnet/fork-2025-11/data/motion/walk.h5"
    if real.is_file():
        with h5py.File(real) as file:
            motions, times = file["motions"][:12], file["time"][:12]
    seeds, path = [], folder / "seed.h5"
    for version in (1, 2, 3):
        with h5py.File(path, "w") as file:
            file.attrs["format_version"] = version
            if version == 3:
                file.attrs["fps"], file.attrs["forward_axis"] = 120, 0
                row = [np.zeros(3)]
                for node in nodes:
                    turns = node.joint_type in ("Free", "Ball")
                    row.append(np.eye(4)[0] if turns else np.zeros(JOINTS[node.joint_type]))
                file["qpos"] = np.tile(np.concatenate(row), (4, 1)).astype(np.float32)
            else:
                place = file if version == 1 else file.create_group("original")
                place["motions"], place["time"] = motions, times
        seeds.append(path.read_bytes())
    return seeds


def prepare_real(folder: Path) -> None:
    """Let `@data/...` in environments lead to the real files."""
    place = folder / "real" / "data"
    place.mkdir(parents=True, exist_ok=True)
    names = ("fork-2025-11", "bidirectional-gaitnet", "generative-gaitnet")
    for data in (REAL / "mass", *(REAL / "gaitnet" / name / "data" for name in names)):
        for path in sorted(data.iterdir()) if data.is_dir() else ():
            if path.name not in ("env", "metadata.txt") and not (place / path.name).exists():
                (place / path.name).symlink_to(path)
