"""A restricted interpreter of pickles that returns plain data: nothing that a file names is ever called or imported.

A pickle is a program for a stack machine (see pickletools for its instructions). Python's own unpickler lets it call
whatever `find_class` returns. Here a name is only a pair of strings, and the few objects that checkpoints need are built
by functions of the reader (`Builder`), which check their arguments.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LARGEST = 256 << 20
"""Largest size of a pickle, and of everything built from it, bytes; checkpoints have a few million."""

LONGEST = 1_000_000
"""Largest number of instructions of a pickle; checkpoints have some thousands."""

DEEPEST = 64
"""Largest depth of nested containers."""

MOST_ARGUMENTS = 16
"""Largest number of arguments of a builder."""

LONGEST_WORD = 160
"""Largest number of characters of a number or a name."""

LONGEST_INTEGER = 64
"""Largest size of an integer, bytes."""

_ESCAPED = re.compile(rb"""(?:[^\\]|\\(?:[\\'"abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}))*""", re.DOTALL)


class PickleError(Exception):
    """A pickle that cannot be read; the text is the reason as shown to the user."""


@dataclass(frozen=True)
class Name:
    """The name of a class or function in the file; it is never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"[:120]


class Unfinished:
    """An object between its construction and the end of the file, when it becomes a plain value."""

    def build(self, state: Any) -> None:
        """Set the state that the file gives the object."""
        raise PickleError("it gives a state to an object that has none")

    def finished(self) -> Any:
        """The plain value."""
        return self


class Absent(Unfinished):
    """An object of an unknown class, without content."""

    def build(self, state: Any) -> None:
        """Ignore the state."""


Builder = Callable[..., Any]
Builders = Callable[[Name], Builder]
"""A function that builds the object of a name from the arguments in the file. Raises PickleError to refuse it."""


class Budget:
    """The number of bytes that a file may still unpack to."""

    def __init__(self, size: int = LARGEST) -> None:
        self._size = self._left = size

    def spend(self, size: int) -> None:
        """Subtract `size` bytes. PickleError if fewer are left."""
        self._left -= size
        if self._left < 0:
            raise PickleError(
                f"it unpacks to more than {self._size >> 20} MiB, which no checkpoint has"
            )


def no_reference(_reference: Any) -> Any:
    """Refuse references to objects outside the pickle."""
    raise PickleError("it refers to objects outside the file")


def read_plain(
    data: bytes,
    builders: Builders,
    reference: Callable[[Any], Any] = no_reference,
    start: int = 0,
) -> tuple[Any, int]:
    """The content of the pickle at `start`, with its objects still unfinished, and the position of its end.

    PickleError if it is damaged, or if `builders` or `reference` refuse an object.
    """
    machine = _Machine(data, builders, reference, start)
    try:
        return machine.run(), machine.at
    except PickleError:
        raise
    except (
        ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error,
    ) as error:  # fmt: skip
        raise PickleError(f"damaged at byte {machine.at} ({type(error).__name__})") from None


def finish(content: Any) -> Any:
    """The content with all objects finished. PickleError if it is nested too deeply or contains itself.

    An object that is referenced several times is finished once, as a small file may reference lists a billion times.
    """
    made: dict[int, Any] = {}
    above: set[int] = set()

    def made_of(value: Any) -> Any:
        if not isinstance(value, (dict, list, tuple, Unfinished)):
            return value
        if id(value) in made:
            return made[id(value)]
        if len(above) > DEEPEST or id(value) in above:
            raise PickleError("it is nested too deeply, or contains itself")
        above.add(id(value))
        if isinstance(value, Unfinished):
            inner = value.finished()
            done = value if inner is value else made_of(inner)
        elif isinstance(value, dict):
            done = {key: made_of(inner) for key, inner in value.items()}
        else:
            done = type(value)(made_of(inner) for inner in value)
        above.remove(id(value))
        made[id(value)] = done
        return done

    return made_of(content)


def is_key(value: Any) -> bool:
    """Whether a value may be a dictionary's key; values whose hash a file can choose may not."""
    if isinstance(value, tuple):
        return len(value) <= 8 and not any(isinstance(v, tuple) for v in value) and all(
            map(is_key, value)
        )  # fmt: skip
    if isinstance(value, int):
        return abs(value) < 1 << 32
    return value is None or isinstance(value, (str, bytes))


class _Machine:
    """The stack, the marks and the memory of one pickle."""

    def __init__(
        self, data: bytes, builders: Builders, reference: Callable[[Any], Any], start: int
    ) -> None:
        self._bytes, self._data, self.at = data, memoryview(data), start
        self._builders, self._reference = builders, reference
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memory: dict[int, Any] = {}

    def run(self) -> Any:
        for _ in range(LONGEST):
            code = self._take(1)[0]
            if code == 0x2E:  # STOP
                return self._stack.pop()
            instruction = _INSTRUCTIONS.get(code)
            if instruction is None:
                raise PickleError(f"byte {self.at - 1} is not an instruction that data needs")
            instruction(self)
        raise PickleError(f"it has more than {LONGEST} instructions, which no checkpoint has")

    def _take(self, size: int) -> memoryview:
        """The next bytes."""
        if not 0 <= size <= len(self._data) - self.at:
            raise PickleError("it ends too early")
        self.at += size
        return self._data[self.at - size : self.at]

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _line(self) -> bytes:
        """The bytes up to the next newline."""
        end = self._bytes.find(b"\n", self.at)
        if end < 0:
            raise PickleError("one of its lines has no end")
        line = self._bytes[self.at : end]
        self.at = end + 1
        return line

    def _word(self) -> str:
        """A line with a number or a part of a name, which must be short."""
        line = self._line()
        if len(line) > LONGEST_WORD:
            raise PickleError(f"a number or name of {len(line)} characters")
        return line.decode("utf-8")

    def _quoted(self) -> None:
        """A text as repr writes one."""
        text = self._line()[1:-1]
        if not _ESCAPED.fullmatch(text):
            raise PickleError("a text with an escape that does not exist")
        self._push(text.decode("unicode-escape"))

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _since_mark(self) -> list[Any]:
        """Pop everything above the last mark."""
        above, self._stack = self._stack, self._marks.pop()
        return above

    def _mark(self) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def _text(self, data: memoryview) -> None:
        self._push(str(data, "utf-8"))

    def _integer(self, size: int) -> None:
        if size > LONGEST_INTEGER:
            raise PickleError(f"an integer of {size} bytes")
        self._push(int.from_bytes(self._take(size), "little", signed=True))

    def _decimal(self) -> None:
        word = self._word()
        self._push({"00": False, "01": True}.get(word, int(word.removesuffix("L"))))

    def _keep(self, index: int) -> None:
        self._memory[index] = self._stack[-1]

    def _recall(self, index: int) -> None:
        self._push(self._memory[index])

    def _name(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise PickleError("a name that is not a text")
        self._push(Name(module, name))

    def _pair(self) -> tuple[Any, Any]:
        name = self._stack.pop()
        return self._stack.pop(), name

    def _call(self, what: Any, arguments: Any) -> None:
        """Push the object that the reader builds for a name; objects of the file are not called."""
        if not isinstance(what, Name) or not isinstance(arguments, (tuple, list)):
            raise PickleError("it calls something other than a name")
        if len(arguments) > MOST_ARGUMENTS:
            raise PickleError(f"it builds {what} from too many arguments")
        self._push(self._builders(what)(*arguments))

    def _reduce(self) -> None:
        arguments = self._stack.pop()
        self._call(self._stack.pop(), arguments)

    def _new_with_options(self) -> None:
        options, arguments = self._stack.pop(), self._stack.pop()
        if options:
            raise PickleError("it builds an object with options")
        self._call(self._stack.pop(), arguments)

    def _object(self) -> None:
        what, *arguments = self._since_mark()
        self._call(what, arguments)

    def _instance(self) -> None:
        what = Name(self._word(), self._word())
        self._call(what, self._since_mark())

    def _build(self) -> None:
        state = self._stack.pop()
        target = self._stack[-1]
        if isinstance(target, Unfinished):
            target.build(state)
        elif not isinstance(target, dict):  # the attributes of an OrderedDict are not needed
            raise PickleError("it gives a state to an object that has none")

    def _put_all(self, items: list[Any]) -> None:
        """Add alternating keys and values to the dictionary on top of the stack."""
        target = self._stack[-1]
        if isinstance(target, Absent):
            return
        if not isinstance(target, dict) or len(items) % 2:
            raise PickleError("it sets an item of something other than a dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not is_key(key):
                raise PickleError("a key of a dictionary is not a text or short number")
            target[key] = value

    def _put(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._put_all([key, value])

    def _dictionary(self) -> None:
        items = self._since_mark()
        self._push({})
        self._put_all(items)

    def _add_all(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Absent):
            raise PickleError("it appends to something other than a list")

    def _set(self, items: Any) -> None:
        self._push(plain_set(items))

    def _add_to_set(self) -> None:
        items = self._since_mark()
        target = self._stack[-1]
        if not isinstance(target, set):
            raise PickleError("it adds to something other than a set")
        target.update(plain_set(items))

    def _tuple(self, size: int) -> None:
        if len(self._stack) < size:
            raise PickleError("its stack is empty")
        items = self._stack[-size:]
        del self._stack[-size:]
        self._push(tuple(items))

    def _drop(self) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._since_mark()


def plain_set(items: Any = ()) -> set[Any]:
    """A set whose items could be keys of a dictionary."""
    if not isinstance(items, (list, tuple)) or not all(map(is_key, items)):
        raise PickleError("an item of a set is not a text or short number")
    return set(items)


_M = _Machine
_INSTRUCTIONS: Mapping[int, Callable[[_Machine], Any]] = {
    ord("("): _M._mark,
    ord("0"): _M._drop,
    ord("1"): _M._since_mark,
    ord("2"): lambda m: m._push(m._stack[-1]),
    # Plain values.
    ord("N"): lambda m: m._push(None),
    0x88: lambda m: m._push(True),
    0x89: lambda m: m._push(False),
    ord("I"): _M._decimal,
    ord("L"): _M._decimal,
    ord("J"): lambda m: m._push(m._number("<i")),
    ord("K"): lambda m: m._push(m._number("<B")),
    ord("M"): lambda m: m._push(m._number("<H")),
    0x8A: lambda m: m._integer(m._number("<B")),
    0x8B: lambda m: m._integer(m._number("<i")),
    ord("F"): lambda m: m._push(float(m._word())),
    ord("G"): lambda m: m._push(m._number(">d")),
    ord("S"): _M._quoted,
    ord("T"): lambda m: m._push(str(m._take(m._number("<i")), "latin-1")),
    ord("U"): lambda m: m._push(str(m._take(m._number("<B")), "latin-1")),
    ord("V"): lambda m: m._push(m._line().decode("raw-unicode-escape")),
    ord("X"): lambda m: m._text(m._take(m._number("<I"))),
    0x8C: lambda m: m._text(m._take(m._number("<B"))),
    0x8D: lambda m: m._text(m._take(m._number("<Q"))),
    ord("B"): lambda m: m._push(bytes(m._take(m._number("<I")))),
    ord("C"): lambda m: m._push(bytes(m._take(m._number("<B")))),
    0x8E: lambda m: m._push(bytes(m._take(m._number("<Q")))),
    0x96: lambda m: m._push(bytes(m._take(m._number("<Q")))),  # a bytearray
    # Containers.
    ord("]"): lambda m: m._push([]),
    ord("l"): lambda m: m._push(m._since_mark()),
    ord("a"): lambda m: m._add_all([m._stack.pop()]),
    ord("e"): lambda m: m._add_all(m._since_mark()),
    ord("}"): lambda m: m._push({}),
    ord("d"): _M._dictionary,
    ord("s"): _M._put,
    ord("u"): lambda m: m._put_all(m._since_mark()),
    ord(")"): lambda m: m._push(()),
    ord("t"): lambda m: m._push(tuple(m._since_mark())),
    0x85: lambda m: m._tuple(1),
    0x86: lambda m: m._tuple(2),
    0x87: lambda m: m._tuple(3),
    0x8F: lambda m: m._push(set()),
    0x90: _M._add_to_set,
    0x91: lambda m: m._set(m._since_mark()),
    # Memory.
    ord("p"): lambda m: m._keep(int(m._word())),
    ord("q"): lambda m: m._keep(m._number("<B")),
    ord("r"): lambda m: m._keep(m._number("<I")),
    0x94: lambda m: m._keep(len(m._memory)),
    ord("g"): lambda m: m._recall(int(m._word())),
    ord("h"): lambda m: m._recall(m._number("<B")),
    ord("j"): lambda m: m._recall(m._number("<I")),
    # Names, and objects built from them.
    ord("c"): lambda m: m._name(m._word(), m._word()),
    0x93: lambda m: m._name(*m._pair()),
    ord("R"): _M._reduce,
    0x81: _M._reduce,
    0x92: _M._new_with_options,
    ord("o"): _M._object,
    ord("i"): _M._instance,
    ord("b"): _M._build,
    ord("P"): lambda m: m._push(m._reference(m._word())),
    ord("Q"): lambda m: m._push(m._reference(m._stack.pop())),
    # The version and the length of a frame are not needed.
    0x80: lambda m: m._take(1),
    0x95: lambda m: m._take(8),
}
