"""Work of the server that goes on without the tab that began it: exports, verifications, tests, services."""
