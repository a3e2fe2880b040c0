"""Pickles of unknown origin: plain data or one line, never a call and never a byte outside the file."""

from __future__ import annotations

import pickle
import random
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from gaitnet_checkpoints import Sizes, write_bgn
from muscle_viewer.core.errors import CheckpointError
from muscle_viewer.core.gaitnet.networks.unpickle import read_pickle
from muscle_viewer.core.readers import plain_pickle


def name(module: str, word: str) -> bytes:
    """The instructions that put a name on the stack."""
    parts = (module.encode(), word.encode())
    return b"".join(b"\x8c" + bytes([len(p)]) + p for p in parts) + b"\x93"


BYTEARRAY = b"\x96" + struct.pack("<Q", 8) + b"\x41" * 8
DTYPE = name("numpy", "dtype")
RECONSTRUCT = name("numpy.core.multiarray", "_reconstruct")
EMPTY_ARRAY = RECONSTRUCT + name("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"
FLOATS = (
    DTYPE + b"\x8c\x02f8\x89\x88\x87R(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
)
OBJECTS = DTYPE + b"\x8c\x02O8\x89\x88\x87R"


def array(shape: bytes, dtype: bytes, data: bytes) -> bytes:
    """An array by its state, whatever it says."""
    return b"\x80\x05" + EMPTY_ARRAY + b"(K\x01" + shape + dtype + b"\x89" + data + b"tb."


ATTACKS = {
    # A list that is shorter than the object array made of it: SIGSEGV before.
    "a list that is too short": array(b"M\xe8\x03\x85", OBJECTS, b"]Na"),
    "objects over bytes": array(b"K\x01\x85", OBJECTS, b"C\x08" + b"\x41" * 8),
    "fewer bytes than numbers": array(b"M\xe8\x03\x85", FLOATS, b"C\x08" + bytes(8)),
    "more bytes than numbers": array(b"K\x01\x85", FLOATS, b"C\x10" + bytes(16)),
    "a size that overflows": array(b"\x8a\x09" + b"\xff" * 8 + b"\x00\x85", FLOATS, b"C\x00"),
    "a negative size": array(b"J\xff\xff\xff\xff\x85", FLOATS, b"C\x08" + bytes(8)),
    "a size that is no number": array(b"G\x3f\xf0\x00\x00\x00\x00\x00\x00\x85", FLOATS, b"C\x08" + bytes(8)),
    "a structure as dtype": array(b"K\x01\x85", DTYPE + b"\x8c\x05f8,f8\x89\x88\x87R", b"C\x10" + bytes(16)),
    "an object as dtype's state": array(
        b"K\x01\x85", DTYPE + b"\x8c\x02f8\x89\x88\x87R(K\x03\x8c\x01|N\x8c\x01a\x85}K\x08K\x01K\x3ftb", b"C\x08" + bytes(8)
    ),
    "a frombuffer of objects": b"\x80\x05" + name("numpy._core.numeric", "_frombuffer")
    + b"(" + BYTEARRAY + OBJECTS + b"K\x01\x85\x8c\x01CtR.",
    "an object as scalar": b"\x80\x05" + name("numpy.core.multiarray", "scalar")
    + OBJECTS + b"C\x08" + b"\x41" * 8 + b"\x86R.",
    "bytes that are longer than the file": b"\x80\x05\x8e" + b"\xff" * 8 + b".",
    "a negative length": b"\x80\x05T\xff\xff\xff\xff.",
    "an integer of a megabyte": b"\x80\x05\x8b\x00\x00\x10\x00" + b"\x01" * (1 << 20) + b".",
    "an escape that does not exist": b"S'a\\qb'\n.",
    "a decimal of many digits": b"L" + b"9" * 3000 + b"L\n.",
    "an extension": b"\x80\x05\x82\x01.",
    "an outer reference": b"\x80\x05NQ.",
    "an outer buffer": b"\x80\x05\x97.",
    "an attribute of a function": name("_codecs", "encode") + b"(N}\x8c\x0c__defaults__N\x85sub.",
    "a call of a value": b"\x80\x05}N\x85R.",
    "a key whose hash is chosen": b"\x80\x05}\x8a\x09" + b"\xff" * 8 + b"\x01Ns.",
    "nothing on the stack": b"\x80\x05s.",
    "no mark": b"\x80\x05t.",
    "no end": b"\x80\x05N",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_in_one_line(attack: str) -> None:
    with pytest.raises(CheckpointError) as raised:
        read_pickle(ATTACKS[attack], "x.pt")
    assert str(raised.value).startswith("x.pt: ") and "\n" not in str(raised.value)


def test_an_array_over_the_files_own_bytes_is_not_built() -> None:
    """An object array whose item is then released: the process ended at an address of the file's choice."""
    attack = name("numpy", "ndarray") + b"K\x01\x85\x8c\x01O" + BYTEARRAY + b"\x87RK\x00Ns."
    assert isinstance(read_pickle(b"\x80\x05" + attack, "x.pt"), plain_pickle.Absent)


def test_a_text_of_python_2_has_its_escapes() -> None:
    assert read_pickle(rb"S'it\'s\n\x41 \\'" + b"\n.", "x.pt") == "it's\nA \\"


def test_a_memory_that_is_filled_far_out_takes_no_room() -> None:
    """Python's own unpickler makes a list of so many places: 32 GB."""
    assert read_pickle(b"\x80\x05K\x07r\xff\xff\xff\xff0j\xff\xff\xff\xff.", "x.pt") == 7


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_and_arrays_come_back_from_every_protocol(protocol: int) -> None:
    content = {
        "numbers": [0, 1, 255, 256, -1, 2**31, -(2**62), 1.5, float("inf"), True, False, None],
        "words": ["", "é", "x" * 300, b"", b"\x00\xff" * 200],
        "sets": {1, 2},
        "ordered": OrderedDict(a=1, b=(1, (2, (3, 4)), [])),
        7: {"nested": {"deep": [{}]}},
    }
    arrays = {
        str(dtype): np.arange(6).reshape(2, 3).astype(dtype)
        for dtype in ("f4", ">f8", "i2", "u1", "?", "c8")
    } | {"fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)), "none": np.zeros((0, 3))}
    scalar = np.float64(312.5)
    data = pickle.dumps({"plain": content, "arrays": arrays, "scalar": scalar}, protocol)
    read = read_pickle(data, "x")
    assert read["plain"] == content and read["scalar"] == 312.5
    for key, value in arrays.items():
        assert read["arrays"][key].dtype == value.dtype
        np.testing.assert_array_equal(read["arrays"][key], value)


def test_what_is_held_in_many_places_is_read_once_and_the_same() -> None:
    inner = [1]
    read = read_pickle(pickle.dumps([inner, inner]), "x")
    assert read == [[1], [1]] and read[0] is read[1]


def test_a_pickle_that_repeats_its_bytes_is_bounded() -> None:
    """`encode` of the same text again and again would fill the memory."""
    encode = name("_codecs", "encode") + b"q\x01"
    text = b"X" + struct.pack("<I", 1 << 20) + b"a" * (1 << 20) + b"q\x00"
    again = b"h\x01h\x00\x85R" * 1000
    with pytest.raises(CheckpointError, match="unpacks to more than 256 MiB"):
        read_pickle(b"\x80\x05" + text + encode + b"(" + again + b"t.", "x")


def test_a_pickle_of_endless_instructions_is_bounded() -> None:
    with pytest.raises(CheckpointError, match="instructions"):
        read_pickle(b"\x80\x05" + b"}" * 2_000_000 + b".", "x")


@pytest.mark.parametrize("seed", range(40))
def test_mutated_instructions_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    path, _ = write_bgn(tmp_path, Sizes(observations=3, actions=2, inputs=4, muscles=2, hidden=2))
    data = path.read_bytes()
    rng = random.Random(seed)
    codes = [bytes([code]) for code in plain_pickle._INSTRUCTIONS]
    for _ in range(60):
        bad = bytearray(data)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(bad))
            bad[at : at + rng.randrange(2)] = rng.choice(codes) * rng.randrange(1, 3)
        try:
            read_pickle(bytes(bad), "x")
        except CheckpointError as error:
            assert "\n" not in str(error)
