"""Mutations that know what a file is made of: instructions of pickles, trees of YAML, elements of XML, members of zips."""

from __future__ import annotations

import copy
import io
import json
import pickletools
import random
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import yaml

NUMBERS: Sequence[Any] = (
    0, 1, -1, 2, 255, 256, 2**31 - 1, -(2**31), 2**32, 2**63, -(2**63), 2**64, 10**30, 0.0, -0.0, 0.5,
    1e30, -1e30, 1e308, 5e-324, float("inf"), float("-inf"), float("nan"),
)  # fmt: skip
WORDS: Sequence[Any] = ("", "x", "None", "é", "\x00", "x" * 300, "x" * 5000, "../../etc/passwd", "/dev/zero",
                        "@assets/", "@data/", "2001-99-99", "true", "1e400", "{", "muscle", "dart")  # fmt: skip
OTHERS: Sequence[Any] = (
    None,
    True,
    False,
    [],
    {},
    [1],
    {"x": 1},
    [[]],
    [1.0, 2.0, 3.0],
    [1, 0, 0, 0],
)
TEXTS = (
    "abc", "", "nan", "inf", "-inf", "1e400", "1e30", "-1", "0", "1" * 5000, "[]", "{}", "*a", "&a x", "!!int a",
    "!!bool maybe", "2001-99-99", "<<: *a", "\x00", "\ufeff", "é", "x" * 5000, "<", ">", "&lt;", '"', "'", "<a/>",
)  # fmt: skip


def bytes_of(data: bytes, rng: random.Random) -> bytes:
    """Change, remove, duplicate or insert a few bytes at random positions."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(len(out) + 1)
        size = rng.choice((1, 1, 2, 4, 8, 64))
        match rng.randrange(5):
            case 0:
                out[at : at + size] = rng.randbytes(size)
            case 1:
                del out[at : at + size]
            case 2:
                out[at:at] = out[at : at + size] * rng.choice((1, 2, 16))
            case 3:
                out[at : at + 4] = struct.pack(
                    "<I", rng.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1))
                )
            case _:
                out[at : at + 8] = struct.pack(
                    "<Q", rng.choice((0, 1, 2**63 - 1, 2**63, 2**64 - 1))
                )
    return bytes(out[: rng.randrange(len(out) + 1)] if rng.random() < 0.05 else out)


def text(data: bytes, rng: random.Random) -> bytes:
    """Numbers, words and lines of a text exchanged."""
    found = data.decode("utf-8", errors="replace")
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.randrange(4)
        if kind == 0:
            lines = found.splitlines(keepends=True) or [""]
            a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
            match rng.randrange(3):
                case 0:
                    del lines[a]
                case 1:
                    lines.insert(a, lines[b])
                case _:
                    lines[a], lines[b] = lines[b], lines[a]
            found = "".join(lines)
        else:
            places = list(
                re.finditer(r"-?\d+\.?\d*(?:e-?\d+)?|[A-Za-z_]\w*|[\[\]{}<>:,&*!\"']", found)
            )
            if not places:
                continue
            place = rng.choice(places)
            word = rng.choice(TEXTS) if kind < 3 else rng.choice(places)[0]
            found = found[: place.start()] + word + found[place.end() :]
    return found.encode("utf-8", errors="replace")


def _places(tree: Any, out: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every container with each of its keys or indices."""
    keys = (
        tree.keys()
        if isinstance(tree, dict)
        else range(len(tree))
        if isinstance(tree, list)
        else ()
    )
    for key in list(keys):
        out.append((tree, key))
        _places(tree[key], out)
    return out


def tree(found: Any, rng: random.Random) -> Any:
    """A tree of plain values with some of them exchanged, moved, doubled, taken out or shared."""
    found = copy.deepcopy(found)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        places = _places(found, [])
        if not places:
            return found
        holder, key = rng.choice(places)
        other, at = rng.choice(places)
        match rng.randrange(6):
            case 0 | 1:
                holder[key] = rng.choice(rng.choice((NUMBERS, WORDS, OTHERS)))
            case 2:
                del holder[key]
            case 3:
                holder[key] = copy.deepcopy(other[at])
            case 4 if isinstance(holder, list):
                holder.extend([holder[key]] * rng.choice((1, 3, 100)))
            case _ if isinstance(holder, dict):
                holder[rng.choice((rng.choice(WORDS), str(at)))] = copy.deepcopy(holder[key])
    return found


def yaml_text(data: bytes, rng: random.Random) -> bytes:
    """Mutate YAML as a tree, or as a text with aliases and tags."""
    if rng.random() < 0.4:
        return text(data, rng)
    found = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    flow = rng.random() < 0.5
    return yaml.dump(tree(found, rng), Dumper=dumper, default_flow_style=flow).encode()  # type: ignore[no-any-return]


