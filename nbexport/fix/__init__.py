"""Edits of the notebook: fixes and tags → the text of the file, changed in these places alone."""
