"""Models of OpenSim, read through its Python wheel."""
