"""DART's own stepping of a character, through dartpy; run by peers.py in an environment of its own.

    python peer_dart.py CHARACTER.yaml ENVIRONMENTS PROCESSES SECONDS

A world for each environment, its feet's contact spheres on a box, standing by springs in the joints
(implicit in DART's integration); no muscles, no network, no task. Python steps one world at a
time, so the CPUs are used by processes. Prints one JSON object.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dartpy
import numpy as np
import yaml

STIFFNESS = 300.0  # N m/rad
TIME_STEP = 1 / 480  # s


def main() -> None:
    character = yaml.safe_load(Path(sys.argv[1]).read_text())
    environments, processes, seconds = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    context = multiprocessing.get_context("fork")
    barrier, rates = context.Barrier(processes), context.Queue()
    share = environments // processes
    workers = [
        context.Process(target=work, args=(character, share, seconds, barrier, rates))
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    measured = [rates.get() for _ in workers]
    for worker in workers:
        worker.join()
    report = {
        "version": version("dartpy"),
        "dofs": measured[0]["dofs"],
        "contacts": measured[0]["contacts"],
        "muscles": 0,
        "environments": share * processes,
        "substeps_per_second": sum(m["rate"] for m in measured),
    }
    print(json.dumps(report))


def work(character: dict[str, Any], count: int, seconds: float, barrier: Any, rates: Any) -> None:
    worlds = [world(character) for _ in range(count)]
    for one in worlds:
        one.step()
    barrier.wait()
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        for one in worlds:
            one.step()
        steps += count
    spent = time.perf_counter() - begin
    last = worlds[0]
    contacts = last.getLastCollisionResult().getNumContacts()
    dofs = last.getSkeleton(0).getNumDofs()
    rates.put({"rate": steps / spent, "dofs": dofs, "contacts": contacts})


def world(character: dict[str, Any]) -> Any:
    made = dartpy.simulation.World()
    made.setGravity([0, -9.81, 0])
    made.setTimeStep(TIME_STEP)
    made.getConstraintSolver().setCollisionDetector(dartpy.collision.DARTCollisionDetector())
    made.addSkeleton(skeleton(character))
    made.addSkeleton(ground())
    return made


def skeleton(character: dict[str, Any]) -> Any:
    dynamics = dartpy.dynamics
    made = dynamics.Skeleton(character["name"])
    made.disableSelfCollisionCheck()
    nodes: dict[str, Any] = {}
    heights: dict[str, float] = {}  # of the bodies' origins over the root's, at zero pose
    lowest = 0.0
    for body in character["bodies"]:
        joint, parent = body["joint"], body["parent"]
        properties, create = {
            "free": (dynamics.FreeJointProperties, made.createFreeJointAndBodyNodePair),
            "ball": (dynamics.BallJointProperties, made.createBallJointAndBodyNodePair),
            "revolute": (dynamics.RevoluteJointProperties, made.createRevoluteJointAndBodyNodePair),
        }[joint["type"]]
        carried = properties()
        if parent is not None:
            at = dartpy.math.Isometry3()
            at.set_translation(joint["position"])
            carried.mT_ParentBodyToJoint = at
        if joint["type"] == "revolute":
            carried.mAxis = joint["axis"]
        carrier, node = create(nodes[parent] if parent is not None else None, carried)
        for k in range(carrier.getNumDofs() if parent is not None else 0):
            carrier.setDampingCoefficient(k, joint["damping"])
            carrier.setSpringStiffness(k, STIFFNESS)
        xx, yy, zz, xy, xz, yz = body["inertia"]
        moment = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        node.setInertia(dynamics.Inertia(body["mass"], np.array(body["com"]), moment))
        heights[body["name"]] = heights[parent] + joint["position"][1] if parent else 0.0
        for contact in body.get("contacts", []):
            bottom = contact["position"][1] - contact["radius"]
            lowest = min(lowest, heights[body["name"]] + bottom)
            sphere = node.createShapeNode(dynamics.SphereShape(contact["radius"]))
            sphere.createCollisionAspect()
            sphere.createDynamicsAspect()
            sphere.setRelativeTranslation(contact["position"])
        nodes[body["name"]] = node
    positions = np.zeros(made.getNumDofs())
    positions[4] = -lowest
    made.setPositions(positions)
    return made


def ground() -> Any:
    dynamics = dartpy.dynamics
    made = dynamics.Skeleton("ground")
    joint, node = made.createWeldJointAndBodyNodePair()
    at = dartpy.math.Isometry3()
    at.set_translation([0, -5, 0])
    joint.setTransformFromParentBodyNode(at)
    shape = node.createShapeNode(dynamics.BoxShape([40, 10, 40]))
    shape.createCollisionAspect()
    shape.createDynamicsAspect()
    made.setMobile(False)
    return made


if __name__ == "__main__":
    main()
