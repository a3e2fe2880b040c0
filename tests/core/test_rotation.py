"""Rotation vectors and matrices, against SciPy's."""

import numpy as np
import pytest
from muscle_viewer.core.rotation import rotation_matrices, rotation_vectors
from scipy.spatial.transform import Rotation


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-4, 1.0, 3.0, np.pi - 1e-4, np.pi])
def test_vectors_and_matrices_are_scipys(angle: float) -> None:
    axes = np.random.default_rng(3).normal(size=(50, 3))
    axes[:3] = np.eye(3)
    vectors = angle * axes / np.linalg.norm(axes, axis=1, keepdims=True)
    matrices = rotation_matrices(vectors)
    assert matrices == pytest.approx(Rotation.from_rotvec(vectors).as_matrix(), abs=1e-14)
    again = rotation_vectors(matrices)
    if angle == np.pi:  # either end of the axis is right
        again *= np.sign(np.sum(again * vectors, axis=1, keepdims=True))
    assert again == pytest.approx(vectors, abs=1e-7)
    back = Rotation.from_matrix(matrices).as_rotvec()
    assert np.abs(again) == pytest.approx(np.abs(back), abs=1e-7)


def test_a_rotation_beyond_half_a_turn_has_the_shorter_vector() -> None:
    vector = np.array([[0.0, 4.0, 0.0]])
    assert rotation_vectors(rotation_matrices(vector)) == pytest.approx(vector - [0, 2 * np.pi, 0])
