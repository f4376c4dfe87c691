"""What a run of the notebook does to objects, generators, settings and files, and what exported code sees of it."""
