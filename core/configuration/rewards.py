"""The rewards of the environment YAML."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..readers.bounded_numbers import NotNegative, Phase, Positive
from ..readers.text import Strict


class RewardTerm(Strict):
    """exp(-scale * error), with its weight in the sum."""

    weight: NotNegative
    scale: NotNegative


class NormTerm(RewardTerm):
    """exp(-scale * error), the error being the mean squared distance from bands about the means of published norms.

    assets/norms/walking_kinetics.yaml has the norms.
    """

    weight: NotNegative = 0.0
    scale: NotNegative = 10.0
    speed: Literal["slow", "free", "fast"] = "free"
    """Speed of walking at which the norm was measured."""
    deviations: NotNegative = 1.0
    """Half of the band's width, standard deviations of the norm."""
    strike_delay: Annotated[float, Field(ge=-0.5, le=0.5)] = 0.0
    """Part of the cycle from the reference's heel strike to that of the walking character, at which the norm begins."""


class ImitationReward(Strict):
    """Similarity to the reference motion; core/src/environment/task.cpp defines the errors."""

    type: Literal["deepmimic", "scadiver"] = "deepmimic"
    pose: RewardTerm = RewardTerm(weight=0.45, scale=20.0)
    velocity: RewardTerm = RewardTerm(weight=0.1, scale=0.3)
    end_effector: RewardTerm = RewardTerm(weight=0.2, scale=40.0)
    center_of_mass: RewardTerm = RewardTerm(weight=0.2, scale=10.0)
    metabolic: RewardTerm = RewardTerm(weight=0.05, scale=4.0)
    moment: NormTerm = NormTerm()
    """Of the joint moments (`Frame.joint_moments`) at hips, knees and ankles in the sagittal plane, N m/kg."""
    ground_force: NormTerm = NormTerm()
    """Of the vertical and the forward force of the ground on each foot, body weights."""
    torque: RewardTerm = RewardTerm(weight=0.0, scale=10.0)
    """exp(-scale * error) of the torques that the muscles do not make: a policy rewarded for it asks for what they can."""


_NOTHING = RewardTerm(weight=0.0, scale=0.0)
NO_REWARD = ImitationReward(
    pose=_NOTHING,
    velocity=_NOTHING,
    end_effector=_NOTHING,
    center_of_mass=_NOTHING,
    metabolic=_NOTHING,
)
"""The reward `none`: zero at every step."""


class Head(Strict):
    """exp(-acceleration_weight |dv|^2 / 3) of the head's change of velocity over a control step
    (m/s), and exp(-rotation_weight angle^2) of its rotation from upright and ahead (rad)."""

    body: str | None = None
    """Name of the body; default `head`."""
    acceleration_weight: NotNegative = 4.0
    rotation_weight: NotNegative = 4.0


class AverageSpeed(Strict):
    """exp(-weight |v - (0, speed)|), v the average velocity of the centre of mass over a window;
    1 if the difference is at most `clip`, m/s."""

    weight: NotNegative = 4.0
    clip: NotNegative = 0.0
    window: Annotated[float, Field(gt=0, le=20)] = 1.0
    """Stride periods."""
    consider_x: bool = True
    """Whether sideways velocity counts."""


class Step(Strict):
    """exp(-weight |z - target|) of the stance foot; 1 if the distance is at most `clip`, m."""

    weight: NotNegative = 2.0
    clip: NotNegative = 0.075
    feet: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    """Names of the feet's bodies, right and left; by default found by usual names."""
    footholds: Literal["reference", "phase", "contact"] = "reference"
    """reference: targets are the reference's footholds. phase, contact: targets are a stride ahead of the last stance
    foot, and stance changes with the phase or when a foot strikes the ground (core/src/environment/footholds.hpp)."""
    contact_debounce: Annotated[float, Field(gt=0, le=1)] = 0.25
    """contact: weight of a substep in the moving average of a foot's contact."""
    least_step: Annotated[float, Field(ge=0, le=10)] = 0.5
    """contact: share of a stride that a foot must have moved for its strike to count."""
    strikes: Literal["lowest_corner", "ankle"] = "lowest_corner"
    """contact: point of a foot that defines its position."""
    heel_strikes: Annotated[list[Phase], Field(min_length=2, max_length=2)] | None = None
    """Phases at which the right and the left stance begin; by default the motion's events."""


class TorqueEnergy(Strict):
    """The energy of the torques of joints that no muscle drives."""

    coefficient: Positive = 0.1
    """Energy per N m of the sum of absolute torques."""
    separate: bool = True
    """Whether it is a separate factor; otherwise it is added to the muscles' energy."""


class Energy(Strict):
    """exp(-weight * E), E the mean over the substeps of a sum over muscles."""

    type: Literal["A", "A2", "MA", "MA2"] = "A2"
    """Activations a, their squares, or either times the muscle's mass (kg):
    1060 kg/m^3 * f0 / specific_tension * optimal fibre length."""
    weight: NotNegative = 0.03
    multiplicative: bool = True
    """Whether the energy term multiplies the other factors; otherwise it is added, times `scale`."""
    scale: NotNegative = 1.0
    specific_tension: Positive = 6.0e5
    """Pa; 60 N/cm^2, as Rajagopal et al. (2016) used for strengths from muscle volumes."""
    torque: TorqueEnergy | None = None


class GaitNetReward(Strict):
    """The reward of GaitNet, without reference poses: a product of factors (core/src/environment/gaitnet.cpp)."""

    type: Literal["gaitnet"]
    terms: Literal["project", "gaitnet"] = "project"
    """gaitnet: details of the terms as in the GaitNets: the average velocity includes the vertical one and has no
    effect until a whole window has passed; the head's change is that within a control step; a muscle's mass is
    f0 (L - tendon) / 100."""
    speed: NotNegative | None = None
    """Desired speed along z, m/s; default: from the stride at the motion's cadence, or the motion's."""
    stride: NotNegative | None = None
    """Desired length of two steps, m; default: from the speed at the motion's cadence, or the motion's."""
    head: Head = Head()
    average_speed: AverageSpeed = AverageSpeed()
    step: Step = Step()
    energy: Energy = Energy()
