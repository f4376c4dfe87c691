"""The door for agents: nbexport as tools of the Model Context Protocol, read-only unless more is allowed."""
