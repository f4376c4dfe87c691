"""The shell door: command lines in, text and exit codes out."""
