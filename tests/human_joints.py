"""What the tests say of the human's joints themselves, whatever the core says."""

EXTENDING = {"hip": ("hip_x", 1.0), "knee": ("knee_angle", -1.0), "ankle": ("ankle_angle", -1.0)}
"""The human's dof of each joint, and the sign along it of an extending or plantarflexing moment."""
