"""What the caller of a command can fix."""

from nbexport_runtime.masking import masked


class UsageError(Exception):
    """Wrong options or missing data; shown without a traceback, exit code 2."""

    def __init__(self, text: str) -> None:
        # whoever shows it, secrets and credentials in addresses are not in it
        super().__init__(masked(text))
