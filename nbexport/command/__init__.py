"""The command line as its doors see it: what it ends in, and a run of it in a process of its own."""
