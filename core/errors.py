"""Errors that are the user's to mend: one line that names the file, the field and the fix."""


class UserError(Exception):
    """What is wrong with the user's input; a command prints it and exits with status 2."""


class ConfigError(UserError):
    """An environment configuration, or an option, that cannot be used."""


class ModelError(UserError):
    """A character or motion that cannot be used."""


class CheckpointError(UserError):
    """A checkpoint, or weights, that cannot be used."""


class ShapeError(UserError, ValueError):
    """An array of the wrong shape or dtype."""


class StateError(UserError, RuntimeError):
    """A call that comes before one that it needs, or during another."""
