"""The types of what is said, and the answers made of nbexport's own nouns."""
