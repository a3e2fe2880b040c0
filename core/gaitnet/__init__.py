"""Readers of the files of MASS, of Generative and Bidirectional GaitNet and of their fork."""
