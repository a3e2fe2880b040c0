"""The environments under the interfaces of RL libraries: one module a library; each needs its extra of the package.

gymnasium (also for skrl, RLlib and CleanRL), sb3, torchrl, rsl_rl; `export` brings policies back to the viewer, `hooks` are
rewards, terminations and observations in numpy, `muscle_teacher` trains the muscle network beside any library.
"""

from .registration import register

register()
