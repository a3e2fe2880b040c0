"""The page that says how far an opened model agrees with its program."""

from __future__ import annotations

from pathlib import Path

from ...errors import ModelError
from ..mjcf.read import is_mujoco
from ..opensim.read import is_opensim
from .measure import Agreement, measure
from .mujoco_program import MujocoProgram
from .opensim_program import OpensimProgram
from .program import Program


def program_of(source: str | Path) -> Program:
    """The program that a model's file comes from. ModelError: one line, also for a file that comes from none."""
    if is_mujoco(source):
        return MujocoProgram(source)
    if is_opensim(source):
        return OpensimProgram(source)
    raise ModelError(
        f"{source}: is no model of another program; give an MJCF file (.xml), an .mjb, an .osim "
        "or a name as myo_sim:myolegs"
    )


def verify_model(source: str | Path, states: int, seed: int) -> tuple[bool, str]:
    """Whether a model agrees with its program within the tolerances, and the page. ModelError: one line."""
    agreement = measure(program_of(source), states, seed)
    return agreement.agrees, page(agreement, str(source))


def page(agreement: Agreement, source: str) -> str:
    """The largest differences as a table."""
    lines = [
        f"{source} against {agreement.program}: {agreement.dofs} degrees of freedom, "
        f"{agreement.muscles} muscles, {agreement.states} random states",
        "",
        f"{'largest difference of':52} {'double':>9} {'allowed':>9} {'single':>9} {'allowed':>9}",
    ]
    for row in agreement.rows:
        allowed = row.allowed
        said = "" if row.agrees else f"   out of tolerance: {row.where}"
        lines.append(
            f"{row.quantity:52} {row.double:9.1e} {allowed.double:9.0e} "
            f"{row.single:9.1e} {allowed.single:9.0e}{said}"
        )
    lines += ["", "double: the reference simulation; single: the lanes in which environments step"]
    doubtful, cases = agreement.doubtful
    if doubtful:
        lines.append(f"in {doubtful} of {cases} cases a muscle is not compared: {agreement.reason}")
    if agreement.left_out:
        lines += ["left out and not compared:", *(f"  {line}" for line in agreement.left_out)]
    lines.append("agrees" if agreement.agrees else "does not agree")
    return "\n".join(lines)
