"""Text → `Notebook`, with true file lines: `notebook` decides the format, one module per format reads it."""
