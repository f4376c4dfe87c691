"""One cell → what each statement binds, reads and changes, in order; knows nothing of the other cells."""
