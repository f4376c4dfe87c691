"""Clean notebooks and the faults that are planted into them, with what a check has to find: see `plant`."""
