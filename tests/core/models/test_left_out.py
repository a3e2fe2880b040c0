"""What a model asks for and the simulation has not is said by name; the rest is read as its program reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core import ModelError
from muscle_viewer.core.models.read import read_model
from muscle_viewer.core.readers.motion import read_motion
from small_legs import LEG

pytestmark = pytest.mark.slow


def leg(tmp_path: Path, old: str, new: str) -> Path:
    assert old in LEG
    path = tmp_path / "leg.xml"
    path.write_text(LEG.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<worldbody>", '<option gravity="0 0 -1.62"/><worldbody>', "gravity: (0, 0, -1.62) m/s^2; here it is"),
        ("<worldbody>", '<option><flag gravity="disable"/></option><worldbody>', "gravity: (0, 0, 0) m/s^2"),
        ("<worldbody>", '<option density="1000"/><worldbody>', "option: the medium's density"),
        ("<worldbody>", '<option><flag limit="disable"/></option><worldbody>', 'flag limit="disable"'),
        ("<worldbody>", '<option><flag spring="disable"/></option><worldbody>', 'flag spring="disable"'),
        ("<worldbody>", '<option><flag damper="disable"/></option><worldbody>', 'flag damper="disable"'),
        ("<worldbody>", '<option><flag constraint="disable"/></option><worldbody>', 'flag constraint="disable"'),
        ('size="1 1 1"', 'size="1 1 1" pos="0 0 0.3"', "geom 'floor': the ground is level and at height 0"),
        ('size="1 1 1"', 'size="1 1 1" euler="0 0.3 0"', "geom 'floor': the ground is level and at height 0"),
        ("<site name", '<geom name="step" type="box" size="1 1 1"/><site name', "geom 'step': of the world"),
        ('armature="0.02"', 'armature="0.02" frictionloss="2"', "joint 'hip': its friction"),
        ('range="-1 1"', 'range="-1 1" actuatorfrcrange="-5 5"', "joint 'hip': its limits of forces"),
        ('stiffness="3"', 'stiffness="3 1 2"', "joint 'knee': its nonlinear stiffness"),
        ('damping="0.3"', 'damping="0.3 1 2"', "joint 'hip': its nonlinear damping"),
        ('name="shank"', 'name="shank" gravcomp="1"', "body 'shank': its compensation of gravity"),
        ('force="900"', 'force="900" ctrlrange="0 0.3"', "muscle 'rectus': its range of control"),
        ('force="900"', 'force="900" forcerange="-200 0"', "muscle 'rectus': its limit of force"),
        ('name="rectus"', 'name="rectus" armature="1"', "tendon 'rectus': its own spring, damper, friction, inertia"),
    ],
)  # fmt: skip
def test_what_mujoco_would_do_beside_it_is_said(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    pytest.importorskip("mujoco", reason="the mujoco extra brings it")
    (line,) = read_model(leg(tmp_path, old, new)).left_out
    assert said in line


def test_a_soft_limit_without_a_ratio_is_stiff_and_finite(tmp_path: Path) -> None:
    pytest.importorskip("mujoco", reason="the mujoco extra brings it")
    character = read_model(leg(tmp_path, 'range="0 2"', 'range="0 2" solreflimit="0.02 0"'))
    (knee,) = (c for c in character.coordinates if c.name == "knee")
    assert knee.limit_stiffness is not None and np.isfinite(knee.limit_stiffness).all()


def test_a_comment_of_any_length_may_stand_before_a_model(tmp_path: Path) -> None:
    pytest.importorskip("mujoco", reason="the mujoco extra brings it")
    comment = f"<!-- {'as it says in the licence ' * 1000} -->\n<mujoco"
    assert len(read_model(leg(tmp_path, "<mujoco", comment)).muscles) == 1


@pytest.mark.parametrize("kind", ["xml", "osim"])
def test_names_in_another_encoding_are_one_line(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("mujoco" if kind == "xml" else "opensim", reason="an extra brings it")
    path = tmp_path / f"odd.{kind}"
    if kind == "xml":
        path.write_bytes(LEG.replace("shank", "sh\xe4nk").encode("latin-1"))
    else:
        text = arm(tmp_path, lambda parts: None).read_text()
        path.write_bytes(text.replace('"upper"', '"\xf6ber"').replace("/upper", "/\xf6ber").encode("latin-1"))  # fmt: skip
    with pytest.raises(ModelError, match=r"odd\..*: has names that are not UTF-8") as error:
        read_model(path)
    assert "\n" not in str(error.value)


class Arm:
    """Two bodies on pin joints in OpenSim, with one muscle over both."""

    def __init__(self, opensim: Any) -> None:
        self.opensim, self.model = opensim, opensim.Model()
        zero, inertia = opensim.Vec3(0), opensim.Inertia(0.1, 0.02, 0.1)
        self.upper = opensim.Body("upper", 2, opensim.Vec3(0, -0.15, 0), inertia)
        self.lower = opensim.Body("lower", 1.5, opensim.Vec3(0, -0.12, 0), inertia)
        ground = self.model.getGround()
        self.shoulder = opensim.PinJoint(
            "shoulder", ground, opensim.Vec3(0, 1, 0), zero, self.upper, zero, zero
        )
        self.elbow = opensim.PinJoint(
            "elbow", self.upper, opensim.Vec3(0, -0.3, 0), zero, self.lower, zero, zero
        )
        for joint, name in ((self.shoulder, "sh"), (self.elbow, "el")):
            joint.updCoordinate().setName(name)
            joint.updCoordinate().setRangeMin(-1)
            joint.updCoordinate().setRangeMax(2)
        for body in (self.upper, self.lower):
            self.model.addBody(body)
        for joint in (self.shoulder, self.elbow):
            self.model.addJoint(joint)
        self.muscle = opensim.Millard2012EquilibriumMuscle("bi", 500, 0.15, 0.12, 0.1)
        self.muscle.addNewPathPoint("a", self.upper, opensim.Vec3(0.03, -0.05, 0))
        self.muscle.addNewPathPoint("b", self.lower, opensim.Vec3(0.03, -0.05, 0))
        self.model.addForce(self.muscle)


def arm(tmp_path: Path, change: Callable[[Arm], None]) -> Path:
    opensim = pytest.importorskip("opensim", reason="the opensim extra brings it")
    opensim.Logger.setLevelString("Off")
    made = Arm(opensim)
    change(made)
    made.model.finalizeConnections()
    path = tmp_path / "arm.osim"
    made.model.printToXML(str(path))
    return path


def without_gravity(arm: Arm) -> None:
    arm.model.setGravity(arm.opensim.Vec3(0))


def prescribed(arm: Arm) -> None:
    arm.elbow.updCoordinate().setPrescribedFunction(arm.opensim.Constant(1.2))
    arm.elbow.updCoordinate().setDefaultIsPrescribed(True)


def raised_ground(arm: Arm) -> None:
    """A half space that is the ground by its own place, on a frame that is 0.2 m up, and a sphere on it."""
    osim = arm.opensim
    frame = osim.PhysicalOffsetFrame(
        "up", arm.model.getGround(), osim.Transform(osim.Vec3(0, 0.2, 0))
    )
    arm.model.addComponent(frame)
    plane = osim.ContactHalfSpace(osim.Vec3(0), osim.Vec3(0, 0, -np.pi / 2), frame, "floor")
    ball = osim.ContactSphere(0.03, osim.Vec3(0, -0.2, 0), arm.lower, "ball")
    for geometry in (plane, ball):
        arm.model.addContactGeometry(geometry)
    force = osim.SmoothSphereHalfSpaceForce("touch", ball, plane)
    arm.model.addForce(force)
    arm.kept = (
        frame,
        plane,
        ball,
        force,
    )  # the model owns them, and Python must not free them first
    for each in arm.kept:
        each.thisown = False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_gravity, "gravity: (0, -0, 0) m/s^2; here it is"),
        (prescribed, "coordinate 'el': is prescribed"),
        (raised_ground, "contact 'floor': the ground is level and at y = 0 instead"),
    ],
)
def test_what_opensim_would_do_beside_it_is_said(
    tmp_path: Path, change: Callable[[Arm], None], said: str
) -> None:
    (line,) = read_model(arm(tmp_path, change)).left_out
    assert said in line
    assert not read_model(arm(tmp_path, lambda plain: None)).left_out


def test_a_loop_of_bodies_and_a_joint_onto_the_ground_are_refused_by_their_joints(
    tmp_path: Path,
) -> None:
    def loop(arm: Arm) -> None:
        zero = arm.opensim.Vec3(0)
        arm.model.addJoint(
            arm.opensim.WeldJoint(
                "second", arm.model.getGround(), zero, zero, arm.lower, zero, zero
            )
        )

    def onto_ground(arm: Arm) -> None:
        zero = arm.opensim.Vec3(0)
        arm.model.addJoint(
            arm.opensim.WeldJoint("back", arm.lower, zero, zero, arm.model.getGround(), zero, zero)
        )

    for change, said in (
        (loop, "joint 'second': 'lower' is the child of 'elbow', too"),
        (onto_ground, "joint 'back': its child is the ground"),
    ):
        with pytest.raises(ModelError, match=said):
            read_model(arm(tmp_path, change))


def test_a_coupler_has_its_factor(tmp_path: Path) -> None:
    """el = 2 (0.5 sh + 0.3), as OpenSim assembles it."""

    def coupled(arm: Arm) -> None:
        osim = arm.opensim
        names, coupler = osim.ArrayStr(), osim.CoordinateCouplerConstraint()
        names.append("sh")
        coupler.setName("both")
        coupler.setIndependentCoordinateNames(names)
        coupler.setDependentCoordinateName("el")
        coupler.setFunction(osim.LinearFunction(0.5, 0.3))
        arm.model.addConstraint(coupler)

    path = arm(tmp_path, coupled)
    begin = '<CoordinateCouplerConstraint name="both">'
    text = path.read_text()
    assert begin in text
    path.write_text(text.replace(begin, begin + "<scale_factor>2</scale_factor>"))
    opensim = pytest.importorskip("opensim")
    model = opensim.Model(str(path))
    state = model.initSystem()
    model.getCoordinateSet().get("sh").setValue(state, 0.6)
    wanted = model.getCoordinateSet().get("el").getValue(state)
    (elbow,) = (c for c in read_model(path).coordinates if c.name == "el")
    assert wanted == pytest.approx(1.2, abs=1e-6)
    assert elbow.by(0.6) == pytest.approx(wanted, abs=1e-6)


def test_a_coordinate_without_a_range_may_move_a_wrapped_path(tmp_path: Path) -> None:
    def endless(arm: Arm) -> None:
        osim = arm.opensim
        for joint in (arm.shoulder, arm.elbow):
            joint.updCoordinate().setRangeMin(-np.inf)
            joint.updCoordinate().setRangeMax(np.inf)
        wrap = osim.WrapCylinder()
        wrap.setName("round")
        wrap.set_radius(0.02)
        wrap.set_length(0.2)
        wrap.set_translation(osim.Vec3(0, -0.3, 0))
        arm.upper.addWrapObject(wrap)
        arm.muscle.addNewPathPoint("c", arm.lower, osim.Vec3(0.03, -0.1, 0))
        osim.GeometryPath.safeDownCast(arm.muscle.updPath()).addPathWrap(wrap)
        wrap.thisown = False

    assert len(read_model(arm(tmp_path, endless)).muscles) == 1


@pytest.mark.parametrize("slope", [1.0, 2.0])
def test_a_table_in_degrees_has_those_angles_in_degrees_that_opensim_has(
    tmp_path: Path, slope: float
) -> None:
    """A rotation by twice the coordinate is none that OpenSim converts."""
    opensim = pytest.importorskip("opensim", reason="the opensim extra brings it")
    opensim.Logger.setLevelString("Off")
    model, zero = opensim.Model(), opensim.Vec3(0)
    body = opensim.Body("bone", 2, opensim.Vec3(0, -0.2, 0), opensim.Inertia(0.1, 0.05, 0.1))
    model.addBody(body)
    transform, names = opensim.SpatialTransform(), opensim.ArrayStr()
    names.append("q")
    transform.upd_rotation3().setCoordinateNames(names)
    transform.upd_rotation3().set_function(opensim.LinearFunction(slope, 0))
    model.addJoint(
        opensim.CustomJoint("joint", model.getGround(), zero, zero, body, zero, zero, transform)
    )
    model.finalizeConnections()
    path, table = tmp_path / "bone.osim", tmp_path / "bone.mot"
    model.printToXML(str(path))
    table.write_text(
        "x\nnRows=3\nnColumns=2\ninDegrees=yes\nendheader\ntime\tq\n0\t0\n0.5\t10\n1\t20\n"
    )
    model.initSystem()
    theirs, column = opensim.Storage(str(table)), opensim.ArrayDouble()
    model.getSimbodyEngine().convertDegreesToRadians(theirs)
    theirs.getDataColumn("q", column)
    found = np.array(read_motion(table, read_model(path)).frames)[:, 0]
    np.testing.assert_allclose(found, [column.get(k) for k in range(3)], atol=1e-9)
