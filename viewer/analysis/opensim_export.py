"""A walk for OpenSim's inverse dynamics, at the simulation's rate: model, motion, loads, and our own moments and powers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.rajagopal import AXES
from muscle_viewer.viewer.analysis import opensim_model
from muscle_viewer.viewer.analysis.export import write_storage
from muscle_viewer.viewer.analysis.loads import Load, loads

if TYPE_CHECKING:
    from muscle_viewer.core.scene import Scene
    from muscle_viewer.viewer.simulation.substep_replay import Substeps

WINDOW = 0.02
"""Length of the Hann window, s, by which motion, loads, moments and powers alike are smoothed without delay: half of
50 Hz is left. Where a foot strikes, the force rises within a substep, which no spline of inverse dynamics follows."""

ENDINGS = {
    "model": ".osim",
    "motion": ".mot",
    "loads": "_grf.mot",
    "external loads": "_grf.xml",
    "moments": "_moments.sto",
    "powers": "_powers.sto",
    "setup": "_id.xml",
}
"""Endings of the files, after the name."""


def write(folder: Path, name: str, substeps: Substeps) -> list[Path]:
    """Write all files to a folder, which exists; returns them. UserError for a character that cannot be written."""
    scene, values, times = substeps.scene, substeps.values, substeps.times
    character = scene.character
    files = {kind: folder / f"{name}{ending}" for kind, ending in ENDINGS.items()}
    files["model"].write_text(opensim_model.model_text(character, name, gravity_of(scene)))
    hz = scene.config.simulation.sim_hz
    angles = opensim_model.coordinates(character, values)
    torques = opensim_model.torques(character, values)
    rates = opensim_model.rates(character, values, hz)
    works = {n: v * rates[n] for n, v in torques.items()}
    angles, torques, works = (
        {n: smoothed(column, hz) for n, column in table.items()}
        for table in (angles, torques, works)
    )
    found = loads(scene, values, lambda column: smoothed(column, hz))
    times = smoothed(times, hz)
    _table(files["motion"], name, angles, times, degrees=True)
    columns: dict[str, np.ndarray] = {}
    for load in found:
        for ending, part in (("v", load.force), ("p", load.point), ("t", load.moment)):
            columns |= zip(_columns(load.name, ending), (part @ AXES).T, strict=True)
    _table(files["loads"], name, columns, times)
    files["external loads"].write_text(_external_loads(name, files["loads"].name, found))
    turns = {n for j in opensim_model.joints_of(character) for n in j.names[: j.rotations]}
    moments = {f"{n}_{'moment' if n in turns else 'force'}": v for n, v in torques.items()}
    _table(files["moments"], name, moments, times)
    powers = {f"{n}_power": v for n, v in works.items()}
    _table(files["powers"], name, powers, times)
    files["setup"].write_text(_setup(name, files, times))
    return list(files.values())


def smoothed(values: np.ndarray, hz: float) -> np.ndarray:
    """Values (T, ...) over time, smoothed by WINDOW; the ends, where it does not fit, are left out."""
    half = max(round(WINDOW * hz / 2), 1)
    window = np.hanning(2 * half + 1)[1:-1]
    window /= window.sum()
    if len(values) < 2 * len(window):
        raise UserError("too little has been simulated since the last reset or change; play longer")
    flat = np.asarray(values, float).reshape(len(values), -1)
    columns = [np.convolve(column, window, "valid") for column in flat.T]
    return np.stack(columns, axis=1).reshape(-1, *values.shape[1:])


def gravity_of(scene: Scene) -> np.ndarray:
    """Gravity's acceleration in the ground's frame, m/s^2, our axes."""
    simulation = scene.config.simulation
    slope = np.radians(simulation.slope)
    return -simulation.gravity * np.array([0.0, np.cos(slope), np.sin(slope)])


def _columns(load: str, ending: str) -> list[str]:
    return [f"{load}_{ending}{axis}" for axis in "xyz"]


def _table(
    path: Path,
    name: str,
    columns: dict[str, np.ndarray],
    times: np.ndarray,
    degrees: bool = False,
) -> None:
    if not columns:
        raise UserError("there is nothing to write: the character has neither joints nor loads")
    write_storage(
        path, name, list(columns), times, np.column_stack(list(columns.values())), degrees
    )


def _external_loads(name: str, file: str, found: list[Load]) -> str:
    root = ElementTree.Element("OpenSimDocument", Version="40000")
    written = ElementTree.SubElement(root, "ExternalLoads", name=name)
    objects = ElementTree.SubElement(written, "objects")
    for load in found:
        force = ElementTree.SubElement(objects, "ExternalForce", name=load.name)
        for tag, text in (
            ("applied_to_body", load.body),
            ("force_expressed_in_body", "ground"),
            ("point_expressed_in_body", "ground"),
            ("force_identifier", f"{load.name}_v"),
            ("point_identifier", f"{load.name}_p"),
            ("torque_identifier", f"{load.name}_t"),
        ):
            ElementTree.SubElement(force, tag).text = text
    ElementTree.SubElement(written, "datafile").text = file
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8" ?>\n' + ElementTree.tostring(root, "unicode")


def _setup(name: str, files: dict[str, Path], times: np.ndarray) -> str:
    """Setup of OpenSim's inverse dynamics over the files beside it."""
    root = ElementTree.Element("OpenSimDocument", Version="40000")
    tool = ElementTree.SubElement(root, "InverseDynamicsTool", name=name)
    for tag, text in (
        ("results_directory", "."),
        ("model_file", files["model"].name),
        ("time_range", f"{times[0]:.9g} {times[-1]:.9g}"),
        ("forces_to_exclude", "Muscles"),
        ("external_loads_file", files["external loads"].name),
        ("coordinates_file", files["motion"].name),
        ("lowpass_cutoff_frequency_for_coordinates", "-1"),
        ("output_gen_force_file", f"{name}_inverse_dynamics.sto"),
    ):
        ElementTree.SubElement(tool, tag).text = text
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8" ?>\n' + ElementTree.tostring(root, "unicode")
