"""MuJoCo's batched stepping of a model; run by peers.py in an environment of its own.

    python peer_mujoco.py legs|humanoid ENVIRONMENTS THREADS SECONDS

legs: MyoSuite's, by muscles; humanoid: Gymnasium's Humanoid-v5, by motors. Steps 16 substeps a call
with constant controls. Prints one JSON object.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import mujoco
from mujoco.batch import Batch

SUBSTEPS = 16


def main() -> None:
    name = sys.argv[1]
    environments, threads = int(sys.argv[2]), int(sys.argv[3])
    seconds = float(sys.argv[4])
    model = legs() if name == "legs" else humanoid()
    source = "myo-sim" if name == "legs" else "gymnasium"
    batch = Batch(model, nsim=environments, nthread=threads)
    batch.reset(keyframe=0 if model.nkey else -1)
    batch.bind("ctrl")[:] = 0.1
    batch.step(nstep=SUBSTEPS)
    begin, calls = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        batch.step(nstep=SUBSTEPS)
        calls += 1
    spent = time.perf_counter() - begin
    print(
        json.dumps(
            {
                "version": f"{mujoco.__version__}, {source} {version(source)}",
                "dofs": model.nv,
                "muscles": int((model.actuator_trntype == mujoco.mjtTrn.mjTRN_TENDON).sum()),
                "environments": environments,
                "substeps_per_second": calls * SUBSTEPS * environments / spent,
            }
        )
    )


def legs() -> mujoco.MjModel:
    import myo_sim

    loaded = myo_sim.load_model("myolegs")
    return loaded[0] if isinstance(loaded, tuple) else loaded


def humanoid() -> mujoco.MjModel:
    import gymnasium

    assets = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets"
    return mujoco.MjModel.from_xml_path(str(assets / "humanoid.xml"))


if __name__ == "__main__":
    main()
