"""One HTML page with the state of everything."""
