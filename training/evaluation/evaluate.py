"""The measures of a checkpoint: falls, gait, forces, muscles, and recovery from pushes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from muscle_viewer.core import BatchEnv, Checkpoint, gait
from muscle_viewer.core.configuration.clips import clip_index
from muscle_viewer.core.metabolics import bhargava_power, metabolic_power
from muscle_viewer.core.norms import SAGITTAL, band, sagittal, walking
from muscle_viewer.core.scene import load_character, load_motions
from numpy.typing import ArrayLike, NDArray

from .gait_figures import humps, saturation, slip
from .kinetics import GaitKinetics, kinetics
from .load_sharing import SampleCollector, effort
from .record import Batch, Episode, Push, record

Floats = NDArray[np.float64]
NAN = float("nan")

SETTLING = 1.0  # s at an episode's start that are not measured, except for falls
PUSH = Push(force=50.0, duration=0.2, at=3.0)
RECOVERY = 5.0  # s after a push within which a fall is attributed to it


@dataclass(frozen=True)
class Joint:
    """One sagittal angle, both sides together, degrees."""

    rms_to_reference: float
    """Root mean square distance from the reference motion at the same instants."""
    rms_to_norm: float
    """Root mean square distance of the mean cycle from the norm's mean; nan for a gait that is not walking."""
    inside_norm: float
    """Fraction of the mean cycle within two standard deviations of the norm; nan as before."""
    mean_cycle: list[float]
    """The mean cycle at 101 phases from heel strike to heel strike."""


@dataclass(frozen=True)
class Evaluation:
    """Measures of the deterministic policy; nan (null in JSON) where the character lacks the parts."""

    episodes: int
    seconds: float
    """Length of an episode without a fall, s."""
    fall_rate: float
    """Fraction of the episodes that end by a fall."""
    survival_time: float
    """Mean time until the fall or the end, s."""
    mean_return: float
    distance: float
    """Mean forward displacement of the centre of mass in an episode, m."""
    speed: float
    """Mean forward speed, m/s."""
    reference_speed: float
    """m/s"""
    cadence: float
    """Steps per minute."""
    stride_length: float
    """m"""
    alternating_strikes: float
    """Fraction of the heel strikes that follow one of the other foot."""
    step_asymmetry: float
    """Difference between right and left step times over their mean."""
    stance: float
    """Duty factor: fraction of a cycle that a foot is loaded; above 0.5 in walking."""
    joints: dict[str, Joint]
    force_peak: float
    """Mean over cycles of the highest vertical ground reaction force of a foot, body weights."""
    force_asymmetry: float
    """Difference between the right and the left foot's force_peak over their mean."""
    force_first_hump: float
    """First maximum of the mean cycle's vertical force, body weights; nan in running, as the three below."""
    force_valley: float
    force_second_hump: float
    two_humps: float
    """Fraction of the cycles with two maxima at least 0.05 body weights above the minimum between."""
    slip_speed: float
    """Mean horizontal speed of the contact points that carry more than 50 N, m/s."""
    activation_mean: float
    """Mean activation over muscles and time."""
    activation_max: float
    saturation: float
    """Largest fraction of the time, over the muscles, that an activation exceeds 0.95."""
    muscles_used: float
    """Fraction of the muscles whose mean activation exceeds 0.01."""
    effort_ratio: float
    """Sum of squared activations that the muscle network infers over the static optimum's for the same torques."""
    idle_muscles: list[str]
    """Muscles that the static optimum uses above 0.05 on average and the network not above 0.01."""
    kinetics: GaitKinetics
    """Mean cycles of moments, powers, forces, centre of pressure and activations, and their agreement with the norms."""
    inside_norms: dict[str, float]
    """For each curve of walking, fraction of the cycle within two standard deviations of the norm, mean of both sides."""
    emg_agreement: float
    """Mean over the muscles of the EMG tables of the fraction of the cycle on which they are on or off as in people."""
    metabolic_power: float
    """Metabolic power of the muscles, Minetti and Alexander (1997), W per kg of body mass."""
    cost_of_transport: float
    """Metabolic power over speed, J/(kg m)."""
    bhargava_power: float
    """The same after Bhargava et al. (2004), W per kg of body mass."""
    bhargava_cost_of_transport: float
    """J/(kg m)"""
    tracking_error: float
    """Median of |tau_muscle - tau_desired| / |tau_desired| over the muscle-driven dofs, last substep
    of each control step."""
    tracking_error_90: float
    """90th percentile of the tracking error."""
    pushes: int
    """Number of episodes with a push at the root: PUSH."""
    push_recovery: float
    """Fraction of them without a fall in the 5 s after the push."""


