"""One training run: where it works, and how its bundle gets its place."""
