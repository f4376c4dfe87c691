"""One file per library: how its values are written, how they are read, and what of it a bundle may name."""
