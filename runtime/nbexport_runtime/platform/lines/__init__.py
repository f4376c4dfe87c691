"""The prediction log and the outcomes as tables: read as they are written, compacted, searched."""
