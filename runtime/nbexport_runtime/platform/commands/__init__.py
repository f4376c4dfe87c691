"""The command lines of a project's platform, one module each."""
