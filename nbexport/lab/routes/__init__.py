"""The routes of the panel, in files by what they answer."""