def chosen_clips(checkpoint: Checkpoint, clip: str | None) -> list[str]:
    """Names of the motions to measure: all of the environment's, or this one. ConfigError if it is not there."""
    names = [each.name for each in checkpoint.config.clips]
    return names if clip is None else [names[clip_index(names, clip)]]


def _by_side() -> dict[str, list[Any]]:
    return {side: [] for side in gait.SIDES}


@dataclass
class _Curves:
    """Cycles of all episodes and both sides."""

    angles: dict[str, list[Floats]] = field(default_factory=dict)
    reference: dict[str, list[Floats]] = field(default_factory=dict)
    """Differences from the reference, degrees, by instants."""
    loads: dict[str, list[Floats]] = field(default_factory=_by_side)
    """Vertical force, body weights, by the foot."""
    durations: list[float] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    step_times: dict[str, list[float]] = field(default_factory=_by_side)
    alternating: list[bool] = field(default_factory=list)

    @property
    def both_loads(self) -> list[Floats]:
        return self.loads["right"] + self.loads["left"]

    @property
    def stance(self) -> float:
        """Duty factor of the feet."""
        return float(np.mean(np.array(self.both_loads) > gait.CONTACT)) if self.both_loads else NAN

    @property
    def is_walking(self) -> bool:
        """Whether some foot is on the ground at all times."""
        return self.stance > 0.5


def evaluate(
    checkpoint: Checkpoint,
    episodes: int = 64,
    seconds: float = 20.0,
    pushes: int | None = None,
    seed: int = 1,
    threads: int | None = None,
    network_device: str = "cpu",
    parameters: Mapping[str, ArrayLike] | None = None,
    clip: str | None = None,
) -> Evaluation:
    """Run `episodes` of `seconds` s, and `pushes` more with a push (None: as many; 0: none).

    parameters: values of the environment's parameters, the others having their defaults; None: each
    episode draws them.
    clip: name of the motion that all episodes follow; None: each draws one.
    """
    collector = SampleCollector()
    env, runs = record(
        checkpoint,
        episodes,
        seconds,
        seed,
        Batch(threads, network_device, parameters, clip),
        after_step=collector if checkpoint.config.infers else None,
    )
    ratio, idle = effort(env, checkpoint.muscle, collector)
    batch = Batch(threads, env.network_device, parameters, clip)
    info = env.info
    settling = round(SETTLING * info.control_hz)
    counted = [run for run in runs if len(run.samples.phase) > settling + 1]
    curves = _curves(env, counted, settling)
    activation = _stack([run.samples.activations[settling:] for run in counted])
    tracking = _tracking_errors(env, runs)
    distances = [_forward(run) for run in runs]
    times = [max(len(run.samples.phase) - 1, 0) / info.control_hz for run in runs]
    measured = kinetics(env, counted, settling)
    speed = sum(distances) / sum(times) if sum(times) > 0 else NAN
    stance = humps(np.mean(curves.both_loads, axis=0)) if curves.is_walking else None
    power = _metabolic_power(env, counted, settling)
    bhargava = _bhargava_power(env, counted, settling)
    number_of_pushes = episodes if pushes is None else pushes
    peaks = {side: [load.max() for load in loads] for side, loads in curves.loads.items()}
    return Evaluation(
        episodes=episodes,
        seconds=seconds,
        fall_rate=float(np.mean([run.fell for run in runs])),
        survival_time=float(np.mean([run.steps for run in runs]) / info.control_hz),
        mean_return=float(np.mean([run.total_reward for run in runs])),
        distance=float(np.mean(distances)),
        speed=speed,
        reference_speed=_reference_speed(env, clip),
        cadence=120.0 / _mean(curves.durations),
        stride_length=_mean(curves.lengths),
        alternating_strikes=_mean(curves.alternating),
        step_asymmetry=_asymmetry(curves.step_times),
        stance=curves.stance,
        joints=_joints(curves),
        force_peak=_mean(peaks["right"] + peaks["left"]),
        force_asymmetry=_asymmetry(peaks),
        force_first_hump=stance.first if stance else NAN,
        force_valley=stance.valley if stance else NAN,
        force_second_hump=stance.second if stance else NAN,
        two_humps=_share_with_two_humps(curves.both_loads) if curves.is_walking else NAN,
        slip_speed=_slip_speed(env, counted, settling),
        activation_mean=float(activation.mean()) if activation.size else NAN,
        activation_max=float(activation.max()) if activation.size else NAN,
        saturation=saturation(activation),
        muscles_used=float((activation.mean(0) > 0.01).mean()) if activation.size else NAN,
        effort_ratio=ratio,
        idle_muscles=idle,
        kinetics=measured,
        inside_norms=_inside_norms(measured) if curves.is_walking else {},
        emg_agreement=_mean([use.agreement for use in measured.muscles.values()])
        if curves.is_walking
        else NAN,
        metabolic_power=power,
        cost_of_transport=power / speed if speed > 0 else NAN,
        bhargava_power=bhargava,
        bhargava_cost_of_transport=bhargava / speed if speed > 0 else NAN,
        tracking_error=float(np.median(tracking)) if tracking.size else NAN,
        tracking_error_90=float(np.percentile(tracking, 90)) if tracking.size else NAN,
        pushes=number_of_pushes,
        push_recovery=_push_recovery(checkpoint, number_of_pushes, seed, batch),
    )


