"""Shader programs."""

from __future__ import annotations

from pathlib import Path

from OpenGL import GL

SHADERS = Path(__file__).parent / "shaders"
SHARED = ("scene.glsl", "light.glsl")
SCENE_BINDING = 0
"""The uniform buffer binding of the block `Scene` (see scene_block.py)."""


class Program:
    """A linked program of a vertex and a fragment shader of `shaders/`, each preceded by the shared sources."""

    def __init__(self, vertex: str, fragment: str, defines: tuple[str, ...] = ()) -> None:
        self._id = GL.glCreateProgram()
        stages = ((GL.GL_VERTEX_SHADER, vertex), (GL.GL_FRAGMENT_SHADER, fragment))
        shaders = [_compile(stage, name, defines) for stage, name in stages]
        for shader in shaders:
            GL.glAttachShader(self._id, shader)
        GL.glLinkProgram(self._id)
        if not GL.glGetProgramiv(self._id, GL.GL_LINK_STATUS):
            log = GL.glGetProgramInfoLog(self._id)
            raise RuntimeError(f"linking {vertex} and {fragment}: {_text(log)}")
        for shader in shaders:
            GL.glDeleteShader(shader)
        self._uniforms: dict[str, int] = {}
        block = GL.glGetUniformBlockIndex(self._id, "Scene")
        if block != GL.GL_INVALID_INDEX:
            GL.glUniformBlockBinding(self._id, block, SCENE_BINDING)

    def use(self) -> None:
        """Make the program current."""
        GL.glUseProgram(self._id)

    def uniform(self, name: str) -> int:
        """The location of a uniform."""
        if name not in self._uniforms:
            self._uniforms[name] = GL.glGetUniformLocation(self._id, name)
        return self._uniforms[name]

    def delete(self) -> None:
        """Free the program."""
        GL.glDeleteProgram(self._id)


def _compile(stage: int, name: str, defines: tuple[str, ...]) -> int:
    head = "#version 330 core\n" + "".join(f"#define {define}\n" for define in defines)
    source = head + "".join((SHADERS / part).read_text() for part in (*SHARED, name))
    shader = GL.glCreateShader(stage)
    GL.glShaderSource(shader, source)
    GL.glCompileShader(shader)
    if not GL.glGetShaderiv(shader, GL.GL_COMPILE_STATUS):
        raise RuntimeError(f"compiling {name}: {_text(GL.glGetShaderInfoLog(shader))}")
    return shader


def _text(log: bytes | str) -> str:
    return log.decode(errors="replace") if isinstance(log, bytes) else log
