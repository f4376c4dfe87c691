"""Notebooks in which a cell that stays in the notebook matters, and ones in which none does; and their judge."""
