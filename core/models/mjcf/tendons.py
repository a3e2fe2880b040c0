"""MuJoCo's spatial tendons as muscle paths.

Bodies are numbers of segments: MuJoCo's less one, the world at -1. Arrays and their meaning: MuJoCo's
documentation, mjModel (tendon_*, wrap_*).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ModelError
from ...readers.muscle_path import MusclePath, PathAttachment, PathWrap, Pulley, Wrap
from ...readers.text import vector
from ..pose import matrix_of

JOINT, PULLEY, SITE, SPHERE, CYLINDER = 1, 2, 3, 4, 5
"""Of mjtWrap."""
TYPES = {SPHERE: "sphere", CYLINDER: "cylinder"}


class Tendons:
    """The paths of all spatial tendons, and the wraps that they share.

    Raises ModelError, one line, for a tendon that cannot be represented.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._wraps: dict[int, Wrap] = {}
        self.paths: dict[str, MusclePath] = {}
        """By the names of the tendons."""
        for tendon in range(model.ntendon):
            self._read(tendon)

    @property
    def left_out(self) -> list[str]:
        """What tendons do besides carrying muscles, a line each."""
        model = self._model
        none = np.zeros(model.ntendon)  # of fields that older versions of MuJoCo do not have
        fields = ("stiffness", "damping", "limited", "frictionloss", "armature", "actfrclimited")
        acts = [
            any(np.any(getattr(model, f"tendon_{field}", none)[t] != 0) for field in fields)
            for t in range(model.ntendon)
        ]
        return [
            f"tendon '{self._name(t)}': its own spring, damper, friction, inertia or limit"
            for t in range(model.ntendon)
            if acts[t]
        ]

    @property
    def wraps(self) -> list[Wrap]:
        """The geoms that tendons bend round."""
        return list(self._wraps.values())

    def _read(self, tendon: int) -> None:
        model = self._model
        name = self._name(tendon)
        begin = int(model.tendon_adr[tendon])
        parts = range(begin, begin + int(model.tendon_num[tendon]))
        if any(model.wrap_type[k] == JOINT for k in parts):
            return  # a fixed tendon: a linear combination of joint angles
        path = self.paths[name] = MusclePath()
        for k in parts:
            kind, item = int(model.wrap_type[k]), int(model.wrap_objid[k])
            if kind == SITE:
                body, position = int(model.site_bodyid[item]) - 1, vector(model.site_pos[item])
                path.path.append([PathAttachment(body, 1.0, position)])
            elif kind == PULLEY:
                path.pulleys.append(Pulley(len(path.path), float(model.wrap_prm[k])))
            else:
                wrap = self._wrap(kind, item)
                side, inside = self._side(wrap, int(model.wrap_prm[k]), name)
                path.wraps.append(
                    PathWrap(len(path.path) - 1, wrap.name, side, inside, by_chord=True)
                )

    def _name(self, tendon: int) -> str:
        return str(self._model.tendon(tendon).name) or f"tendon_{tendon}"

    def _wrap(self, kind: int, geom: int) -> Wrap:
        if geom not in self._wraps:
            model = self._model
            self._wraps[geom] = Wrap(
                model.geom(geom).name or f"geom_{geom}", TYPES[kind], int(model.geom_bodyid[geom]) - 1,
                vector(model.geom_pos[geom]), vector(model.geom_quat[geom]),
                float(model.geom_size[geom, 0]),
            )  # fmt: skip
        return self._wraps[geom]

    def _side(self, wrap: Wrap, site: int, tendon: str) -> tuple[np.ndarray | None, bool]:
        """The sidesite in the wrap's frame, None without one, and whether the tendon passes inside."""
        if site < 0:
            return None, False
        model = self._model
        if int(model.site_bodyid[site]) - 1 != wrap.body:
            raise ModelError(
                f"tendon '{tendon}': its sidesite '{model.site(site).name}' is not on the body of "
                f"the geom '{wrap.name}'; move it there"
            )
        local = matrix_of(wrap.orientation).T @ (model.site_pos[site] - wrap.position)
        if np.linalg.norm(local) < wrap.radius:
            return None, True  # MuJoCo then has no use for its direction
        return vector(local), False
