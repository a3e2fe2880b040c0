"""How a bone's mesh stands on its body: the meshes are of the skeleton `base`, whose bodies others have scaled."""

from __future__ import annotations

import numpy as np

from .skeleton import Floats, Node, Transform

SCALE = 0.01
"""The meshes' centimetres."""
BASES = ("base.yaml", "base.xml")
"""The skeleton of the meshes, in the folder of those that were made from it."""
SAME = 0.05
"""Of a body's size: one that differs by less has the mesh as it is."""


def mesh_on(node: Node, body: Transform, base: Node | None) -> tuple[Floats, Transform]:
    """Scale (3,) and frame, in the joint's, of the mesh of `node`, whose body stands at `body` there.

    Vertices are the zero pose's world. On a body of another size than that of `base` the mesh takes
    its place and size on the base's body, along the world's axes that are nearest to the body's.
    """
    if base is None or base.shape != "Box" or node.shape != "Box":
        ratio = np.ones(3)
    else:
        ratio = node.size / base.size
    if base is None or np.abs(ratio - 1).max() < SAME:
        return np.full(3, SCALE), node.joint.inverse_times(Transform(np.eye(3), np.zeros(3)))
    turn = body.rotation @ base.body.rotation.T
    along = base.body.rotation**2 @ ratio
    return SCALE * along, Transform(turn, body.position - turn @ (along * base.body.position))
