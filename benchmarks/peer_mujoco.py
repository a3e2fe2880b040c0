"""MuJoCo's batched stepping of MyoSuite's legs; run by peers.py in an environment of its own.

    python peer_mujoco.py ENVIRONMENTS THREADS SECONDS

Steps 16 substeps a call with constant muscle controls. Prints one JSON object.
"""

import json
import sys
import time

import mujoco
import myo_sim
from mujoco.batch import Batch

SUBSTEPS = 16


def main() -> None:
    environments, threads = int(sys.argv[1]), int(sys.argv[2])
    seconds = float(sys.argv[3])
    loaded = myo_sim.load_model("myolegs")
    model = loaded[0] if isinstance(loaded, tuple) else loaded
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
                "mujoco": mujoco.__version__,
                "model": "MyoSuite's legs (myo-sim, myolegs)",
                "dofs": model.nv,
                "muscles": int((model.actuator_trntype == mujoco.mjtTrn.mjTRN_TENDON).sum()),
                "timestep": model.opt.timestep,
                "substeps_per_second": calls * SUBSTEPS * environments / spent,
            }
        )
    )


if __name__ == "__main__":
    main()
