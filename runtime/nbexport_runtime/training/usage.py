"""What the caller of a command can fix."""


class UsageError(Exception):
    """Wrong options or missing data; shown without a traceback, exit code 2."""
