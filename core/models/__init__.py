"""Models whose joints have several coordinates: character-2, MuJoCo."""
