"""MuJoCo's spatial tendons as muscle paths.

Bodies keep MuJoCo's indices. Arrays and their meaning: MuJoCo's documentation, mjModel (tendon_*, wrap_*).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ModelError
from ..muscle_path import MusclePath, PathAttachment, PathWrap, Pulley, Wrap
from ..text import vector

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
    def wraps(self) -> list[Wrap]:
        """The geoms that tendons bend round."""
        return list(self._wraps.values())

    def _read(self, tendon: int) -> None:
        model = self._model
        name = model.tendon(tendon).name or f"tendon_{tendon}"
        begin = int(model.tendon_adr[tendon])
        parts = range(begin, begin + int(model.tendon_num[tendon]))
        if any(model.wrap_type[k] == JOINT for k in parts):
            return  # a fixed tendon: a linear combination of joint angles
        path = self.paths[name] = MusclePath()
        for k in parts:
            kind, item = int(model.wrap_type[k]), int(model.wrap_objid[k])
            if kind == SITE:
                body, position = int(model.site_bodyid[item]), vector(model.site_pos[item])
                path.path.append([PathAttachment(body, 1.0, position)])
            elif kind == PULLEY:
                path.pulleys.append(Pulley(len(path.path), float(model.wrap_prm[k])))
            else:
                wrap = self._wrap(kind, item)
                side, inside = self._side(wrap, int(model.wrap_prm[k]), name)
                path.wraps.append(
                    PathWrap(len(path.path) - 1, wrap.name, side, inside, by_chord=True)
                )

    def _wrap(self, kind: int, geom: int) -> Wrap:
        if geom not in self._wraps:
            model = self._model
            self._wraps[geom] = Wrap(
                model.geom(geom).name or f"geom_{geom}", TYPES[kind], int(model.geom_bodyid[geom]),
                vector(model.geom_pos[geom]), vector(model.geom_quat[geom]),
                float(model.geom_size[geom, 0]),
            )  # fmt: skip
        return self._wraps[geom]

    def _side(self, wrap: Wrap, site: int, tendon: str) -> tuple[np.ndarray | None, bool]:
        """The sidesite in the wrap's frame, None without one, and whether the tendon passes inside."""
        if site < 0:
            return None, False
        model = self._model
        if int(model.site_bodyid[site]) != wrap.body:
            raise ModelError(
                f"tendon '{tendon}': its sidesite '{model.site(site).name}' is not on the body of "
                f"the geom '{wrap.name}'; move it there"
            )
        local = _rotation(wrap.orientation).T @ (model.site_pos[site] - wrap.position)
        return vector(local), bool(np.linalg.norm(local) < wrap.radius)


def _rotation(quaternion: np.ndarray) -> np.ndarray:
    """Rotation matrix (3, 3) of a unit quaternion [w, x, y, z]."""
    w, x, y, z = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
