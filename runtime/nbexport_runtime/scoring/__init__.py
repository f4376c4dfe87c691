"""Batch scoring: a table in, a table out, each row answered as the service answers it."""
