"""What the statements of a notebook do: to objects, to random generators, to the process, to files."""
