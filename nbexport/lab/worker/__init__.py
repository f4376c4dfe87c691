"""Checks and edits in a process of their own: they can be cancelled, have limits, and never hold up the server."""
