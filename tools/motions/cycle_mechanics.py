"""The ground forces that a cyclic motion needs: momenta of the whole body and their rates."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from tools.human.kinematics import Character

GRAVITY = np.array([0.0, -9.81, 0.0])


class CycleMechanics:
    """A cycle of generalised positions q (T, dofs), `stride` m forwards in `cycle` s.

    Positions are in a frame that moves with the cycle's mean velocity; derivatives are spectral.
    """

    def __init__(self, character: Character, q: np.ndarray, stride: float, cycle: float) -> None:
        self.character = character
        self.cycle = cycle
        self.q = q.copy()
        self.q[:, 5] -= stride * np.arange(len(q)) / len(q)
        frames = character.transforms(self.q)
        data = [body.data for body in character.bodies]
        self.mass = np.array([d["mass"] for d in data])
        self.rotations = np.stack([frames[b][0] for b in range(len(data))], axis=1)
        origins = np.stack([frames[b][1] for b in range(len(data))], axis=1)
        self.centres = origins + np.einsum(
            "nbij,bj->nbi", self.rotations, np.array([d["com"] for d in data])
        )
        """Bodies' centres of mass (T, B, 3)."""
        self.centre = self._mean(self.centres)
        """The whole body's centre of mass (T, 3), m."""
        self.acceleration = self._derivative(self.centre, 2)
        """Acceleration of the centre of mass (T, 3), m/s^2."""

    @property
    def force(self) -> np.ndarray:
        """The ground's force (T, 3), N."""
        return self.mass.sum() * (self.acceleration - GRAVITY)

    @cached_property
    def contacts(self) -> np.ndarray:
        """Lowest points of the contact spheres (T, C, 3), m, in the character file's order."""
        return self.character.contact_points(self.q)[1]

    @cached_property
    def angular_momentum(self) -> np.ndarray:
        """Angular momentum about the centre of mass (T, 3), kg m^2/s."""
        rotations = self.rotations
        spin = self._derivative(rotations) @ np.swapaxes(rotations, 2, 3)
        rate = 0.5 * np.stack(
            [
                spin[..., 2, 1] - spin[..., 1, 2],
                spin[..., 0, 2] - spin[..., 2, 0],
                spin[..., 1, 0] - spin[..., 0, 1],
            ],
            axis=-1,
        )
        local = np.einsum("nbji,nbj->nbi", rotations, rate)
        turning = np.einsum("nbij,bjk,nbk->ni", rotations, self._inertias, local)
        velocity = self._derivative(self.centres)
        about = self.centres - self.centre[:, None]
        apart = velocity - self._mean(velocity)[:, None]
        return turning + np.einsum("b,nbi->ni", self.mass, np.cross(about, apart))

    @cached_property
    def moment(self) -> np.ndarray:
        """Moment of the ground's force about the centre of mass (T, 3), N m: the rate of the angular momentum."""
        return self._derivative(self.angular_momentum)

    @cached_property
    def _inertias(self) -> np.ndarray:
        rows = [body.data["inertia"] for body in self.character.bodies]
        return np.array([[[a, d, e], [d, b, f], [e, f, c]] for a, b, c, d, e, f in rows])

    def _mean(self, values: np.ndarray) -> np.ndarray:
        """Mass-weighted mean over the bodies of values (T, B, 3)."""
        return np.einsum("b,nbi->ni", self.mass, values) / self.mass.sum()

    def _derivative(self, values: np.ndarray, order: int = 1) -> np.ndarray:
        """Derivative with respect to time of values (T, ...) of one cycle."""
        count = len(values)
        rate = 2j * np.pi / self.cycle * np.arange(count // 2 + 1)
        if order % 2 and count % 2 == 0:
            rate[-1] = 0.0
        factor = (rate**order).reshape(-1, *[1] * (values.ndim - 1))
        return np.fft.irfft(np.fft.rfft(values, axis=0) * factor, count, axis=0)
