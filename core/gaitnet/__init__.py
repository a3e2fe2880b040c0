"""Files of the lineage (MASS, Generative and Bidirectional GaitNet, their fork), read as they are."""
