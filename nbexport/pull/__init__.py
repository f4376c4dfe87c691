"""Edits of lifted code in a project → edits of the notebook's cells that they come from.

what the export wrote ─┬─► what the project holds now     the edits, statement by statement   `changes`
                       └─► what an export would write     the cell and rows of each           `homes`
                                                          how a cell would say it             `sources`
                                                          tried, lifted again and compared    `pulling`
"""