def json_text(data: bytes, rng: random.Random) -> bytes:
    """Mutate JSON as a tree, or as a text."""
    if rng.random() < 0.2:
        return text(data, rng)
    return json.dumps(tree(json.loads(data), rng), default=str).encode()


def _instructions(data: bytes) -> list[bytes]:
    """The pickle's instructions with their arguments."""
    starts = [at for _, _, at in pickletools.genops(data)]
    return [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]


NAMES = (
    b"numpy\nndarray\n", b"numpy\ndtype\n", b"numpy.core.multiarray\n_reconstruct\n", b"numpy.core.multiarray\nscalar\n",
    b"numpy._core.numeric\n_frombuffer\n", b"collections\nOrderedDict\n", b"_codecs\nencode\n", b"builtins\nset\n",
    b"torch._utils\n_rebuild_tensor_v2\n", b"torch\nFloatStorage\n", b"torch\nSize\n", b"os\nsystem\n",
    b"torch._utils\n_rebuild_sparse_tensor\n", b"torch._utils\n_rebuild_parameter\n",
)  # fmt: skip


def instruction(rng: random.Random) -> bytes:
    """Any instruction of pickles, with an argument that fits it or does not."""
    code = rng.choice(pickletools.opcodes)
    head = code.code.encode("latin-1")
    if code.name in ("GLOBAL", "INST"):
        return head + rng.choice(NAMES)
    kind = code.arg
    if kind is None:
        return head
    if kind.n > 0:
        return head + rng.choice(
            (bytes(kind.n), b"\xff" * kind.n, b"\x01" + bytes(kind.n - 1), rng.randbytes(kind.n))
        )
    if kind.n == pickletools.UP_TO_NEWLINE:
        return head + rng.choice((b"0\n", b"1\n", b"-1\n", b"9999999999\n", b"x\n", b"\n"))
    width = {-2: 1, -3: 4, -4: 4, -5: 8}.get(kind.n, 4)
    size = rng.choice((0, 1, 8, 8, 16))
    told = rng.choice((size, size, size, size + 1, 2 ** (8 * width) - 1, 2 ** (8 * width - 1)))
    return head + (told % 2 ** (8 * width)).to_bytes(width, "little") + rng.randbytes(size)


def pickled(data: bytes, rng: random.Random) -> bytes:
    """A pickle with instructions exchanged, moved, doubled, put in or taken out."""
    try:
        found = _instructions(data)
    except Exception:  # one that was spoiled before
        return bytes_of(data, rng)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        at, other = rng.randrange(len(found)), rng.randrange(len(found))
        match rng.randrange(6):
            case 0:
                found.insert(at, instruction(rng))
            case 1:
                found[at] = instruction(rng)
            case 2 if len(found) > 1:
                del found[at]
            case 3:
                found[at], found[other] = found[other], found[at]
            case 4:
                found[at:at] = found[other : other + rng.choice((1, 2, 5))]
            case _:
                found[at] = found[at][:1] + bytes_of(found[at][1:], rng)[:200]
    return b"".join(found)


def stream(data: bytes, rng: random.Random) -> bytes:
    """Pickles one after another with numbers after them, as torch wrote before 1.6: one part mutated."""
    parts, at = [], 0
    for _ in range(5):
        size = 1 + max(at for _, _, at in pickletools.genops(data[at:]))
        parts.append(data[at : at + size])
        at += size
    chosen = rng.choice((0, 1, 2, 3, 3, 3, 3, 4, 5))
    if chosen == 5:
        return data[:at] + bytes_of(data[at:], rng)
    parts[chosen] = pickled(parts[chosen], rng)
    return b"".join(parts) + data[at:]


Mutation = Callable[[bytes, random.Random], bytes]


def members(inside: dict[str, Mutation]) -> Mutation:
    """Zip archives whose members are mutated by the ends of their names; others by their bytes."""

    def mutate(data: bytes, rng: random.Random) -> bytes:
        if rng.random() < 0.05:
            return bytes_of(data, rng)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
        for _ in range(rng.choice((1, 1, 2))):
            name = rng.choice(
                [n for n in found if rng.random() < 0.3 or any(map(n.endswith, inside))]
                or list(found)
            )
            if rng.random() < 0.05:
                found.pop(name)
                if not found:
                    break
                continue
            change = next((m for end, m in inside.items() if name.endswith(end)), bytes_of)
            found[name] = change(found[name], rng)
        out = io.BytesIO()
        with zipfile.ZipFile(
            out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
        ) as archive:
            for name, content in found.items():
                archive.writestr(name, content)
        return out.getvalue()

    return mutate
