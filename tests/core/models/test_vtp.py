"""Meshes of .vtp files: polygons become triangles, damaged files are refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.models.opensim.vtp import read_vtp

MESH = """<?xml version="1.0"?>
<VTKFile type="PolyData"><PolyData><Piece NumberOfPoints="5" NumberOfPolys="2">
<PointData><DataArray Name="Normals" format="ascii">0 0 1</DataArray></PointData>
<Points><DataArray NumberOfComponents="3" format="ascii">0 0 0 1 0 0 1 1 0 0 1 0 2 2 0</DataArray></Points>
<Polys>
<DataArray Name="connectivity" format="ascii">0 1 2 3 2 4 3</DataArray>
<DataArray Name="offsets" format="ascii">4 7</DataArray>
</Polys></Piece></PolyData></VTKFile>
"""


def test_polygons_become_triangles_of_the_same_points(tmp_path: Path) -> None:
    path = tmp_path / "a.vtp"
    path.write_text(MESH)
    points, triangles = read_vtp(path)
    np.testing.assert_array_equal(points[2], [1, 1, 0])
    assert sorted(map(tuple, triangles.tolist())) == [(0, 1, 2), (0, 2, 3), (2, 4, 3)]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("3 2 4 3", "3 2 9 3", "points that it does not have"),
        ("4 7", "4 9", "offsets do not fit"),
        ("4 7", "2 7", "offsets do not fit"),
        ("1 1 0 0", "1 nan 0 0", "points that it does not have"),
        ("0 0 0 1", "0 0 x 1", "text where numbers"),
        ('"connectivity" format="ascii"', '"connectivity" format="binary"', "in ASCII"),
        ("</VTKFile>", "", "is no XML"),
        ("<VTKFile", '<!DOCTYPE a [<!ENTITY b "c">]><VTKFile', "declares entities"),
    ],
)
def test_a_damaged_mesh_is_refused_in_one_line(
    tmp_path: Path, good: str, bad: str, said: str
) -> None:
    assert good in MESH
    path = tmp_path / "a.vtp"
    path.write_text(MESH.replace(good, bad))
    with pytest.raises(ModelError, match=said) as raised:
        read_vtp(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)