def _inside_norms(measured: GaitKinetics) -> dict[str, float]:
    shares = {name: measured.inside(name) for name in measured.curves}
    return {name: share for name, share in shares.items() if not np.isnan(share)}


def _stack(arrays: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate(arrays) if arrays else np.zeros((0, 0), np.float32)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else NAN


def _asymmetry(sides: Mapping[str, Sequence[float]]) -> float:
    """Difference between the means of right and left over the mean of both."""
    right, left = _mean(sides["right"]), _mean(sides["left"])
    return abs(right - left) / (0.5 * (right + left))


def _forward(run: Episode) -> float:
    z = run.samples.center_of_mass[:, 2]
    return float(z[-1] - z[0]) if len(z) else 0.0


def _reference_speed(env: BatchEnv, clip: str | None) -> float:
    motions = load_motions(env.config, load_character(env.config))
    if clip is None and len(motions) > 1:
        return NAN
    motion = motions[env.clip_names.index(clip) if clip else 0]
    duration = motion.frame_time * len(motion.frames)
    return float(motion.cycle_translation[2] / duration) if motion.cyclic else NAN


def _tracking_errors(env: BatchEnv, runs: list[Episode]) -> Floats:
    if not env.config.infers:
        return np.zeros(0)
    driven = env.muscle_driven_dofs
    desired = _stack([run.samples.desired_torques for run in runs])
    produced = _stack([run.samples.muscle_torques for run in runs])
    if not desired.size:
        return np.zeros(0)
    error = np.linalg.norm((produced - desired)[:, driven], axis=1)
    return error / np.maximum(np.linalg.norm(desired[:, driven], axis=1), 1e-6)


def _metabolic_power(env: BatchEnv, runs: list[Episode], settling: int) -> float:
    if not runs or not env.num_muscles:
        return NAN
    info = env.info
    law = load_character(env.config).muscle_law
    return _mean_over_time(
        metabolic_power(
            run.samples.activations[settling:],
            run.samples.fibre_velocities[settling:],
            run.strengths,
            info.optimal_fibre_length,
            law.max_velocity,
            info.fibre_shares,
        ).sum(axis=1)
        / run.mass
        for run in runs
    )


def _mean_over_time(series: Iterable[Floats]) -> float:
    """The mean over all instants of all episodes."""
    return float(np.concatenate(list(series)).mean())


def _bhargava_power(env: BatchEnv, runs: list[Episode], settling: int) -> float:
    if not runs or not env.num_muscles:
        return NAN
    info, character = env.info, load_character(env.config)
    law = character.muscle_law

    def of(run: Episode) -> Floats:
        """Power over time, W/kg."""
        s = run.samples
        length = s.fibre_lengths[settling:].astype(np.float64)
        sine = np.sin([muscle.pennation for muscle in character.muscles])
        if law.pennation == "constant_width":
            sine = np.minimum(sine / np.maximum(length, 1e-3), 0.99)
        cosine = np.sqrt(1 - sine**2)
        multiplier = np.exp(-((length - 1) ** 2) / law.force_length_width)
        power = bhargava_power(
            s.excitations[settling:],
            length,
            s.fibre_velocities[settling:] * info.optimal_fibre_length,
            s.active_forces[settling:] / cosine,
            s.passive_forces[settling:] / cosine,
            s.activations[settling:] * multiplier * run.strengths,
            run.strengths,
            info.optimal_fibre_length * info.fibre_shares,
        )
        return power.sum(axis=1) / run.mass

    return _mean_over_time(of(run) for run in runs)


def _slip_speed(env: BatchEnv, runs: list[Episode], settling: int) -> float:
    speeds = [
        slip(
            run.samples.contact_points[settling:],
            run.samples.contact_forces[settling:],
            env.info.control_hz,
        )
        for run in runs
    ]
    all_speeds = np.concatenate(speeds) if speeds else np.zeros(0)
    return float(all_speeds.mean()) if all_speeds.size else NAN


def _share_with_two_humps(loads: list[Floats]) -> float:
    found = [humps(load) for load in loads]
    return _mean([h is not None and h.distinct for h in found])


def _push_recovery(checkpoint: Checkpoint, pushes: int, seed: int, batch: Batch) -> float:
    if pushes == 0:
        return NAN
    _, runs = record(checkpoint, pushes, PUSH.at + RECOVERY, seed + 1, batch, PUSH)
    return float(np.mean([not run.fell for run in runs]))


def _curves(env: BatchEnv, runs: list[Episode], settling: int) -> _Curves:
    """Cycles after the settling of every episode."""
    found, info, hz = _Curves(), env.info, env.info.control_hz
    feet, delay = gait.foot_grounds(info), gait.substep_delay(info)
    has_feet = all(len(contacts) for contacts in feet.values())
    named = {angle: sagittal(info.dof_names, angle, info.dof_ranges) for angle in SAGITTAL}
    dofs = {angle: found for angle, found in named.items() if found}
    for run in runs:
        samples = run.samples
        positions = samples.positions[settling:]
        difference = np.degrees(positions - samples.reference_positions[settling:])
        for angle, (columns, _) in dofs.items():
            both = [difference[:, columns[side]] for side in gait.SIDES]
            found.reference.setdefault(angle, []).append(np.concatenate(both))
        if not has_feet or run.weight <= 0:
            continue
        times = {}
        for side, bodies in feet.items():
            force = samples.foot_force(settling, bodies)[:, 1]
            load = gait.smoothed(force, info.sim_hz) / run.weight
            times[side] = gait.strikes(load, info.sim_hz) + delay
            spans = gait.cycles(times[side])
            found.durations += [end - begin for begin, end in spans]
            found.loads[side] += list(gait.over_cycles(load, spans, info.sim_hz, delay))
            position = gait.over_cycles(samples.center_of_mass[settling:, 2], spans, hz)
            found.lengths += list(position[:, -1] - position[:, 0])
            for angle, (columns, sign) in dofs.items():
                values = np.degrees(sign * positions[:, columns[side]])
                found.angles.setdefault(angle, []).extend(gait.over_cycles(values, spans, hz))
        _add_order(found, times)
    return found


def _add_order(found: _Curves, times: dict[str, Floats]) -> None:
    """Add whether right and left strikes alternate, and the times between them."""
    order = sorted((time, side) for side in times for time in times[side])
    for (before, last), (time, side) in zip(order, order[1:], strict=False):
        found.alternating.append(side != last)
        if side != last:
            found.step_times[side].append(time - before)


def _joints(curves: _Curves) -> dict[str, Joint]:
    norms = walking()
    joints = {}
    for angle, differences in curves.reference.items():
        difference = np.concatenate(differences)
        cycles = curves.angles.get(angle, [])
        cycle = np.mean(cycles, axis=0) if cycles else np.full(len(gait.POINTS), NAN)
        expected = band(norms, angle, gait.POINTS)
        joints[angle] = Joint(
            rms_to_reference=float(np.sqrt(np.mean(difference**2))),
            rms_to_norm=expected.rms(cycle) if curves.is_walking else NAN,
            inside_norm=expected.inside(cycle) if curves.is_walking else NAN,
            mean_cycle=[round(float(value), 3) for value in cycle],
        )
    return joints
