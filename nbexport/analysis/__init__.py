"""The notebook → one frozen `Analysis`: data flow, changes in place, randomness, and what is lifted."""
